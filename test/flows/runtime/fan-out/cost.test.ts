/** What a fan-out costs follows from whom it touches, never from how much the store holds (L11). */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../src/adapters/memory/memory-store.ts';
import { openSqliteStore } from '../../../../src/adapters/sqlite/sqlite-store.ts';
import type { RecordKey, Store } from '../../../../src/ports/store.ts';
import { countingStore } from '../../../support/counting-store.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import { brandNamed, brandSliceJoin, ofBrand, openShop, shopContracts } from '../../../support/shop.ts';
import { temporaryFile } from '../../../support/temporary-file.ts';
import { wrapStore } from '../../../support/wrap-store.ts';

const ACME = 'brand#ACME';
const TOUCHED = 10;

const STORES = [
  { kind: 'memory', open: async () => createMemoryStore() },
  { kind: 'sqlite', open: () => openSqliteStore({ path: temporaryFile('store.db') }) },
];
const SOURCES = [
  { source: 'RawData', join: {} },
  { source: 'slices', join: brandSliceJoin() },
];
const CASES = STORES.flatMap((store) => SOURCES.map((source) => ({ ...store, ...source })));

describe('following', () => {
  it('reads the slices that are built anew, and nobody’s payload', async () => {
    const read = await readsOfFollowing({});
    expect(read).toContain('slice');
    expect(read).not.toContain('product#P1 raw-data');
  });

  it('reads the payload where the slice that is built anew is a tombstone, which holds nothing of it', async () => {
    expect(await readsOfFollowing({ missing: 'TOMBSTONE', isLate: true })).toContain('product#P1 raw-data');
  });

  it('reads the payload where the slice that is built anew was lost, and so replaces it', async () => {
    let isLost = false;
    const store = wrapStore(createMemoryStore(), async (method, args, call) => {
      const answer = await call();
      if (!isLost || method !== 'batchGet') return answer;
      // Keys of records come first, and the answer has one record for each.
      const [keys, records] = [args[0] as readonly RecordKey[], answer as readonly unknown[]];
      return records.map((record, index) => (keys[index]?.kind === 'slice' ? undefined : record));
    });
    const shop = openShop({ store });
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest('product#P1', ofBrand('ACME'));
    isLost = true;
    await expect(shop.ingest(ACME, brandNamed('Apex'))).resolves.toMatchObject({ fanOut: { revised: 1, refused: 0 } });
    isLost = false;
    await expect(shop.brandOf('product#P1')).resolves.toEqual({ name: 'Apex' });
  });

  it('writes no index entry, for none of them comes from the source', async () => {
    const shop = openShop();
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest('product#P1', ofBrand('ACME'));
    const before = await shop.hintsOf('IDX#brand#ACME#product');
    await expect(shop.ingest(ACME, brandNamed('Apex'))).resolves.toMatchObject({ fanOut: { revised: 1 } });
    await expect(shop.hintsOf('IDX#brand#ACME#product')).resolves.toEqual(before);
  });

  /** What is read by key, as entity and kind, while a product follows its brand. */
  async function readsOfFollowing({ isLate = false, ...join }: { isLate?: boolean; missing?: string }) {
    const reads: string[] = [];
    const store = wrapStore(createMemoryStore(), (method, args, call) => {
      // Keys of records come first.
      const keys = method === 'batchGet' ? (args[0] as readonly RecordKey[]) : [];
      for (const key of keys)
        reads.push(key.kind === 'slice' ? 'slice' : `${'entityKey' in key && key.entityKey} ${key.kind}`);
      return call();
    });
    const shop = openShop({ store, contracts: shopContracts(join) });
    if (!isLate) await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest('product#P1', ofBrand('ACME'));
    const { version } = await shop.insert(ACME, brandNamed('Apex'));
    const plan = await shop.plan(ACME, version - 1, version);
    reads.length = 0;
    await expect(shop.runtime.applyFanOut(plan)).resolves.toMatchObject({ revised: 1 });
    return reads;
  }
});

describe.each(CASES)('planning and applying for ten parents that join $source, over $kind', ({ open, join }) => {
  it('takes the same calls of the store among 20 products and among 500', async () => {
    const [few, many] = [await callsAmong(20), await callsAmong(500)];
    expect(many).toEqual(few);
  });

  it('takes the same calls of the store when the source has changed a hundred times before', async () => {
    const [few, many] = [await callsAmong(20), await callsAmong(20, 100)];
    expect(many).toEqual(few);
  });

  async function callsAmong(products: number, changesBefore = 0) {
    const store = await open();
    try {
      return await callsOn(store, products, changesBefore);
    } finally {
      await store.close();
    }
  }

  async function callsOn(inner: Store, products: number, changesBefore: number) {
    const store = countingStore(inner);
    const shop = openShop({ store, contracts: shopContracts(join) });
    await shop.ingest('brand#OTHER', brandNamed('Other'));
    for (let change = 0; change <= changesBefore; change += 1) await shop.ingest(ACME, brandNamed(`Acme ${change}`));
    const items = Array.from({ length: products }, (_, id) => ({
      tenantId: TENANT,
      entityKey: `product#P${id}`,
      version: 1,
      payload: ofBrand(id < TOUCHED ? 'ACME' : 'OTHER'),
    }));
    for await (const outcome of shop.runtime.batch.ingest(items)) expect(outcome.ok).toBe(true);
    const { version } = await shop.insert(ACME, brandNamed('Apex'));
    // So that a slice of it can be joined, and nobody else is looked for.
    await shop.runtime.slicing({
      tenantId: TENANT,
      entityKey: ACME,
      version,
      ruleSetRef: 'brand-core@1.0.0',
      mode: 'FULL_REBUILD',
    });
    store.reset();
    const result = await shop.runtime.applyFanOut(await shop.plan(ACME, version - 1, version));
    expect(result).toMatchObject({ revised: TOUCHED, settled: 1 });
    return store.calls;
  }
});

it('writes nothing for those who are cut off', async () => {
  const store = countingStore(createMemoryStore());
  const contracts = shopContracts({
    joinProjection: { brand_name: 'name' },
    joinImpact: [{ path: 'name', slices: ['PRODUCT_BRAND'] }],
  });
  const shop = openShop({ store, contracts });
  await shop.ingest(ACME, brandNamed('Acme'));
  for (let id = 0; id < TOUCHED; id += 1) await shop.ingest(`product#P${id}`, ofBrand('ACME'));
  await shop.insert(ACME, brandNamed('Acme', { logo_url: 'new.png' }));
  store.reset();
  await shop.runtime.resume({ tenantId: TENANT });
  // The brand's own.
  expect(store.calls).toMatchObject({ commit: 1, putHints: 0, range: expect.any(Number) });
  for (let id = 0; id < TOUCHED; id += 1) expect(await shop.commitsOf(`product#P${id}`)).toEqual([[1, 0]]);
  expect((await shop.statusOf(ACME)).state).toBe('ACTIVE');
});
