import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { EntityKey } from '../../../src/domain/identity.ts';
import { shardOf } from '../../../src/domain/inverted-index/index-entries.ts';
import type { IndexedEntity, LookUpIndexInput } from '../../../src/flows/runtime/listing-calls.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { RecordKey, Store } from '../../../src/ports/store.ts';
import { countingStore } from '../../support/counting-store.ts';
import {
  ACME,
  brandJoin,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_RULES,
  productPage,
  productRules,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT, withStatus } from '../../support/runtime-fixture.ts';
import { STORE_KINDS } from '../../support/store-kinds.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const OF_ACME = { tenantId: TENANT, indexKey: 'IDX#brand#ACME#product' } as const;
const AT_HOME = { tenantId: TENANT, indexKey: 'IDX#category#home#product' } as const;

/** The entry of a join's key for `product#P1`. */
const JOINED = { ...PRODUCT, ruleSetRef: PRODUCT_RULES, sliceType: '*', version: 1, revision: 0 };

describe('an index look-up', () => {
  it('tells who joined an entity, from the key alone', async () => {
    const runtime = await withProduct();
    await expect(itemsOf(runtime, OF_ACME)).resolves.toEqual([{ ...JOINED, standing: 'true' }]);
  });

  it('tells who carries a declared value, and in which slice', async () => {
    const runtime = await withProduct();
    await expect(itemsOf(runtime, AT_HOME)).resolves.toEqual([
      { ...JOINED, sliceType: 'PRODUCT_CORE', standing: 'true' },
    ]);
  });

  it('calls a join’s entry stale once the newest commit names another source', async () => {
    const runtime = await withProduct();
    await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#OTHER', version: 1, payload: ACME });
    await runtime.ingest({ ...PRODUCT, version: 2, payload: { ...LAMP, brand_id: 'OTHER' } });
    await expect(itemsOf(runtime, OF_ACME)).resolves.toMatchObject([{ version: 1, standing: 'stale' }]);
    const other = { ...OF_ACME, indexKey: 'IDX#brand#OTHER#product' };
    await expect(itemsOf(runtime, other)).resolves.toMatchObject([{ version: 2, standing: 'true' }]);
  });

  it('calls a declared entry stale once the newest slice has another value', async () => {
    const runtime = await withProduct();
    await runtime.ingest({ ...PRODUCT, version: 2, payload: { ...LAMP, category_ids: ['lights'] } });
    await expect(itemsOf(runtime, AT_HOME)).resolves.toMatchObject([{ version: 1, standing: 'stale' }]);
  });

  it('calls a declared entry stale once its entity is deleted', async () => {
    const runtime = await withProduct();
    await runtime.ingest({ ...PRODUCT, version: 2, deleted: true });
    await expect(itemsOf(runtime, AT_HOME)).resolves.toMatchObject([{ standing: 'stale' }]);
  });

  it('finds an entry true that an older commit wrote and the newest shares, and tells where the entity is now', async () => {
    const runtime = await withProduct();
    await runtime.ingest({ ...PRODUCT, version: 2, payload: { ...LAMP, price: 21 } });
    await expect(itemsOf(runtime, AT_HOME)).resolves.toMatchObject([{ version: 2, standing: 'true' }]);
  });

  it('calls an entry unreadable whose slice was lost, and hides none of the others for it', async () => {
    let isLost = false;
    const store = wrapStore(createMemoryStore(), async (method, args, call) => {
      const answer = await call();
      // Keys of records come first, and the answer has one record for each.
      if (!isLost || method !== 'batchGet') return answer;
      const [keys, records] = [args[0] as readonly RecordKey[], answer as readonly unknown[]];
      return records.map((record, index) => (isSliceOf(keys[index], 'product#P1') ? undefined : record));
    });
    await withProducts(2, { store });
    isLost = true;
    // Nothing is remembered there.
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    const standings = [{ standing: 'true' }, { standing: 'unreadable' }];
    await expect(itemsOf(runtime, AT_HOME)).resolves.toMatchObject(standings);
    await expect(runtime.sweepIndex(AT_HOME)).resolves.toEqual({ entries: 2, swept: 0 });
  });

  it('calls an entry pending whose first commit is still to come', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    // Refused, for its brand is not there; the entry is how the brand will find it.
    await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
    await expect(itemsOf(runtime, OF_ACME)).resolves.toEqual([{ ...JOINED, standing: 'pending' }]);
  });

  it('calls an entry pending that stands above the newest commit', async () => {
    const runtime = await withProduct();
    await runtime.ingest({ ...PRODUCT, version: 2, payload: { ...LAMP, brand_id: 'LATE' } });
    const late = { ...OF_ACME, indexKey: 'IDX#brand#LATE#product' };
    await expect(itemsOf(runtime, late)).resolves.toMatchObject([{ version: 2, standing: 'pending' }]);
    await expect(itemsOf(runtime, OF_ACME)).resolves.toMatchObject([{ version: 1, standing: 'true' }]);
  });

  it('keeps tenants apart', async () => {
    const runtime = await withProduct();
    await expect(itemsOf(runtime, { ...OF_ACME, tenantId: 'other' })).resolves.toEqual([]);
  });

  it('judges an entry of a rule set that is ARCHIVED by now', async () => {
    const store = createMemoryStore();
    await withProduct({ store });
    const archived = withStatus(PRODUCT_CATALOGUE, 'ARCHIVED', ({ id }) => id === 'product-core');
    await expect(itemsOf(openRuntime(archived, { store }), OF_ACME)).resolves.toMatchObject([{ standing: 'true' }]);
  });

  it('writes nothing, and reads its heads together', async () => {
    const store = countingStore(createMemoryStore());
    const runtime = await withProducts(20, { store });
    store.reset();
    await itemsOf(runtime, OF_ACME);
    expect(store.sequence).toEqual(['range', 'batchGet']);
  });

  it.each([
    { what: 'a key that no entry can have', indexKey: 'brand#ACME', code: 'index.key_invalid' },
    { what: 'an index that no rule set has', indexKey: 'IDX#maker#ACME#product', code: 'index.unknown' },
    { what: 'an index of another entity type', indexKey: 'IDX#brand#ACME#brand', code: 'index.unknown' },
  ])('refuses $what, which is not the same as nobody', async ({ indexKey, code }) => {
    const runtime = await withProduct();
    await expect(runtime.lookUpIndex({ tenantId: TENANT, indexKey })).rejects.toMatchObject({ code });
  });
});

