/** DynamoDB Local. It knows no throttling, no transaction conflicts and no late reads: those are injected in the SDK. */
import { startContainer } from '../container-engine.ts';
import { findFreePort } from '../free-port.ts';
import { canRunJars, locateJars } from '../jars.ts';
import type { Service } from '../running-service.ts';
import { type ServiceProcess, startServiceProcess } from '../service-process.ts';

// Its own version; the same in pom.xml and docker-compose.yml.
const VERSION = '3.1.0';

export const dynamodb: Service = {
  name: 'dynamodb',
  useRunning: async (url) => ({ url, how: 'as given', stop: async () => undefined }),
  startContainer: () =>
    startContainer({
      image: `amazon/dynamodb-local:${VERSION}`,
      port: 8000,
      command: ['-jar', 'DynamoDBLocal.jar', '-inMemory', '-sharedDb', '-disableTelemetry'],
      toUrl: (address) => `http://${address}`,
    }),
  startProcess: async () => startDynamoDb({ storage: ['-inMemory'], port: await findFreePort() }),
};

export interface DynamoDbRequest {
  /** `-inMemory`, or `-dbPath FOLDER` for one that outlives its process. */
  readonly storage: readonly string[];
  readonly port: number;
}

/** Whether this machine can run one of its own, container engine or not. */
export function canStartDynamoDb(): Promise<boolean> {
  return canRunJars(import.meta.dirname);
}

export async function startDynamoDb({ storage, port }: DynamoDbRequest): Promise<ServiceProcess> {
  const jars = await locateJars(import.meta.dirname);
  const main = 'software.amazon.dynamodb.services.local.main.ServerRunner';
  const virtualMachine = ['-Xmx512m', `-Djava.library.path=${jars}`, '-cp', `${jars}/*`];
  return startServiceProcess({
    command: 'java',
    args: [...virtualMachine, main, ...storage, '-sharedDb', '-disableTelemetry', '-port', `${port}`],
    cwd: jars,
    url: `http://127.0.0.1:${port}`,
    how: `process of DynamoDB Local ${VERSION}`,
  });
}
