/** What a fan-out does where the inverted index may lack entries: absence is never read as "no parents" (design §5). */
import { describe, expect, it } from 'vitest';
import type { RecordKey, Store } from '../../../../src/ports/store.ts';
import { boundByOthers, type IndexedStore, indexedStore } from '../../../support/lost-index.ts';
import { type brandJoin, PRODUCT_RULES } from '../../../support/product-catalogue.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import {
  brandNamed,
  brandSliceJoin,
  ofBrand,
  openShop,
  type Shop,
  shopContracts,
  twoJoinContracts,
} from '../../../support/shop.ts';
import { createTestStore } from '../../../support/test-store.ts';
import { wrapStore } from '../../../support/wrap-store.ts';

const ACME = 'brand#ACME';
const P1 = 'product#P1';
const INDEX = { tenantId: TENANT, ruleSetRef: PRODUCT_RULES };
const NAME_ONLY = {
  joinProjection: { brand_name: 'name' },
  joinImpact: [{ path: 'name', slices: ['PRODUCT_BRAND'] }],
};

describe('a fan-out whose index is not complete', () => {
  it('is refused, and the refusal names tenant, rule set, join and what to do', async () => {
    const { shop } = await shopWithoutIndex();
    await shop.insert(ACME, brandNamed('Apex'));
    const planned = shop.plan(ACME, 1, 2);
    await expect(planned).rejects.toMatchObject({
      code: 'index.missing',
      category: 'Missing',
      retryable: false,
      details: { tenantId: TENANT, entityKey: ACME, join: 'brand', ruleSetRef: PRODUCT_RULES },
    });
    await expect(planned).rejects.toThrow(`slicewise admin reindex ${PRODUCT_RULES} --tenant ${TENANT}`);
  });

  it('stays owed by an ingest, which says why, and by a resume, which counts it', async () => {
    const { shop } = await shopWithoutIndex();
    const { fanOut } = await shop.ingest(ACME, brandNamed('Apex'));
    expect(fanOut).toMatchObject({ outcome: 'owed', revised: 0, error: { code: 'index.missing' } });
    expect(await shop.runtime.resume({ tenantId: TENANT })).toMatchObject({ fannedOut: 0, fanOutOwed: 1 });
    expect(await shop.statusOf(ACME)).toMatchObject({ state: 'READY', fannedOutTo: 1, version: 2 });
    expect(await shop.brandOf(P1)).toEqual({ name: 'Acme' });
  });

  it('is made up for by a resume once the index is rebuilt', async () => {
    const { shop } = await shopWithoutIndex();
    await shop.ingest(ACME, brandNamed('Apex'));
    await shop.runtime.reindex(INDEX);
    expect(await shop.runtime.resume({ tenantId: TENANT })).toMatchObject({ fannedOut: 1, fanOutOwed: 0 });
    expect(await shop.statusOf(ACME)).toMatchObject({ state: 'ACTIVE', fannedOutTo: 2 });
    expect(await shop.brandOf(P1)).toEqual({ name: 'Apex' });
  });

  it('is not missed where the change concerns nobody', async () => {
    const { shop } = await shopWithoutIndex(NAME_ONLY);
    const { fanOut } = await shop.ingest(ACME, brandNamed('Acme', { logo_url: 'new.png' }));
    expect(fanOut).toMatchObject({ outcome: 'settled' });
  });

  it('is refused where its rule set was bound by somebody of whom nothing is known', async () => {
    const inner = createTestStore();
    const others = openShop({ store: boundByOthers(inner) });
    await others.ingest(ACME, brandNamed('Acme'));
    await others.ingest(P1, ofBrand('ACME'));
    const shop = openShop({ store: inner });
    const { fanOut } = await shop.ingest(ACME, brandNamed('Apex'));
    expect(fanOut).toMatchObject({ outcome: 'owed', error: { code: 'index.missing' } });
    await shop.runtime.reindex(INDEX);
    await shop.runtime.resume({ tenantId: TENANT });
    expect(await shop.brandOf(P1)).toEqual({ name: 'Apex' });
  });

  it('is none where its rule set has never been used in the store', async () => {
    const shop = openShop();
    expect((await shop.ingest(ACME, brandNamed('Acme'))).fanOut).toMatchObject({ outcome: 'settled' });
    expect((await shop.ingest(ACME, brandNamed('Apex'))).fanOut).toMatchObject({ outcome: 'settled' });
  });

  it('is that of one tenant', async () => {
    const { shop } = await shopWithoutIndex();
    await shop.runtime.reindex(INDEX);
    await shop.runtime.markIndexIncomplete({ ...INDEX, tenantId: 'another' });
    expect((await shop.ingest(ACME, brandNamed('Apex'))).fanOut).toMatchObject({ outcome: 'settled', revised: 1 });
  });

  it('is that of one rule set', async () => {
    const { shop } = await shopWithoutIndex();
    await shop.runtime.reindex(INDEX);
    await shop.runtime.markIndexIncomplete({ ...INDEX, ruleSetRef: 'brand-core@1.0.0' });
    expect((await shop.ingest(ACME, brandNamed('Apex'))).fanOut).toMatchObject({ outcome: 'settled', revised: 1 });
  });

  it('is refused at once when the index is marked between two of its plans', async () => {
    const { shop } = await shopWithoutIndex();
    await shop.runtime.reindex(INDEX);
    await shop.insert(ACME, brandNamed('Apex'));
    expect((await shop.plan(ACME, 1, 2)).counts.parents).toBe(1);
    await shop.runtime.markIndexIncomplete(INDEX);
    await expect(shop.plan(ACME, 1, 2)).rejects.toMatchObject({ code: 'index.missing' });
  });
});

