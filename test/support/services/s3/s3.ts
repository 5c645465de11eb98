/** Adobe's S3Mock: path-style addresses, any credentials, conditional puts. */
import { join } from 'node:path';
import { startContainer } from '../container-engine.ts';
import { findFreePort } from '../free-port.ts';
import { canRunJars, locateJars } from '../jars.ts';
import type { Service } from '../running-service.ts';
import { type ServiceProcess, startServiceProcess } from '../service-process.ts';

// Its own version; the same in pom.xml and docker-compose.yml.
const VERSION = '5.2.0';

export const s3: Service = {
  name: 's3',
  useRunning: async (url) => ({ url, how: 'as given', stop: async () => undefined }),
  startContainer: () =>
    startContainer({ image: `adobe/s3mock:${VERSION}`, port: 9090, toUrl: (address) => `http://${address}` }),
  startProcess: async () => startS3({ storage: [], port: await findFreePort() }),
};

export interface S3Request {
  /** Nothing for a folder of its own, or `storageIn` for one that outlives its process. */
  readonly storage: readonly string[];
  readonly port: number;
}

/** Options of a server that keeps its objects in this folder, and finds them there. */
export function storageIn(folder: string): readonly string[] {
  const store = '--com.adobe.testing.s3mock.store';
  return [`${store}.root=${folder}`, `${store}.retain-files-on-exit=true`];
}

/** Whether this machine can run one of its own, container engine or not. */
export function canStartS3(): Promise<boolean> {
  return canRunJars(import.meta.dirname);
}

// It lives too short for what takes longer to compile.
const VIRTUAL_MACHINE = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

export async function startS3({ storage, port }: S3Request): Promise<ServiceProcess> {
  const jars = await locateJars(import.meta.dirname);
  const program = join(jars, `s3mock-${VERSION}-exec.jar`);
  const ports = ['--server.port=0', `--com.adobe.testing.s3mock.httpPort=${port}`];
  return startServiceProcess({
    command: 'java',
    args: [...VIRTUAL_MACHINE, '-jar', program, ...ports, ...storage],
    cwd: jars,
    url: `http://127.0.0.1:${port}`,
    how: `process of S3Mock ${VERSION}`,
  });
}
