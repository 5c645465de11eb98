/** Rebuilding a rule set's inverted index: what it puts back, beside whom, and what it says when it does not get through. */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../src/adapters/memory/memory-store.ts';
import type { TenantId } from '../../../../src/domain/identity.ts';
import type { HintRecord, IndexStateRecord } from '../../../../src/domain/records.ts';
import type { RecordKey, Store } from '../../../../src/ports/store.ts';
import { faultyStore, SimulatedCrash } from '../../../support/faulty-store.ts';
import { type IndexedStore, indexedStore } from '../../../support/lost-index.ts';
import { PRODUCT_RULES } from '../../../support/product-catalogue.ts';
import { openRuntime, TENANT, withStatus } from '../../../support/runtime-fixture.ts';
import { brandNamed, ofBrand, openShop, type Shop, shopContracts } from '../../../support/shop.ts';
import { wrapStore } from '../../../support/wrap-store.ts';

const ACME = 'brand#ACME';
const OTHER = 'brand#OTHER';
const P1 = 'product#P1';
const INDEX = { tenantId: TENANT, ruleSetRef: PRODUCT_RULES };
/** Three pages of the directory. */
const MANY = 230;

describe('rebuilding an index', () => {
  it('puts back the entries of every head, implied and declared', async () => {
    const { shop, store } = await shopOfEverybody();
    const before = await placesIn(store);
    await store.loseEntries();
    expect(await shop.runtime.reindex(INDEX)).toEqual({ ...INDEX, entities: 4, entries: before.length, unreadable: 0 });
    expect(await placesIn(store)).toEqual(before);
  });

  it('puts back what a refused slicing and an owed one have named, so that its source’s arrival heals it', async () => {
    const { shop, store } = await openIndexed();
    await shop.ingest(P1, ofBrand('ACME'));
    await shop.insert('product#P2', ofBrand('ACME'));
    await store.loseEntries();
    await shop.runtime.reindex(INDEX);
    expect((await shop.ingest(ACME, brandNamed('Acme'))).fanOut).toMatchObject({ outcome: 'settled', sliced: 2 });
    for (const parent of [P1, 'product#P2']) expect(await shop.brandOf(parent)).toEqual({ name: 'Acme' });
  });

  it('leaves every entry as it is where none is gone', async () => {
    const { shop, store } = await shopOfEverybody();
    const before = await store.entries();
    await shop.runtime.reindex(INDEX);
    expect(await store.entries()).toEqual(before);
  });

  it('may be made again', async () => {
    const { shop, store } = await shopOfEverybody();
    await store.loseEntries();
    const first = await shop.runtime.reindex(INDEX);
    const entries = await placesIn(store);
    expect(await shop.runtime.reindex(INDEX)).toEqual(first);
    expect(await placesIn(store)).toEqual(entries);
  });

  it('walks past entities of other types and tenants', async () => {
    const { shop, store } = await shopOfEverybody();
    await shop.runtime.ingest({ tenantId: 'another', entityKey: ACME, version: 1, payload: brandNamed('Acme') });
    await shop.runtime.ingest({ tenantId: 'another', entityKey: P1, version: 1, payload: ofBrand('ACME') });
    await store.loseEntries();
    await shop.runtime.reindex(INDEX);
    expect(new Set((await store.entries()).map(({ tenantId }) => tenantId))).toEqual(new Set([TENANT]));
  });

  it('makes the index complete also where nobody is', async () => {
    const { shop, store } = await openIndexed();
    await shop.runtime.markIndexIncomplete(INDEX);
    expect(await shop.runtime.reindex(INDEX)).toMatchObject({ entities: 0, entries: 0 });
    expect(await stateOf(store)).toMatchObject({ state: 'COMPLETE', rebuildCursor: null });
  });

  it('reports how far it is after each page', async () => {
    const { shop } = await shopOfMany();
    const reached: number[] = [];
    await shop.runtime.reindex(INDEX, { onProgress: ({ entities }) => reached.push(entities) });
    expect(reached).toEqual([100, 200, MANY]);
  });

  it('counts an entity whose slices are damaged, and finds it by its source all the same', async () => {
    const { shop, store } = await shopOfEverybody();
    await store.loseEntries();
    const damaged = openShop({ store: without('slice', store) });
    expect(await damaged.runtime.reindex(INDEX)).toMatchObject({ entities: 4, unreadable: 3 });
    expect((await shop.ingest(ACME, brandNamed('Apex'))).fanOut).toMatchObject({ outcome: 'settled', revised: 2 });
  });

  it('counts an owed version that cannot be read, and goes on', async () => {
    const { shop, store } = await openIndexed();
    await shop.insert(P1, ofBrand('ACME'));
    const damaged = openShop({ store: without('raw-data', store) });
    expect(await damaged.runtime.reindex(INDEX)).toMatchObject({ entities: 1, entries: 0, unreadable: 1 });
  });

  it('serves a rule set that is ARCHIVED, too', async () => {
    const { store } = await shopOfEverybody();
    const before = await placesIn(store);
    await store.loseEntries();
    const archived = withStatus(
      shopContracts(),
      'ARCHIVED',
      ({ id }) => id === 'product-core' || id === 'product-page',
    );
    await openRuntime(archived, { store }).reindex(INDEX);
    expect(await placesIn(store)).toEqual(before);
  });

  it('leaves a DRAFT that was never used free to change', async () => {
    const store = createMemoryStore();
    const drafts = withStatus(shopContracts(), 'DRAFT', ({ id }) => id === 'product-core' || id === 'product-page');
    await openRuntime(drafts, { store }).reindex(INDEX);
    const ref = { id: 'product-core', version: '1.3.0' };
    expect(await store.batchGet([{ kind: 'contract-binding', contractKind: 'RuleSet', ref }])).toEqual([undefined]);
  });

  it.each([
    { what: 'a rule set that nobody knows', input: { ruleSetRef: 'nowhere@1.0.0' }, code: 'contract.unknown' },
    { what: 'what is no ref', input: { ruleSetRef: 'product-core' }, code: 'contract.ref_invalid' },
    { what: 'what is no tenant', input: { tenantId: 'a#b' }, code: 'tenant.invalid' },
    { what: 'another place to begin', input: { from: 'the middle' as 'start' }, code: 'input.invalid' },
  ])('is refused for $what, and marks nothing', async ({ input, code }) => {
    const { shop, store } = await openIndexed();
    await expect(shop.runtime.reindex({ ...INDEX, ...input })).rejects.toMatchObject({ code });
    expect(await stateOf(store)).toBeUndefined();
  });

  it('is refused under content that its commits were not made by', async () => {
    const { store } = await shopOfEverybody();
    const { runtime } = openShop({ store, contracts: shopContracts({ maxFanout: 7 }) });
    await expect(runtime.reindex(INDEX)).rejects.toMatchObject({ code: 'contract.content_changed' });
    await expect(runtime.markIndexIncomplete(INDEX)).rejects.toMatchObject({ code: 'contract.content_changed' });
    expect(await stateOf(store)).toBeUndefined();
  });
});

