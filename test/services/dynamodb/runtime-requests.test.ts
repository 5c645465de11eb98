/** What each call of the runtime costs in requests and units, one at a time, as the access-pattern table says (ADR 0036). */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import {
  ACME,
  brandRules,
  brandSchema,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_PAGE,
  PRODUCT_RULES,
  productPage,
  productRules,
  productSchema,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { countRequests } from '../../support/services/dynamodb/count-requests.ts';
import { localClient, openEmptyStore } from '../../support/services/dynamodb/empty-store.ts';
import { isRead, type MeteredRequest, meterRequests } from '../../support/services/dynamodb/middleware.ts';
import { brandNamed, ofBrand, openShop, type Shop } from '../../support/shop.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' };

/** 1.8 KB, so that its record is one of 2 KB. */
const PRODUCT_OF_2_KB: JsonObject = { ...LAMP, internal_note: 'x'.repeat(1_650) };
const REPRICED: JsonObject = { ...PRODUCT_OF_2_KB, price: 25 };

const PRICE_ONLY = { ...PRODUCT, ruleSetRef: PRODUCT_RULES, fromVersion: 1 } as const;

// What the builder below is made of.
const { slices, impactMap } = productRules() as { slices: readonly JsonObject[]; impactMap: readonly JsonObject[] };

/** The catalogue without its join, and without the slice type that only the join feeds. */
const JOINING_NOTHING: readonly JsonObject[] = [
  brandSchema(),
  productSchema(),
  brandRules(),
  productRules({
    joins: [],
    slices: slices.filter(({ type }) => type !== 'PRODUCT_BRAND'),
    impactMap: impactMap.map(({ path, slices: types }) => ({
      path: path ?? null,
      slices: Array.isArray(types) ? types.filter((type) => type !== 'PRODUCT_BRAND') : [],
    })),
  }),
];

interface Case {
  readonly call: string;
  /** The catalogue's, where they are left out. */
  readonly contracts?: readonly JsonObject[];
  readonly prepare?: (runtime: Runtime) => Promise<unknown>;
  readonly run: (runtime: Runtime) => Promise<unknown>;
  /** Operation → how often. */
  readonly requests: Readonly<Record<string, number>>;
  readonly units: Units;
}

interface Units {
  readonly read: number;
  readonly write: number;
}

const CASES: readonly Case[] = [
  {
    call: 'insertRawdata of a first version',
    run: (runtime) => runtime.insertRawdata({ ...PRODUCT, version: 1, payload: PRODUCT_OF_2_KB }),
    requests: { BatchGetItem: 1, 'TransactWriteItems of 3': 1 },
    units: { read: 1, write: 10 },
  },
  {
    call: 'insertRawdata of a next version',
    prepare: (runtime) => ingestFirst(runtime),
    run: (runtime) => runtime.insertRawdata({ ...PRODUCT, version: 2, payload: REPRICED }),
    requests: { BatchGetItem: 1, 'TransactWriteItems of 2': 1 },
    units: { read: 1, write: 10 },
  },
  {
    call: 'createChangeSet',
    prepare: insertSecond,
    run: (runtime) => runtime.createChangeSet({ ...PRICE_ONLY, toVersion: 2 }),
    requests: { BatchGetItem: 2, PutItem: 1 },
    units: { read: 3, write: 1 },
  },
  {
    call: 'INCREMENTAL slicing of one type, nothing joined',
    contracts: JOINING_NOTHING,
    prepare: readyToSlice,
    run: (runtime) => runtime.slicing({ ...PRICE_ONLY, version: 2, mode: 'INCREMENTAL' }),
    requests: { BatchGetItem: 1, PutItem: 2, 'TransactWriteItems of 2': 1 },
    units: { read: 4, write: 8 },
  },
  {
    call: 'INCREMENTAL slicing of one type, with a LATEST join',
    prepare: readyToSlice,
    run: (runtime) => runtime.slicing({ ...PRICE_ONLY, version: 2, mode: 'INCREMENTAL' }),
    requests: { BatchGetItem: 5, PutItem: 3, 'TransactWriteItems of 2': 1 },
    units: { read: 8, write: 9 },
  },
  {
    call: 'ingest of a first version',
    run: (runtime) => ingestFirst(runtime),
    requests: { BatchGetItem: 5, PutItem: 9, 'TransactWriteItems of 3': 2 },
    units: { read: 5, write: 29 },
  },
  {
    call: 'ingest of a next version that changes one slice',
    prepare: (runtime) => ingestFirst(runtime),
    run: (runtime) => runtime.ingest({ ...PRODUCT, version: 2, payload: REPRICED }),
    requests: { BatchGetItem: 6, PutItem: 4, 'TransactWriteItems of 2': 2 },
    units: { read: 7, write: 20 },
  },
  {
    call: 'a view of a version',
    prepare: (runtime) => ingestFirst(runtime),
    run: (runtime) => runtime.queryView({ ...PRODUCT, viewRef: PRODUCT_PAGE, version: 1 }),
    requests: { Query: 1, BatchGetItem: 1 },
    units: { read: 4, write: 0 },
  },
  {
    call: 'a view of the active version',
    prepare: (runtime) => ingestFirst(runtime),
    run: (runtime) => runtime.queryView({ ...PRODUCT, viewRef: PRODUCT_PAGE, version: 'active' }),
    requests: { BatchGetItem: 2 },
    units: { read: 5, write: 0 },
  },
  {
    call: 'a view of a revision',
    prepare: (runtime) => ingestFirst(runtime),
    run: (runtime) => runtime.queryView({ ...PRODUCT, viewRef: PRODUCT_PAGE, version: 1, revision: 0 }),
    requests: { BatchGetItem: 2 },
    units: { read: 4, write: 0 },
  },
];