describe.each(STORE_KINDS)('a look-up in shards, over the $kind store', ({ prepare }) => {
  const COUNT = 30;
  const keys = Array.from({ length: COUNT }, (_, index) => `product#P${index}`);

  it.each([1, 7, COUNT, 1000])('gives every entity once, in key order, %i at a time', async (limit) => {
    const open = await prepare((store) => withProducts(COUNT, { store, contracts: SHARDED }));
    const runtime = openRuntime(SHARDED, { store: await open() });
    const pages = await pagesOf(runtime, { ...OF_ACME, limit });
    expect(pages.flat().map(({ entityKey }) => entityKey)).toEqual(keys.toSorted());
    expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    await runtime.close();
  });

  it('has entries in more than one shard to merge', () => {
    // A test's key is fit to be parsed.
    expect(new Set(keys.map((key) => shardOf(key as EntityKey, 4))).size).toBe(4);
  });
});

describe('the cursor of a look-up', () => {
  it('goes on behind the last entry, whatever was swept or written in between', async () => {
    const store = createMemoryStore();
    const runtime = await withProducts(6, { store, contracts: SHARDED });
    const first = await runtime.lookUpIndex({ ...OF_ACME, limit: 3 });
    await runtime.ingest({ tenantId: TENANT, entityKey: 'product#P00', version: 1, payload: LAMP });
    await runtime.ingest({ tenantId: TENANT, entityKey: 'product#P9', version: 1, payload: LAMP });
    const { items } = await runtime.lookUpIndex({ ...OF_ACME, ...cursorOf(first) });
    expect(first.items.map(({ entityKey }) => entityKey)).toEqual(['product#P0', 'product#P1', 'product#P2']);
    expect(items.map(({ entityKey }) => entityKey)).toEqual(['product#P3', 'product#P4', 'product#P5', 'product#P9']);
  });

  it('of another index key is refused', async () => {
    const runtime = await withProducts(3);
    const page = await runtime.lookUpIndex({ ...OF_ACME, limit: 1 });
    await expect(runtime.lookUpIndex({ ...AT_HOME, ...cursorOf(page) })).rejects.toMatchObject({
      code: 'cursor.invalid',
    });
  });

  it('serves with another limit than it was given with', async () => {
    const runtime = await withProducts(5, { contracts: SHARDED });
    const page = await runtime.lookUpIndex({ ...OF_ACME, limit: 1 });
    const { items } = await runtime.lookUpIndex({ ...OF_ACME, limit: 9, ...cursorOf(page) });
    expect(items.map(({ entityKey }) => entityKey)).toEqual(['product#P1', 'product#P2', 'product#P3', 'product#P4']);
  });
});

