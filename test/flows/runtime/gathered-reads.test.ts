import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import { retryingStore } from '../../../src/flows/retry.ts';
import { gatheringStore } from '../../../src/flows/runtime/gathered-reads.ts';
import type { RecordKey, Store } from '../../../src/ports/store.ts';
import { storeCorrupt, storeUnavailable } from '../../../src/ports/store-errors.ts';
import { bindingOf, indexStateOf, insertOf } from '../../conformance/record-builders.ts';
import { countingStore } from '../../support/counting-store.ts';
import { ACME, BRAND_RULES, PRODUCT_CATALOGUE } from '../../support/product-catalogue.ts';
import { openRuntime, PROMPT_RETRY, TENANT } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const ENTITIES = Array.from({ length: 60 }, (_, id) => `product#${id}`);
const FAILURE = { store: 'memory:', found: 'a fault', advice: 'Call again.' };

/** A gathering store with one version of each entity, and how many keys each call asked the inner one for. */
async function filled(fail: (keys: readonly RecordKey[]) => Error | undefined = () => undefined) {
  const inner = createMemoryStore();
  for (const entity of ENTITIES) await inner.insert(insertOf({ entity }));
  const sizes: number[] = [];
  const watched = wrapStore(inner, async (method, args, call) => {
    // Only reads by key come here.
    const keys = args[0] as readonly RecordKey[];
    sizes.push(keys.length);
    const failure = method === 'batchGet' ? fail(keys) : undefined;
    if (failure !== undefined) throw failure;
    return call();
  });
  return { store: gatheringStore(retryingStore(watched, PROMPT_RETRY)), sizes };
}

function keysOf(entity: string) {
  const { rawData, status } = insertOf({ entity });
  return [status, rawData, insertOf({ entity, version: 2 }).rawData] as const;
}

function readAll(store: Store) {
  return Promise.allSettled(ENTITIES.map((entity) => store.batchGet(keysOf(entity))));
}

describe('gathered reads', () => {
  it('go to the store in full round trips, and each is answered with its own records', async () => {
    const { store, sizes } = await filled();
    const found = await readAll(store);
    for (const [index, entity] of ENTITIES.entries()) {
      const [status, rawData] = keysOf(entity);
      expect(found[index]).toEqual({ status: 'fulfilled', value: [status, rawData, undefined] });
    }
    expect(sizes).toEqual([99, 81]);
  });

  it('ask once for what several of them want of the same entity', async () => {
    const { store, sizes } = await filled();
    const [status, rawData] = keysOf('product#0');
    const [other] = keysOf('product#1');
    const found = await Promise.all([store.batchGet([status, rawData]), store.batchGet([other, status])]);
    expect(found).toEqual([
      [status, rawData],
      [other, status],
    ]);
    expect(sizes).toEqual([3]);
  });

  it('ask once whether the index of a rule set is complete, and mix up no two of them', async () => {
    const { store, sizes } = await filled();
    const keys = ['product-core', 'product-label'].flatMap((id) =>
      ['tenant-a', 'tenant-b'].map((tenant) => indexStateOf({ tenant, ruleSet: { id, version: '1.0.0' } })),
    );
    for (const state of keys) await store.updateIndexState(state, null);
    const bindings = ['1.0.0', '2.0.0'].map((version) => bindingOf(version, { id: 'product-core', version }));
    await store.putOnce(bindings);
    sizes.length = 0;
    const asked = [...keys, ...bindings];
    const found = await Promise.all([...asked, ...asked].map((key) => store.batchGet([key])));
    expect(found.flat()).toEqual([...asked, ...asked]);
    expect(sizes).toEqual([asked.length]);
  });

  it('are never taken apart, however many keys one of them has', async () => {
    const { store, sizes } = await filled();
    const [small, large] = [keysOf('product#0'), ENTITIES.flatMap((entity) => [...keysOf(entity)])];
    const [first, second, third] = await Promise.all([
      store.batchGet(small),
      store.batchGet(large),
      store.batchGet(small),
    ]);
    expect([first.length, second.length, third.length]).toEqual([3, 180, 3]);
    expect(sizes).toEqual([3, 180, 3]);
  });

  it('of which one meets a hard error are each read alone, so that it takes no others with it', async () => {
    const { store } = await filled((keys) =>
      keys.some((key) => 'entityKey' in key && key.entityKey === 'product#7') ? storeCorrupt(FAILURE) : undefined,
    );
    const found = await readAll(store);
    const failed = found.flatMap(({ status }, index) => (status === 'rejected' ? [ENTITIES[index]] : []));
    expect(failed).toEqual(['product#7']);
  });

  it('share a soft error, and do not ask a store again that is away', async () => {
    const { store, sizes } = await filled(() => storeUnavailable(FAILURE));
    const found = await readAll(store);
    expect(found.every(({ status }) => status === 'rejected')).toBe(true);
    expect(sizes).toHaveLength(2 * PROMPT_RETRY.maxAttempts);
  });

  it('make a batch of a hundred calls a handful of reads', async () => {
    const store = countingStore(createMemoryStore());
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    const brands = Array.from({ length: 100 }, (_, id) => ({ tenantId: TENANT, entityKey: `brand#${id}` }));
    for await (const { ok } of runtime.batch.ingest(brands.map((brand) => ({ ...brand, version: 1, payload: ACME })))) {
      expect(ok).toBe(true);
    }
    store.reset();
    const active = brands.map(
      (brand) => ({ ...brand, version: 1, mode: 'FULL_REBUILD', ruleSetRef: BRAND_RULES }) as const,
    );
    for await (const { ok } of runtime.batch.slicing(active)) expect(ok).toBe(true);
    expect(store.calls.batchGet).toBeLessThan(20);
  });
});
