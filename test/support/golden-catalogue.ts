/**
 * One catalogue, always the same, that meets what a store has to keep: every kind of record, odd keys, a payload outside
 * of its record, deletes, revisions, a rule set that comes later, a fan-out that is planned, pages of every listing.
 */
import { createMemoryPayloadStore } from '../../src/adapters/memory/memory-payload-store.ts';
import { canonicalText } from '../../src/domain/canonical/canonicalize.ts';
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import { parseRef } from '../../src/domain/contracts/contract-ref.ts';
import { isSlicewiseError } from '../../src/domain/errors.ts';
import { formatIndexKey } from '../../src/domain/inverted-index/index-key.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  BRAND_RULES,
  brandRules,
  brandSchema,
  joinlessRules,
  LAMP,
  PRODUCT_PAGE,
  PRODUCT_RULES,
  productPage,
  productRules,
  productSchema,
} from './product-catalogue.ts';
import { openRuntime, TENANT } from './runtime-fixture.ts';
import { contentsOf } from './store-contents.ts';

const CONTRACTS = [brandSchema(), productSchema(), brandRules(), productRules(), productPage()];
const LATER = [...CONTRACTS, joinlessRules({ id: 'z-later' })];
const LATER_RULES = 'z-later@1.3.0';
const START_MS = Date.UTC(2026, 0, 1);

const BRANDS = ['ACME', '\uFB01', '\u{1F600}', '%23'];
const PRODUCTS = ['P1', 'P2', '\uFB01', '\u{1F600}', '1', 'ü'];
const LARGE = 'x'.repeat(150_000);

/** Plays it over an empty store. @returns what each call answered, then all that the store holds, each as one line */
export async function playGoldenCatalogue(store: Store): Promise<readonly string[]> {
  const clock = { now: () => START_MS };
  const payloadStore = createMemoryPayloadStore();
  const runtime = openRuntime(CONTRACTS, { store, payloadStore, clock });
  const played = new Played();
  await load(runtime, played);
  await rename(runtime, played);
  await remove(runtime, played);
  await addRuleSet(openRuntime(LATER, { store, payloadStore, clock }), played);
  await list(runtime, played);
  const contents = await contentsOf(store, {
    tenantId: TENANT,
    ruleSets: [BRAND_RULES, PRODUCT_RULES, LATER_RULES].map((ref) => parseRef(ref)),
    schemas: ['brand@1.0.0', 'product@2.1.0'].map((ref) => parseRef(ref)),
    indexKeys: BRANDS.map((id) => formatIndexKey('brand', id, 'product')),
  });
  for (const [part, records] of Object.entries(contents)) await played.note(part, async () => records);
  return played.lines;
}

class Played {
  readonly lines: string[] = [];

  /** An error is an answer, too. */
  async note(what: string, call: () => Promise<unknown>): Promise<void> {
    try {
      this.lines.push(`${what}: ${canonicalText(JSON.parse(JSON.stringify(await call())))}`);
    } catch (error) {
      if (!isSlicewiseError(error)) throw error;
      this.lines.push(`${what}: ${error.code}`);
    }
  }
}

async function load(runtime: Runtime, played: Played): Promise<void> {
  for (const id of BRANDS) await ingest(runtime, played, `brand#${id}`, 1, { name: `Brand ${id}`, logo_url: null });
  for (const [index, id] of PRODUCTS.entries()) {
    await ingest(runtime, played, `product#${id}`, 7, productOf(index, { title: `Product ${id}` }));
  }
  await ingest(runtime, played, 'product#large', 1, productOf(0, { internal_note: LARGE }));
  await ingest(runtime, played, 'product#nobody', 1, { ...LAMP, brand_id: 'NOBODY' });
  await ingest(runtime, played, 'product#P1', 9, productOf(0));
  await ingest(runtime, played, 'product#P1', 7, productOf(0, { title: 'Other' }));
}

