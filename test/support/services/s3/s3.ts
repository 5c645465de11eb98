/** Adobe's S3Mock: path-style addresses, any credentials, conditional puts. */
import { join } from 'node:path';
import { startContainer } from '../container-engine.ts';
import { findFreePort } from '../free-port.ts';
import { locateJars } from '../jars.ts';
import type { Service } from '../running-service.ts';
import { startServiceProcess } from '../service-process.ts';

// Its own version; the same in pom.xml and docker-compose.yml.
const VERSION = '5.2.0';

export const s3: Service = {
  name: 's3',
  useRunning: async (url) => ({ url, how: 'as given', stop: async () => undefined }),
  startContainer: () =>
    startContainer({ image: `adobe/s3mock:${VERSION}`, port: 9090, toUrl: (address) => `http://${address}` }),
  startProcess: async () => {
    const jars = await locateJars(import.meta.dirname);
    const port = await findFreePort();
    return startServiceProcess({
      command: 'java',
      args: [
        '-Xmx256m',
        '-jar',
        join(jars, `s3mock-${VERSION}-exec.jar`),
        '--server.port=0',
        `--com.adobe.testing.s3mock.httpPort=${port}`,
      ],
      cwd: jars,
      url: `http://127.0.0.1:${port}`,
      how: `process of S3Mock ${VERSION}`,
    });
  },
};
