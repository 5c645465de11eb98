/** Brands and the products that join them, in one runtime: a fan-out test says what happens, and looks at who followed. */

import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import type { EntityKey, TenantId } from '../../src/domain/identity.ts';
import type { HintRecord, StatusRecord } from '../../src/domain/records.ts';
import type { FanOutPlan } from '../../src/flows/runtime/fan-out/fan-out-calls.ts';
import type { IngestInput, IngestResult, InsertRawdataResult, Runtime } from '../../src/flows/runtime/runtime.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  brandJoin,
  brandRules,
  brandSchema,
  LAMP,
  PRODUCT_PAGE,
  PRODUCT_RULES,
  productPage,
  productRules,
  productSchema,
} from './product-catalogue.ts';
import { openRuntime, TENANT } from './runtime-fixture.ts';
import { createTestStore } from './test-store.ts';

/** `null`: deleted. */
export type Content = JsonObject | null;

/** What the slice that a join fills holds of the brand; `null` where it is null there, or absent. */
export type ShownBrand = 'nothing committed' | 'tombstone' | { readonly name: unknown };

export interface Shop {
  readonly runtime: Runtime;
  readonly store: Store;
  /** Ingests the next version, which ends with its fan-out. */
  readonly ingest: (entityKey: string, content: Content) => Promise<IngestResult>;
  /** Only inserts it: whatever follows from it is owed. */
  readonly insert: (entityKey: string, content: Content) => Promise<InsertRawdataResult>;
  readonly plan: (entityKey: string, fromVersion: number, toVersion: number) => Promise<FanOutPlan>;
  /** What a product's head shows of its brand. */
  readonly brandOf: (productKey: string) => Promise<ShownBrand>;
  /** [version, revision] of every commit of a product, oldest first. */
  readonly commitsOf: (productKey: string) => Promise<readonly (readonly [number, number])[]>;
  readonly statusOf: (entityKey: string) => Promise<StatusRecord>;
  /** The hints of one index key, in their order. */
  readonly hintsOf: (indexKey: string) => Promise<readonly HintRecord[]>;
}

export interface ShopOptions {
  readonly contracts?: readonly JsonObject[];
  readonly store?: Store;
  readonly clock?: Clock;
}

export function openShop(options: ShopOptions = {}): Shop {
  const { contracts = shopContracts(), store = createTestStore(), clock } = options;
  const runtime = openRuntime(contracts, clock === undefined ? { store } : { store, clock });
  return {
    runtime,
    store,
    ingest: (entityKey, content) => runtime.ingest(nextVersion(entityKey, content)),
    insert: (entityKey, content) => runtime.insertRawdata(nextVersion(entityKey, content)),
    plan: (entityKey, fromVersion, toVersion) =>
      runtime.planFanOut({ tenantId: TENANT, entityKey, fromVersion, toVersion }),
    brandOf: (productKey) => brandOf(runtime, productKey),
    commitsOf: (productKey) => commitsOf(runtime, productKey),
    statusOf: (entityKey) => statusOf(store, entityKey),
    hintsOf: (indexKey) => hintsOf(store, indexKey),
  };
}

/** The sample catalogue, with a join as a test needs it and a page that shows the brand. */
export function shopContracts(join: JsonObject = {}): readonly JsonObject[] {
  return [brandSchema(), productSchema(), brandRules(), productRules({ joins: [brandJoin(join)] }), brandedPage()];
}

/** What `joinSources` of the brand join is, but for some of it. */
export function joinSourcesWith(overrides: JsonObject): JsonObject {
  return { ...(brandJoin()['joinSources'] as JsonObject), ...overrides };
}

/** A brand as `brand-core` cuts it, instead of its RawData. */
export function brandSliceJoin(overrides: JsonObject = {}): JsonObject {
  const { schemaRef: _schemaRef, ...joinSources } = joinSourcesWith({
    source: 'BRAND_CORE',
    ruleSetRef: 'brand-core@1.0.0',
  });
  return {
    joinSources,
    joinProjection: { brand_name: 'name', brand_logo: 'logo' },
    joinImpact: [
      { path: 'name', slices: ['PRODUCT_BRAND'] },
      { path: 'logo', slices: ['PRODUCT_BRAND'] },
    ],
    ...overrides,
  };
}