describeService('dynamodb', (url) => {
  async function openMetered() {
    const client = localClient(url);
    const requests = meterRequests(client);
    const store = await openEmptyStore(url, { client });
    return { store, requests };
  }

  /** Every contract is recorded and the brand is in; of what a call reads, nothing is cached. */
  async function openCatalogue(contracts = PRODUCT_CATALOGUE) {
    const { store, requests } = await openMetered();
    const runtime = openRuntime(contracts, { store, cache: { maxBytes: 0 } });
    await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
    await ingestFirst(runtime, 'product#P0');
    requests.length = 0;
    return { store, runtime, requests };
  }

  it.each(CASES)('$call costs what the table says', async ({ contracts, prepare, run, requests: expected, units }) => {
    const { store, runtime, requests } = await openCatalogue(contracts);
    await prepare?.(runtime);
    requests.length = 0;
    await run(runtime);
    expect(countRequests(requests)).toEqual(expected);
    expect(unitsOf(requests)).toEqual(units);
    await store.close();
  });

  describe('a view of a revision', () => {
    const view = { ...PRODUCT, viewRef: PRODUCT_PAGE, version: 1, revision: 0 } as const;
    const BRAND_PAGE = 'product-brand-page@1.0.0';
    const brandPage = productPage({
      id: 'product-brand-page',
      requiredSlices: ['PRODUCT_BRAND'],
      optionalSlices: [],
      fields: [{ from: 'PRODUCT_BRAND.brand_name', to: 'brand' }],
    });

    async function openCached() {
      const { store, requests } = await openMetered();
      const contracts = [...PRODUCT_CATALOGUE, brandPage];
      const writer = openRuntime(contracts, { store });
      await writer.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
      await ingestFirst(writer);
      return { store, requests, reader: openRuntime(contracts, { store }) };
    }

    it('is one round trip where its manifest is cached, and its slices are not', async () => {
      const { store, requests, reader } = await openCached();
      await reader.queryView({ ...view, viewRef: BRAND_PAGE });
      requests.length = 0;
      await expect(reader.queryView(view)).resolves.toMatchObject({ data: { title: 'Lamp' } });
      expect(countRequests(requests)).toEqual({ BatchGetItem: 1 });
      await store.close();
    });

    it('asks for nothing the second time, for neither manifest nor slices ever change', async () => {
      const { store, requests, reader } = await openCached();
      const first = await reader.queryView(view);
      requests.length = 0;
      await expect(reader.queryView(view)).resolves.toMatchObject({ data: first.data });
      expect(countRequests(requests)).toEqual({});
      await store.close();
    });
  });

  describe('a fan-out', () => {
    async function openBrand(parents: number, order: 'brand first' | 'products first') {
      const { store, requests } = await openMetered();
      const shop = openShop({ store });
      if (order === 'brand first') await shop.ingest('brand#ACME', brandNamed('Acme'));
      await ingestProducts(shop, parents);
      await shop.insert('brand#ACME', brandNamed('Apex'));
      requests.length = 0;
      return { store, shop, requests };
    }

    it.each([
      [100, [100], 112],
      [250, [100, 100, 50], 266],
    ])('of %i parents is planned by their heads, a hundred a read, and no status', async (parents, heads, units) => {
      const { store, shop, requests } = await openBrand(parents, 'brand first');
      const plan = await shop.plan('brand#ACME', 1, 2);
      expect(plan.counts.parents).toBe(parents);
      expect(readsOfProducts(requests, 'HEAD#')).toEqual(heads);
      expect(readsOfProducts(requests, 'STATUS')).toEqual([]);
      expect(countRequests(requests)).toEqual({ Query: 1, BatchGetItem: 4 + heads.length });
      expect(unitsOf(requests)).toEqual({ read: units, write: 0 });
      await store.close();
    });

    it('reads the statuses, too, of parents whose heads lag behind their entries', async () => {
      const { store, shop, requests } = await openBrand(120, 'products first');
      const plan = await shop.plan('brand#ACME', 0, 1);
      expect(plan.counts.parents).toBe(120);
      expect(readsOfProducts(requests, 'HEAD#')).toEqual([100, 20]);
      expect(readsOfProducts(requests, 'STATUS')).toEqual([100, 20]);
      expect(countRequests(requests)).toEqual({ Query: 1, BatchGetItem: 7 });
      await store.close();
    });

    it('writes a slice and a commit for each of its parents, and reads four items of each at most', async () => {
      const { store, shop, requests } = await openBrand(100, 'brand first');
      const plan = await shop.plan('brand#ACME', 1, 2);
      requests.length = 0;
      await expect(shop.runtime.applyFanOut(plan)).resolves.toMatchObject({ revised: 100 });
      // The brand's own: ChangeSet, slice, two updates of its status, and a commit.
      expect(countRequests(requests)).toMatchObject({ PutItem: 100 + 4, 'TransactWriteItems of 2': 100 + 1 });
      const { read, write } = unitsOf(requests);
      expect(write).toBe(100 * (1 + 4) + 10);
      expect(read).toBeLessThanOrEqual(100 * 4 + 10);
      await store.close();
    });
  });
});