async function rename(runtime: Runtime, played: Played): Promise<void> {
  await ingest(runtime, played, 'brand#ACME', 2, { name: 'Apex', logo_url: null });
  const renamed = {
    tenantId: TENANT,
    entityKey: 'brand#\uFB01',
    version: 2,
    payload: { name: 'Fi', logo_url: 'fi.svg' },
  };
  await played.note('insert', () => runtime.insertRawdata(renamed));
  const change = { tenantId: TENANT, entityKey: 'brand#\uFB01', fromVersion: 1, toVersion: 2 };
  await played.note('plan', () => runtime.planFanOut(change));
  await played.note('apply', async () => runtime.applyFanOut(await runtime.planFanOut(change)));
  await ingest(runtime, played, 'product#P2', 8, productOf(0, { price: 3 }));
  await ingest(runtime, played, 'brand#NOBODY', 1, { name: 'Somebody', logo_url: null });
}

async function remove(runtime: Runtime, played: Played): Promise<void> {
  const gone = { tenantId: TENANT, entityKey: 'product#1', version: 8, deleted: true } as const;
  await played.note('delete', () => runtime.ingest(gone));
  await ingest(runtime, played, 'product#1', 9, productOf(4, { title: 'Back' }));
  const brandGone = { tenantId: TENANT, entityKey: 'brand#%23', version: 2, deleted: true } as const;
  await played.note('delete', () => runtime.ingest(brandGone));
}

async function addRuleSet(runtime: Runtime, played: Played): Promise<void> {
  for (const version of [8, 7]) {
    const address = { tenantId: TENANT, entityKey: 'product#P2', ruleSetRef: LATER_RULES, version };
    await played.note('slice later', () => runtime.slicing({ ...address, mode: 'FULL_REBUILD' }));
  }
  await played.note('resume', () => runtime.resume({ tenantId: TENANT, refused: 'retry' }));
}

async function list(runtime: Runtime, played: Played): Promise<void> {
  for (const id of PRODUCTS) {
    const entityKey = `product#${id}`;
    const viewed = { tenantId: TENANT, entityKey, viewRef: PRODUCT_PAGE };
    for (const version of [7, 8, 'active'] as const) {
      await played.note(`view ${id}`, () => runtime.queryView({ ...viewed, version }));
    }
    await played.note('versions', () => runtime.listVersions({ tenantId: TENANT, entityKey, order: 'ascending' }));
    const explained = { tenantId: TENANT, entityKey, version: 'active', ruleSetRef: PRODUCT_RULES } as const;
    await played.note('explain', () => runtime.explain({ ...explained, sliceType: 'PRODUCT_BRAND' }));
  }
  await played.note('large', () => runtime.getRawdata({ tenantId: TENANT, entityKey: 'product#large', version: 1 }));
  await played.note('entities', () => pagesOf((page) => runtime.listEntities({ tenantId: TENANT, ...page })));
  for (const state of ['IDLE', 'READY', 'ACTIVE', 'FAILED'] as const) {
    await played.note(state, () => pagesOf((page) => runtime.listByState({ tenantId: TENANT, state, ...page })));
  }
  for (const id of BRANDS) {
    const indexKey = formatIndexKey('brand', id, 'product');
    await played.note('index', () => pagesOf((page) => runtime.lookUpIndex({ tenantId: TENANT, indexKey, ...page })));
  }
}

interface Paged {
  readonly items: readonly unknown[];
  readonly cursor: string | null;
}

/** Small pages, so that there are several. */
async function pagesOf(fetch: (page: { limit: number; cursor?: string }) => Promise<Paged>): Promise<unknown[]> {
  const items: unknown[] = [];
  let cursor: string | null = null;
  do {
    const page = await fetch({ limit: 3, ...(cursor !== null && { cursor }) });
    items.push(page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return items;
}

function ingest(runtime: Runtime, played: Played, entityKey: string, version: number, payload: JsonObject) {
  return played.note(`ingest ${entityKey}`, () => runtime.ingest({ tenantId: TENANT, entityKey, version, payload }));
}

function productOf(index: number, rest: JsonObject = {}): JsonObject {
  return { ...LAMP, brand_id: BRANDS[index % BRANDS.length] ?? null, category_ids: [`c${index}`, 'all'], ...rest };
}