describe('a status', () => {
  it('of one entity says what is owed for it', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    await runtime.insertRawdata({ ...BRAND, version: 1, payload: ACME });
    await expect(runtime.getStatus(BRAND)).resolves.toMatchObject({
      ...BRAND,
      version: 1,
      state: 'IDLE',
      owed: { 'brand-core@1.0.0': { state: 'IDLE' } },
      fannedOutTo: 0,
    });
  });

  it('of an entity that has no version is null', async () => {
    await expect(openRuntime(PRODUCT_CATALOGUE).getStatus(BRAND)).resolves.toBeNull();
  });
});

const PAGES_MAX = 100;

/** The catalogue with four shards for the products of a brand. */
const SHARDED: readonly JsonObject[] = [
  ...PRODUCT_CATALOGUE.filter(({ id }) => id !== 'product-core' && id !== 'product-page'),
  productRules({ joins: [brandJoin({ shards: 4 })] }),
  productPage(),
];

interface Setting {
  readonly store?: Store;
  readonly contracts?: readonly JsonObject[];
}

function withProduct(setting: Setting = {}): Promise<Runtime> {
  return withProducts(1, setting, ['product#P1']);
}

async function withProducts(
  count: number,
  { store = createMemoryStore(), contracts = PRODUCT_CATALOGUE }: Setting = {},
  keys = Array.from({ length: count }, (_, index) => `product#P${index}`),
): Promise<Runtime> {
  const runtime = openRuntime(contracts, { store });
  await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
  for (const entityKey of keys) await runtime.ingest({ tenantId: TENANT, entityKey, version: 1, payload: LAMP });
  return runtime;
}

function isSliceOf(key: RecordKey | undefined, entityKey: string): boolean {
  return key?.kind === 'slice' && key.entityKey === entityKey;
}

async function itemsOf(runtime: Runtime, input: LookUpIndexInput): Promise<readonly IndexedEntity[]> {
  const { items, cursor } = await runtime.lookUpIndex(input);
  expect(cursor).toBeNull();
  return items;
}

async function pagesOf(runtime: Runtime, input: LookUpIndexInput): Promise<readonly (readonly IndexedEntity[])[]> {
  const pages: (readonly IndexedEntity[])[] = [];
  let page = await runtime.lookUpIndex(input);
  pages.push(page.items);
  // A listing that never ends would keep even the test's time limit from being noticed.
  while (page.cursor !== null && pages.length < PAGES_MAX) {
    page = await runtime.lookUpIndex({ ...input, cursor: page.cursor });
    pages.push(page.items);
  }
  return pages;
}

function cursorOf({ cursor }: { readonly cursor: string | null }): { readonly cursor: string } {
  if (cursor === null) throw new Error('Expected more pages.');
  return { cursor };
}