/** Products with two brands: the one on the label (`brand_id`), and the one that makes them (`maker_id`), shown with it. */
export function twoJoinContracts(): readonly JsonObject[] {
  const { impactMap, slices } = productRules() as { impactMap: JsonObject[]; slices: JsonObject[] };
  const maker = brandJoin({
    name: 'maker',
    joinSources: joinSourcesWith({ keyResolver: { path: 'maker_id', format: 'brand#{value}' } }),
    joinProjection: { maker_name: 'name' },
    missing: 'NULL_FIELDS',
    joinImpact: [{ path: 'name', slices: ['PRODUCT_MAKER'] }],
  });
  const labelImpact = ['name', 'logo_url'].map((path) => ({ path, slices: ['PRODUCT_BRAND', 'PRODUCT_MAKER'] }));
  const schema = productSchema()['schema'] as { properties: JsonObject };
  const properties = { ...schema.properties, maker_id: { type: 'string' } };
  return [
    brandSchema(),
    productSchema({ schema: { ...schema, properties } }),
    brandRules(),
    productRules({
      joins: [brandJoin({ joinImpact: labelImpact }), maker],
      slices: [...slices, { type: 'PRODUCT_MAKER', fields: { maker_id: 'maker_id' }, joins: ['brand', 'maker'] }],
      impactMap: [
        ...impactMap.filter(({ path }) => path !== 'brand_id'),
        { path: 'brand_id', slices: ['PRODUCT_CORE', 'PRODUCT_BRAND', 'PRODUCT_MAKER'] },
        { path: 'maker_id', slices: ['PRODUCT_MAKER'] },
      ],
    }),
  ];
}

/** A product of a brand. */
export function ofBrand(brandId: string | null, rest: JsonObject = {}): JsonObject {
  return { ...LAMP, brand_id: brandId, ...rest };
}

export function brandNamed(name: string, rest: JsonObject = {}): JsonObject {
  return { name, logo_url: null, ...rest };
}

export const NO_BRAND: ShownBrand = { name: null };

function brandedPage(): JsonObject {
  return productPage({
    requiredSlices: ['PRODUCT_CORE'],
    optionalSlices: ['PRODUCT_BRAND'],
    fields: [
      { from: 'PRODUCT_CORE.title', to: 'title' },
      { from: 'PRODUCT_BRAND.brand_name', to: 'brand' },
    ],
  });
}

export function pageOf(shop: Shop, entityKey: string, version: number | 'active', revision?: number) {
  const input = { tenantId: TENANT, entityKey, viewRef: PRODUCT_PAGE, version };
  return shop.runtime.queryView(revision === undefined ? input : { ...input, revision });
}

function nextVersion(entityKey: string, content: Content): IngestInput {
  const address = { tenantId: TENANT, entityKey, version: 'next' } as const;
  return content === null ? { ...address, deleted: true } : { ...address, payload: content };
}

async function brandOf(runtime: Runtime, entityKey: string): Promise<ShownBrand> {
  const address = { tenantId: TENANT, entityKey, ruleSetRef: PRODUCT_RULES };
  if ((await runtime.activeVersion(address)) === null) return 'nothing committed';
  const { slices } = await runtime.explain({ ...address, version: 'active', sliceType: 'PRODUCT_BRAND' });
  const payload = slices[0]?.payload ?? null;
  return payload === null ? 'tombstone' : { name: payload['brand_name'] ?? null };
}

async function commitsOf(runtime: Runtime, entityKey: string) {
  const input = { tenantId: TENANT, entityKey, ruleSetRef: PRODUCT_RULES, order: 'ascending', limit: 1000 } as const;
  const { items } = await runtime.listManifests(input);
  return items.map(({ version, revision }) => [version, revision] as const);
}

async function statusOf(store: Store, entityKey: string): Promise<StatusRecord> {
  // Tests name tenants and entities that are fit to be parsed.
  const address = { tenantId: TENANT as TenantId, entityKey: entityKey as EntityKey };
  const [status] = await store.batchGet([{ kind: 'status', ...address }]);
  if (status === undefined) throw new Error(`expected a status of ${entityKey}, found none`);
  return status;
}

async function hintsOf(store: Store, indexKey: string): Promise<readonly HintRecord[]> {
  // As above.
  const tenantId = TENANT as TenantId;
  return (await store.range({ range: 'hints', tenantId, indexKey, shard: 0, limit: 1000 })).items;
}
