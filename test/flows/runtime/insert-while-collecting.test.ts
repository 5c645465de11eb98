import { describe, expect, it } from 'vitest';
import { createMemoryPayloadStore } from '../../../src/adapters/memory/memory-payload-store.ts';
import type { CollectingRecord } from '../../../src/domain/records.ts';
import { schemaContract } from '../../support/product-catalogue.ts';
import { rawDataKey } from '../../support/record-keys.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { onStore, STORE_KINDS } from '../../support/store-kinds.ts';

const CONTRACTS = [schemaContract('note', '1.0.0', { text: { type: 'string' } })];
const NOTE = { tenantId: TENANT, entityKey: 'note#1', payload: { text: 'x'.repeat(100_000) } } as const;

/** More than one round trip looks for. */
const MANY = 250;

describe.each(STORE_KINDS)('a large payload whose location is being collected, on $kind', ({ prepare }) => {
  for (const collected of [1, 2, MANY]) {
    it(`goes to generation ${collected} where those before are taken, and can be read there`, async () => {
      await onStore(await prepare(async () => undefined), async (store) => {
        const payloadStore = createMemoryPayloadStore();
        const runtime = openRuntime(CONTRACTS, { store, payloadStore });
        const { rawHash } = await openRuntime(CONTRACTS, { payloadStore }).insertRawdata({ ...NOTE, version: 1 });
        const records = Array.from({ length: collected }, (_, generation): CollectingRecord => {
          const { tenantId, entityKey } = rawDataKey(NOTE.entityKey, 1);
          const startedAt = '2026-01-01T00:00:00.000Z';
          return { kind: 'collecting', tenantId, entityKey, rawHash, generation, startedAt };
        });
        await store.putOnce(records);
        const inserted = await runtime.insertRawdata({ ...NOTE, version: 'next' });
        expect(inserted).toMatchObject({ outcome: 'inserted', version: 1, rawHash });
        const [record] = await store.batchGet([rawDataKey(NOTE.entityKey, 1)]);
        expect(record?.body).toMatchObject({ kind: 'external', location: { generation: collected } });
        expect(await runtime.getRawdata({ ...NOTE, version: 1 })).toMatchObject({ payload: NOTE.payload });
        const again = await runtime.insertRawdata({ ...NOTE, version: 1 });
        expect(again).toMatchObject({ outcome: 'unchanged' });
      });
    });
  }
});