async function ingestFirst(runtime: Runtime, entityKey = PRODUCT.entityKey): Promise<void> {
  await runtime.ingest({ tenantId: TENANT, entityKey, version: 1, payload: PRODUCT_OF_2_KB });
}

async function insertSecond(runtime: Runtime): Promise<void> {
  await ingestFirst(runtime);
  await runtime.insertRawdata({ ...PRODUCT, version: 2, payload: REPRICED });
}

async function readyToSlice(runtime: Runtime): Promise<void> {
  await insertSecond(runtime);
  await runtime.createChangeSet({ ...PRICE_ONLY, toVersion: 2 });
}

async function ingestProducts(shop: Shop, count: number): Promise<void> {
  const inputs = Array.from({ length: count }, (_, id) => ({
    tenantId: TENANT,
    entityKey: `product#P${id}`,
    version: 1,
    payload: ofBrand('ACME'),
  }));
  // Those that come before their brand are refused, and have an entry and no head.
  for await (const { index } of shop.runtime.batch.ingest(inputs)) expect(index).toBeLessThan(count);
}

function unitsOf(requests: readonly MeteredRequest[]): Units {
  const sum = (some: readonly MeteredRequest[]) => some.reduce((total, { units }) => total + units, 0);
  return { read: sum(requests.filter(isRead)), write: sum(requests.filter((request) => !isRead(request))) };
}

/** For each batch read of such items of products, of how many. */
function readsOfProducts(requests: readonly MeteredRequest[], kind: string): readonly number[] {
  const item = new RegExp(`#product#[^"]*"\\},"sk":\\{"S":"${kind}`, 'g');
  return requests
    .map(({ input }) => [...JSON.stringify(input['RequestItems'] ?? {}).matchAll(item)].length)
    .filter((count) => count > 0);
}