describe('an index that is being rebuilt', () => {
  it('is not trusted until the rebuild is done', async () => {
    const { shop, store } = await shopOfMany();
    await shop.insert(ACME, brandNamed('Apex'));
    const plans: unknown[] = [];
    const watching = openShop({ store: betweenPages(store, async () => plans.push(await planOrCode(shop))) });
    await watching.runtime.reindex(INDEX);
    expect(plans).toEqual(['index.missing', 'index.missing', 'index.missing']);
    expect(await planOrCode(shop)).toBe(MANY / 2);
  });

  it('loses nobody who moves, arrives or leaves meanwhile, on either side of where the rebuild is', async () => {
    const { shop, store } = await shopOfMany();
    await store.loseEntries();
    let pages = 0;
    const busy = betweenPages(store, async () => {
      pages += 1;
      await shop.ingest(`product#0-${pages}`, ofBrand('ACME'));
      await shop.ingest(`product#Z-${pages}`, ofBrand('ACME'));
      await shop.ingest('product#P100', ofBrand(pages % 2 === 0 ? 'OTHER' : 'ACME'));
      await shop.ingest('product#P99', ofBrand(pages % 2 === 0 ? 'ACME' : 'OTHER'));
      await shop.insert(`product#Y-${pages}`, ofBrand('ACME'));
      await shop.ingest(ACME, brandNamed(`Acme ${pages}`));
    });
    await openShop({ store: busy }).runtime.reindex(INDEX);
    await shop.runtime.resume({ tenantId: TENANT });
    await shop.ingest(ACME, brandNamed('Apex'));
    await shop.ingest(OTHER, brandNamed('Others'));
    expect(pages).toBeGreaterThan(2);
    const { items } = await shop.runtime.listEntities({ tenantId: TENANT, prefix: 'product#', limit: 1000 });
    for (const entityKey of items) {
      const { payload } = await shop.runtime.getRawdata({ tenantId: TENANT, entityKey, version: 'newest' });
      const name = payload?.['brand_id'] === 'ACME' ? 'Apex' : 'Others';
      expect([entityKey, await shop.brandOf(entityKey)]).toEqual([entityKey, { name }]);
    }
  });

  it('has the entry of a slicing that put it before it was lost, and commits while its entity is looked at', async () => {
    const { shop, store } = await shopOfEverybody();
    await shop.insert(P1, ofBrand('OTHER'));
    await shop.runtime.markIndexIncomplete(INDEX);
    await store.loseEntries();
    const unheard = openShop({ store: withoutPuttingEntries(store) });
    let reads = 0;
    const straddled = wrapStore(store, async (method, args, call) => {
      const answer = await call();
      // The first argument of `batchGet` is its list of keys.
      const isOfEntities = method === 'batchGet' && (args[0] as readonly RecordKey[]).every(isHeadOrStatus);
      if (isOfEntities && reads++ === 0) await unheard.runtime.resume({ tenantId: TENANT });
      return answer;
    });
    await openShop({ store: straddled }).runtime.reindex(INDEX);
    expect(await shop.commitsOf(P1)).toContainEqual([2, 0]);
    expect(await placesIn(store)).toContain(`IDX#brand#OTHER#product/0 ${P1} *`);
  });

  it('is not said to be complete where somebody marked it meanwhile', async () => {
    const { shop, store } = await shopOfMany();
    const marking = betweenPages(store, () => shop.runtime.markIndexIncomplete(INDEX));
    const rebuilt = openShop({ store: marking }).runtime.reindex(INDEX);
    await expect(rebuilt).rejects.toMatchObject({ code: 'index.overtaken', retryable: true });
    expect(await stateOf(store)).toMatchObject({ state: 'INCOMPLETE' });
  });

  it('is left to the later one of two who rebuild it', async () => {
    const { shop, store } = await shopOfMany();
    const outcomes = await Promise.allSettled([
      shop.runtime.reindex(INDEX),
      openShop({ store }).runtime.reindex(INDEX),
    ]);
    const done = outcomes.filter(({ status }) => status === 'fulfilled');
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(done).toHaveLength(1);
    expect(failed).toEqual(['index.overtaken']);
    expect(await stateOf(store)).toMatchObject({ state: 'COMPLETE' });
  });

  it('is complete in the end though the answer to any one call gets lost', async () => {
    const work = async (store: Store) => openShop({ store }).runtime.reindex(INDEX);
    const counting = faultyStore((await shopOfEverybody()).store, []);
    await work(counting);
    for (let call = 1; call <= counting.callCount; call += 1) {
      const { store } = await shopOfEverybody();
      const before = await placesIn(store);
      await store.loseEntries();
      const faulty = faultyStore(store, [{ call, applied: 'all', ends: 'reject' }]);
      expect(await work(faulty)).toMatchObject({ entities: 4 });
      expect(faulty.struck).toHaveLength(1);
      expect(await placesIn(store)).toEqual(before);
    }
  });
});

