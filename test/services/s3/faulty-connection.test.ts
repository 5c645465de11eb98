import { randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { createS3PayloadStore } from '../../../src/adapters/s3/index.ts';
import { retryingPayloadStore } from '../../../src/flows/retry.ts';
import type { PayloadStore } from '../../../src/ports/payload-store.ts';
import { locationOf, someBytes } from '../../conformance/record-builders.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { s3ClientOf, s3ConfigOf } from '../../support/s3-client.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { describeFaultyConnection, UNTIRING } from '../../support/services/faulty-connection.suite.ts';
import { type FaultyProxy, startFaultyProxy } from '../../support/services/faulty-proxy.ts';

const REQUEST_TIMEOUT_MS = 200;
const PAYLOAD = someBytes('payload '.repeat(25_000));
/** Behind the head of the answer, and far from its end. */
const MIDDLE_OF_PAYLOAD = PAYLOAD.length / 2;

describeService('s3', (url) => {
  const openEmpty = async (proxied: string) => {
    const bucket = `payloads-${randomUUID()}`;
    const client = s3ClientOf(url);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    return createS3PayloadStore({ bucket, config: s3ConfigOf(proxied), requestTimeoutMs: REQUEST_TIMEOUT_MS });
  };

  describeFaultyConnection(url, {
    open: async (proxied) => ({ store: createMemoryStore(), payloadStore: await openEmpty(proxied) }),
    beginningBytes: 20,
    cutAfterBytes: 250_000,
    padding: { internal_note: 'x'.repeat(100_000) },
  });

  describe('a payload over a connection that fails', () => {
    let proxy: FaultyProxy;
    let store: PayloadStore;
    let untiring: PayloadStore;
    beforeAll(async () => {
      proxy = await startFaultyProxy(url);
    });
    beforeEach(async () => {
      store = await openEmpty(proxy.url);
      untiring = retryingPayloadStore(store, UNTIRING);
    });
    afterAll(() => proxy.stop());

    it('is cut in its middle: it is read whole or not at all', async () => {
      await untiring.put(locationOf(), PAYLOAD);
      proxy.cutAfter(MIDDLE_OF_PAYLOAD);
      await expect(store.get(locationOf())).rejects.toMatchObject({ code: 'store.unavailable', retryable: true });
      proxy.heal();
      assertSame(await untiring.get(locationOf()), PAYLOAD);
    });

    it('stops in its middle: whoever reads it is told so in time', async () => {
      await untiring.put(locationOf(), PAYLOAD);
      proxy.withholdAfter(MIDDLE_OF_PAYLOAD);
      await expect(store.get(locationOf())).rejects.toMatchObject({ code: 'store.timeout', retryable: true });
      proxy.heal();
      assertSame(await untiring.get(locationOf()), PAYLOAD);
    });

    it('gets no answer: no call waits for ever, and the same ones complete', async () => {
      const calls: readonly ((by: PayloadStore) => Promise<unknown>)[] = [
        (by) => by.put(locationOf(), PAYLOAD),
        (by) => by.get(locationOf()),
        (by) => by.list({ ...locationOf(), limit: 1 }),
        (by) => by.delete(locationOf()),
      ];
      for (const call of calls) {
        proxy.withholdAfter(0);
        await expect(call(store)).rejects.toMatchObject({ code: 'store.timeout', retryable: true });
        proxy.heal();
        await call(untiring);
      }
      expect(await untiring.get(locationOf())).toBeUndefined();
    });
  });
});
