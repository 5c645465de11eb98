import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/domain/canonical/json-value.ts';
import { hasCode } from '../../src/domain/errors.ts';
import { BRAND_RULES, PRODUCT_RULES, PRODUCT_VIEW, type World, worldOf } from '../support/arbitraries/worlds.ts';
import { countingStore } from '../support/counting-store.ts';
import { PRODUCT_CATALOGUE, PRODUCT_PAGE } from '../support/product-catalogue.ts';
import { inputOf, openRuntime, TENANT } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';
import { type ExpectedCommit, Oracle } from './support/oracle.ts';

describe('L10: a view only reads', () => {
  it(
    'a view holds what its slices hold, and neither it nor any other reading writes',
    async () => {
      await assertLaw(
        fc.asyncProperty(worldOf({ steps: 6 }), async (world) => {
          const store = countingStore(createTestStore());
          const runtime = openRuntime(world.contracts, { store });
          const oracle = new Oracle(world, TENANT);
          for (const step of world.steps) {
            await runtime.ingest(inputOf(step));
            oracle.ingest(step);
          }
          store.reset();
          for (const { entityKey, version } of world.steps) {
            const address = { tenantId: TENANT, entityKey };
            const isProduct = entityKey.startsWith('product#');
            const ruleSetRef = isProduct ? PRODUCT_RULES : BRAND_RULES;
            const expected = oracle.commitOf(entityKey, version);
            if (isProduct) {
              const viewed = runtime.queryView({ ...address, viewRef: PRODUCT_VIEW, version });
              if (expected === 'refused' || expected === undefined) {
                await expect(viewed).rejects.toMatchObject({ code: 'manifest.missing' });
              } else {
                const { status, data, meta } = await viewed;
                expect(data).toEqual(viewDataOf(world, expected));
                expect(status).toBe(Object.values(expected.payloads).includes(null) ? 'partial' : 'complete');
                expect(meta).toMatchObject({
                  version,
                  revision: expected.revision,
                  sliceHashes: expected.slices,
                  pins: expected.pins,
                });
              }
              await orMissing(runtime.queryView({ ...address, viewRef: PRODUCT_VIEW, version: 'active' }));
              await orMissing(runtime.explain({ ...address, viewRef: PRODUCT_VIEW, version }));
            }
            await runtime.getRawdata({ ...address, version });
            await runtime.activeVersion({ ...address, ruleSetRef });
            await runtime.listVersions(address);
            await runtime.listManifests({ ...address, ruleSetRef });
            await runtime.getStatus(address);
            const indexKeys = expected === 'refused' ? [] : (expected?.indexKeys ?? []);
            for (const indexKey of indexKeys) await runtime.lookUpIndex({ tenantId: TENANT, indexKey });
          }
          await runtime.listEntities({ tenantId: TENANT });
          await runtime.listByState({ tenantId: TENANT, state: 'ACTIVE' });
          expect(store.sequence.filter((method) => method !== 'batchGet' && method !== 'range')).toEqual([]);
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it('costs two round trips; one where a revision is named whose manifest was read before; none where all was', async () => {
    const store = countingStore(createTestStore());
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    const address = { tenantId: TENANT, entityKey: 'product#P1' };
    await runtime.ingest({ ...address, version: 1, payload: { title: 'Lamp', price: 20 } });
    const input = { ...address, viewRef: PRODUCT_PAGE };
    store.reset();
    await runtime.queryView({ ...input, version: 'active' });
    expect(store.sequence).toEqual(['batchGet', 'batchGet']);
    store.reset();
    await runtime.queryView({ ...input, version: 1, revision: 0 });
    expect(store.sequence).toEqual(['batchGet']);
    store.reset();
    await runtime.queryView({ ...input, version: 1, revision: 0 });
    expect(store.sequence).toEqual([]);
  });
});

/** The world's view shows every field of every slice that is there. */
function viewDataOf({ product }: World, { payloads }: ExpectedCommit): Record<string, JsonValue> {
  const members = product.slices.flatMap(({ type, fields }) => {
    const payload = payloads[type] ?? null;
    if (payload === null) return [];
    return fields.flatMap(({ name }): [string, JsonValue][] => {
      const value = Object.getOwnPropertyDescriptor(payload, name)?.value;
      return value === undefined ? [] : [[`${type} ${name}`, value]];
    });
  });
  return Object.fromEntries(members);
}

async function orMissing(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!hasCode(error, 'manifest.missing')) throw error;
  });
}
