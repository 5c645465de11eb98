import { mkdirSync } from 'node:fs';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createS3PayloadStore } from '../../../src/adapters/s3/index.ts';
import type { PayloadLocation } from '../../../src/domain/records.ts';
import type { PayloadStore } from '../../../src/ports/payload-store.ts';
import { locationOf, someBytes } from '../../conformance/record-builders.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { s3ClientOf, s3ConfigOf } from '../../support/s3-client.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { findFreePort } from '../../support/services/free-port.ts';
import { needing } from '../../support/services/missing-service.ts';
import { canStartS3, startS3, storageIn } from '../../support/services/s3/s3.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

const BUCKET = 'payloads';
const WRITERS = 8;
const KILLED_AFTER = 2;
/** So that a server which outlives its death ends the test. */
const GENERATIONS_MAX = 10_000;
const PAYLOAD = someBytes('payload '.repeat(25_000));

// Only a process of its own can be killed; a container, or a server that is given, is others' too.
const need = { what: 'an S3 that may be killed', isThere: await canStartS3(), advice: 'Install Java and Maven.' };

describeService('s3', () => {
  it('a server that is killed under load loses nothing, and the same puts complete', needing(need), async () => {
    const folder = temporaryFile('objects');
    mkdirSync(folder);
    const request = { storage: storageIn(folder), port: await findFreePort() };
    let server = await startS3(request);
    try {
      await makeBucket(server.url);
      const store = createS3PayloadStore({ bucket: BUCKET, config: s3ConfigOf(server.url) });
      const { answered, attempted, failures } = await putUntilKilled(store, () => server.kill());
      expect(failures).toHaveLength(WRITERS);
      const isGone = { code: expect.stringMatching(/^store\.(unavailable|timeout)$/), retryable: true };
      for (const failure of failures) expect(failure).toMatchObject(isGone);

      server = await startS3(request);
      for (const location of answered) assertSame(await store.get(location), PAYLOAD);
      for (const location of attempted) await store.put(location, PAYLOAD);
      for (const location of attempted) assertSame(await store.get(location), PAYLOAD);
    } finally {
      await server.stop();
    }
  });
});

async function makeBucket(url: string): Promise<void> {
  const client = s3ClientOf(url);
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
}

interface Load {
  readonly answered: readonly PayloadLocation[];
  readonly attempted: readonly PayloadLocation[];
  readonly failures: readonly unknown[];
}

/** Writers that go on until the server, killed when a few were answered, answers nobody. */
async function putUntilKilled(store: PayloadStore, kill: () => Promise<void>): Promise<Load> {
  const load = { answered: [] as PayloadLocation[], attempted: [] as PayloadLocation[], failures: [] as unknown[] };
  const writeOn = async (writer: number) => {
    for (let generation = 0; generation < GENERATIONS_MAX; generation += 1) {
      const location = locationOf({ entity: `product#P${writer}`, generation });
      load.attempted.push(location);
      try {
        await store.put(location, PAYLOAD);
      } catch (error) {
        load.failures.push(error);
        return;
      }
      load.answered.push(location);
      if (load.answered.length === KILLED_AFTER) await kill();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeOn(writer)));
  return load;
}