describe('a rebuild that ends half-way', () => {
  it.each([
    { place: 'the start', from: 'start' },
    { place: 'where it stopped', from: 'where_stopped' },
  ] as const)(
    'leaves the index untrusted wherever its process died, and another one from $place completes it',
    async ({ from }) => {
      const counting = faultyStore((await shopOfEverybody()).store, []);
      await openShop({ store: counting }).runtime.reindex(INDEX);
      for (let call = 1; call <= counting.callCount; call += 1) {
        for (const applied of ['nothing', 'part', 'all'] as const) {
          const { shop, store } = await shopOfEverybody();
          const before = await placesIn(store);
          await shop.runtime.markIndexIncomplete(INDEX);
          await store.loseEntries();
          await shop.insert(ACME, brandNamed('Apex'));
          const dying = openShop({ store: faultyStore(store, [{ call, applied, ends: 'crash' }]) });
          await expect(dying.runtime.reindex(INDEX)).rejects.toBeInstanceOf(SimulatedCrash);
          const isDone = (await stateOf(store))?.state === 'COMPLETE';
          expect(await planOrCode(shop)).toBe(isDone ? 2 : 'index.missing');
          await shop.runtime.reindex({ ...INDEX, from });
          expect(await planOrCode(shop)).toBe(2);
          expect(await placesIn(store)).toEqual(before);
        }
      }
    },
  );

  it('goes on where it was stopped, if it is told to', async () => {
    const { shop, store } = await shopOfMany();
    const before = await placesIn(store);
    await store.loseEntries();
    await stopAfterFirstPage(shop);
    expect(await stateOf(store)).toMatchObject({ state: 'INCOMPLETE', rebuildCursor: expect.any(String) });
    expect(await shop.runtime.reindex({ ...INDEX, from: 'where_stopped' })).toMatchObject({ entities: MANY - 100 });
    expect(await placesIn(store)).toEqual(before);
  });

  it.each([
    { what: 'it is not told to go on', mark: false, from: 'start' },
    { what: 'the index was marked since', mark: true, from: 'where_stopped' },
  ] as const)('begins anew where $what', async ({ mark, from }) => {
    const { shop } = await shopOfMany();
    await stopAfterFirstPage(shop);
    if (mark) await shop.runtime.markIndexIncomplete(INDEX);
    expect(await shop.runtime.reindex({ ...INDEX, from })).toMatchObject({ entities: MANY });
  });

  it('marks nothing where it is aborted before it begins', async () => {
    const { shop, store } = await openIndexed();
    const aborted = { signal: AbortSignal.abort() };
    await expect(shop.runtime.reindex(INDEX, aborted)).rejects.toMatchObject({ code: 'call.aborted' });
    await expect(shop.runtime.markIndexIncomplete(INDEX, aborted)).rejects.toMatchObject({ code: 'call.aborted' });
    expect(await stateOf(store)).toBeUndefined();
  });
});