describe('a fan-out whose join says FULL_REBUILD, without a complete index', () => {
  it.each([
    { what: 'RawData', join: {} },
    { what: 'a slice', join: brandSliceJoin() },
  ])('finds the parents that joined $what through the directory', async ({ join }) => {
    const { shop } = await shopWithoutIndex({ ...join, onIndexMissing: 'FULL_REBUILD' });
    const { fanOut } = await shop.ingest(ACME, brandNamed('Apex'));
    expect(fanOut).toMatchObject({ outcome: 'settled', revised: 1 });
    expect(await shop.brandOf(P1)).toEqual({ name: 'Apex' });
  });

  it('finds one that was sliced before its source was there', async () => {
    const { shop, store } = await rebuildingShop({ missing: 'NULL_FIELDS' });
    await shop.ingest(P1, ofBrand('ACME'));
    await lose(shop, store);
    await shop.ingest(ACME, brandNamed('Acme'));
    expect(await shop.brandOf(P1)).toEqual({ name: 'Acme' });
  });

  it('finds one that was refused because its source was not there', async () => {
    const { shop, store } = await rebuildingShop();
    await shop.ingest(P1, ofBrand('ACME'));
    await lose(shop, store);
    expect((await shop.ingest(ACME, brandNamed('Acme'))).fanOut).toMatchObject({ outcome: 'settled', sliced: 1 });
    expect(await shop.brandOf(P1)).toEqual({ name: 'Acme' });
  });

  it('finds one whose slicing is owed, by the source that it names, and no other that owes one', async () => {
    const { shop, store } = await rebuildingShop();
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest('brand#OTHER', brandNamed('Other'));
    await shop.insert(P1, ofBrand('ACME'));
    await shop.insert('product#P2', ofBrand('OTHER'));
    await lose(shop, store);
    await shop.insert(ACME, brandNamed('Apex'));
    expect(parentsOf(await shop.plan(ACME, 1, 2))).toEqual([[P1, 'owed']]);
  });

  it('leaves an owed one alone whose payload cannot be read', async () => {
    const { shop, store } = await rebuildingShop();
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.insert(P1, ofBrand('ACME'));
    await lose(shop, store);
    await shop.insert(ACME, brandNamed('Apex'));
    const damaged = openShop({ store: withoutRawData(store, P1), contracts: rebuildingContracts() });
    expect(parentsOf(await damaged.plan(ACME, 1, 2))).toEqual([]);
  });

  it('cuts off those that take nothing from the change, and names no stale entries', async () => {
    const { shop, store } = await rebuildingShop();
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest('brand#OTHER', brandNamed('Other'));
    await shop.ingest(P1, ofBrand('ACME'));
    await shop.ingest('product#P2', ofBrand('ACME'));
    await shop.ingest('product#P2', ofBrand('OTHER'));
    await shop.ingest(ACME, brandNamed('Apex'));
    await lose(shop, store);
    const plan = await shop.plan(ACME, 1, 2);
    expect(plan).toMatchObject({ staleHints: [], counts: { parents: 0, cutOff: 1 } });
  });

  it('finds them all, page after page of the directory', async () => {
    const { shop, store } = await rebuildingShop();
    await shop.ingest(ACME, brandNamed('Acme'));
    const items = Array.from({ length: 230 }, (_, id) => ({
      tenantId: TENANT,
      entityKey: `product#P${id}`,
      version: 1,
      payload: ofBrand(id % 2 === 0 ? 'ACME' : null),
    }));
    for await (const { ok } of shop.runtime.batch.ingest(items)) expect(ok).toBe(true);
    await lose(shop, store);
    await shop.insert(ACME, brandNamed('Apex'));
    expect((await shop.plan(ACME, 1, 2)).counts.parents).toBe(115);
  });

  it('is refused beyond maxFanout', async () => {
    const { shop, store } = await rebuildingShop({ maxFanout: 1 });
    await shop.ingest(ACME, brandNamed('Acme'));
    for (const parent of [P1, 'product#P2']) await shop.ingest(parent, ofBrand('ACME'));
    await lose(shop, store);
    await shop.insert(ACME, brandNamed('Apex'));
    await expect(shop.plan(ACME, 1, 2)).rejects.toMatchObject({ code: 'fan_out.too_large' });
  });

  it('follows several changes in one plan, each parent once', async () => {
    const contracts = twoJoinContracts().map(joiningWith({ onIndexMissing: 'FULL_REBUILD' }));
    const { shop, store } = openLosing(contracts);
    for (const brand of ['ACME', 'MAKER']) await shop.ingest(`brand#${brand}`, brandNamed(brand));
    await shop.ingest(P1, ofBrand('ACME', { maker_id: 'MAKER' }));
    await lose(shop, store);
    for (const brand of ['ACME', 'MAKER']) await shop.insert(`brand#${brand}`, brandNamed(`${brand} 2`));
    const changes = ['ACME', 'MAKER'].map((id) => ({ entityKey: `brand#${id}`, fromVersion: 1, toVersion: 2 }));
    const plan = await shop.runtime.planFanOuts({ tenantId: TENANT, changes });
    expect(plan.counts.parents).toBe(1);
    expect(plan.slices.filter(({ entityKey }) => entityKey === P1)).toMatchObject([
      { sliceType: 'PRODUCT_BRAND', sources: ['brand#ACME'] },
      { sliceType: 'PRODUCT_MAKER', sources: ['brand#ACME', 'brand#MAKER'] },
    ]);
  });

  it('is refused where another join that the change concerns says FAIL_CLOSED', async () => {
    const contracts = twoJoinContracts().map(joiningWith({ onIndexMissing: 'FULL_REBUILD' }, 'brand'));
    const { shop, store } = openLosing(contracts);
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest(P1, ofBrand('ACME'));
    await lose(shop, store);
    await shop.insert(ACME, brandNamed('Acme', { logo_url: 'new.png' }));
    expect((await shop.plan(ACME, 1, 2)).counts.parents).toBe(1);
    await shop.insert(ACME, brandNamed('Apex'));
    await expect(shop.plan(ACME, 2, 3)).rejects.toMatchObject({ code: 'index.missing', details: { join: 'maker' } });
  });
});

describe('asking whether an index is complete', () => {
  it.each([
    { what: 'RawData', join: {}, beside: 'raw-data' },
    { what: 'a slice', join: brandSliceJoin(), beside: 'head' },
  ])('costs a plan no round trip of its own where $what is joined', async ({ join, beside }) => {
    const inner = createTestStore();
    const reads: (readonly RecordKey['kind'][])[] = [];
    const store = wrapStore(inner, (method, args, call) => {
      // The first argument of `batchGet` is its list of keys.
      if (method === 'batchGet') reads.push((args[0] as readonly RecordKey[]).map(({ kind }) => kind));
      return call();
    });
    const shop = openShop({ store, contracts: shopContracts(join) });
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest(P1, ofBrand('ACME'));
    reads.length = 0;
    expect((await shop.ingest(ACME, brandNamed('Apex'))).fanOut).toMatchObject({ revised: 1 });
    const asking = reads.filter((kinds) => kinds.includes('index-state'));
    expect(asking).toHaveLength(1);
    expect(asking[0]).toContain(beside);
  });
});

interface LosingShop {
  readonly shop: Shop;
  readonly store: IndexedStore;
}

function openLosing(contracts = shopContracts()): LosingShop {
  const store = indexedStore(createTestStore());
  return { shop: openShop({ store, contracts }), store };
}

/** P1 has joined ACME, and its entries are gone. */
async function shopWithoutIndex(join = {}): Promise<LosingShop> {
  const losing = openLosing(shopContracts(join));
  await losing.shop.ingest(ACME, brandNamed('Acme'));
  await losing.shop.ingest(P1, ofBrand('ACME'));
  await lose(losing.shop, losing.store);
  return losing;
}

function rebuildingContracts(join = {}) {
  return shopContracts({ ...join, onIndexMissing: 'FULL_REBUILD' });
}

async function rebuildingShop(join = {}): Promise<LosingShop> {
  return openLosing(rebuildingContracts(join));
}

async function lose({ runtime }: Shop, store: IndexedStore): Promise<void> {
  await runtime.markIndexIncomplete(INDEX);
  await store.loseEntries();
  expect(await store.entries()).toEqual([]);
}

/** The same contract with something else in all its joins, or in one. */
function joiningWith(overrides: object, name?: string) {
  return (contract: ReturnType<typeof brandJoin>): ReturnType<typeof brandJoin> => {
    const joins = contract['joins'] as readonly ReturnType<typeof brandJoin>[] | undefined;
    if (joins === undefined) return contract;
    return {
      ...contract,
      joins: joins.map((join) => (name === undefined || join['name'] === name ? { ...join, ...overrides } : join)),
    };
  };
}

function withoutRawData(inner: Store, entityKey: string): Store {
  return wrapStore(inner, async (method, args, call) => {
    const answer = await call();
    if (method !== 'batchGet') return answer;
    // `batchGet` answers a record per key of its first argument.
    const keys = args[0] as readonly RecordKey[];
    return (answer as readonly unknown[]).map((record, index) => {
      const key = keys[index];
      return key?.kind === 'raw-data' && key.entityKey === entityKey ? undefined : record;
    });
  });
}

function parentsOf({ slices }: Awaited<ReturnType<Shop['plan']>>) {
  const parents = slices
    .filter(({ because }) => because !== 'own')
    .map(({ entityKey, because }) => [entityKey, because]);
  return [...new Map(parents.map((parent) => [parent.join(' '), parent])).values()];
}