interface IndexedShop {
  readonly shop: Shop;
  readonly store: IndexedStore;
}

async function openIndexed(): Promise<IndexedShop> {
  const store = indexedStore(createMemoryStore());
  return { shop: openShop({ store }), store };
}

/** Two products of ACME, one of another brand, and one of none, which is refused and has no slices. */
async function shopOfEverybody(): Promise<IndexedShop> {
  const { shop, store } = await openIndexed();
  await shop.ingest(ACME, brandNamed('Acme'));
  await shop.ingest(OTHER, brandNamed('Other'));
  for (const [id, brand] of ['ACME', 'ACME', 'OTHER', null].entries()) {
    await shop.ingest(`product#P${id}`, ofBrand(brand, { category_ids: [`C${id}`, 'ALL'] }));
  }
  return { shop, store };
}

async function shopOfMany(): Promise<IndexedShop> {
  const { shop, store } = await openIndexed();
  await shop.ingest(ACME, brandNamed('Acme'));
  await shop.ingest(OTHER, brandNamed('Other'));
  const items = Array.from({ length: MANY }, (_, id) => ({
    tenantId: TENANT,
    entityKey: `product#P${id}`,
    version: 1,
    payload: ofBrand(id % 2 === 0 ? 'ACME' : 'OTHER'),
  }));
  for await (const { ok } of shop.runtime.batch.ingest(items)) expect(ok).toBe(true);
  return { shop, store };
}

/** Which entries there are, whatever wrote them last. */
async function placesIn(store: IndexedStore): Promise<readonly string[]> {
  return (await store.entries()).map(
    ({ indexKey, shard, entityKey, sliceType }: HintRecord) => `${indexKey}/${shard} ${entityKey} ${sliceType}`,
  );
}

async function stateOf(store: Store): Promise<IndexStateRecord | undefined> {
  const ruleSet = { id: 'product-core', version: '1.3.0' };
  // The fixture's tenant is fit to be parsed.
  const [state] = await store.batchGet([{ kind: 'index-state', tenantId: TENANT as TenantId, ruleSet }]);
  return state;
}

/** Does something behind each page of the directory, before its entities are looked at. */
function betweenPages(inner: Store, act: () => Promise<unknown>): Store {
  return wrapStore(inner, async (method, args, call) => {
    const answer = await call();
    // The first argument of `range` is its query.
    if (method === 'range' && (args[0] as { range: string }).range === 'entities') await act();
    return answer;
  });
}

function isHeadOrStatus({ kind }: RecordKey): boolean {
  return kind === 'head' || kind === 'status';
}

/** Stands for a slicing whose entries were put, and lost since. */
function withoutPuttingEntries(inner: Store): Store {
  return wrapStore(inner, async (method, _args, call) => (method === 'putHints' ? undefined : call()));
}

/** Records of one kind are gone. */
function without(kind: RecordKey['kind'], inner: Store): Store {
  return wrapStore(inner, async (method, args, call) => {
    const answer = await call();
    if (method !== 'batchGet') return answer;
    // `batchGet` answers a record per key of its first argument.
    const keys = args[0] as readonly RecordKey[];
    return (answer as readonly unknown[]).map((record, index) => (keys[index]?.kind === kind ? undefined : record));
  });
}

async function planOrCode(shop: Shop): Promise<unknown> {
  try {
    return (await shop.plan(ACME, 1, 2)).counts.parents;
  } catch (error) {
    return (error as { readonly code: unknown }).code;
  }
}

async function stopAfterFirstPage({ runtime }: Shop): Promise<void> {
  const stop = new AbortController();
  const rebuilt = runtime.reindex(INDEX, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(rebuilt).rejects.toMatchObject({ code: 'call.aborted' });
}
