import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import {
  ACME,
  brandJoin,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_PAGE,
  PRODUCT_RULES,
  productPage,
  productRules,
  productSchema,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { type Contents, contentsOf } from '../../support/store-contents.ts';

/** The store holds `brand#ACME` at version 1, and `product#P1` sliced at 5 and 6 and inserted at 7 and 8. */
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const NEXT = { ...PRODUCT, version: 9 } as const;
const SLICED = { ...PRODUCT, ruleSetRef: PRODUCT_RULES } as const;
const VIEWED = { ...PRODUCT, viewRef: PRODUCT_PAGE } as const;

let store: Store;
let before: Contents;

beforeEach(async () => {
  store = createMemoryStore();
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
  await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
  await runtime.ingest({ ...PRODUCT, version: 5, payload: LAMP });
  await runtime.ingest({ ...PRODUCT, version: 6, payload: { ...LAMP, price: 6 } });
  await runtime.insertRawdata({ ...PRODUCT, version: 7, payload: { ...LAMP, price: 7 } });
  await runtime.insertRawdata({ ...PRODUCT, version: 8, payload: { ...LAMP, price: 8 } });
  await runtime.ingest({ tenantId: TENANT, entityKey: 'product#NO_PRICE', version: 1, payload: { title: 'Lamp' } });
  before = await contents();
});

interface Case {
  readonly what: string;
  readonly code: string;
  /** What the message must name: the place, and what is wrong there. */
  readonly names: readonly (string | RegExp)[];
  readonly call: (runtime: Runtime) => Promise<unknown>;
  readonly contracts?: readonly JsonObject[];
}

const insert = (payload: unknown) => (runtime: Runtime) => runtime.insertRawdata({ ...NEXT, payload });
const insertText = (payloadJson: string | Uint8Array) => (runtime: Runtime) =>
  runtime.insertRawdata({ ...NEXT, payloadJson });
const insertAs = (entityKey: string) => (runtime: Runtime) =>
  runtime.insertRawdata({ ...NEXT, entityKey, payload: LAMP, schemaRef: 'product@2.1.0' });
const insertVersion = (version: number) => (runtime: Runtime) =>
  runtime.insertRawdata({ ...PRODUCT, version, payload: LAMP });
const cyclic: { title: string; self?: unknown } = { title: 'Lamp' };
cyclic.self = cyclic;
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

const PAYLOADS: readonly Case[] = [
  {
    what: 'a payload that does not match its schema',
    code: 'rawdata.schema_mismatch',
    names: ['product#P1', 'product@2.1.0', '/price'],
    call: insert({ title: 'Lamp', price: 'cheap' }),
  },
  {
    what: 'a member that the schema does not have',
    code: 'rawdata.schema_mismatch',
    names: ['product#P1', 'colour'],
    call: insert({ title: 'Lamp', colour: 'red' }),
  },
  {
    what: 'a payload that is no object',
    code: 'canonical.not_an_object',
    names: ['object', 'array'],
    call: insert([1]),
  },
  {
    what: 'a keyed array without its key',
    code: 'rawdata.array_key_invalid',
    names: ['/variants/0'],
    call: insert({ variants: [{ price: 1 }] }),
  },
  {
    what: 'a key that stands twice in a keyed array',
    code: 'rawdata.array_key_duplicate',
    names: ['/variants', 'S'],
    call: insert({ variants: [{ sku: 'S' }, { sku: 'S' }] }),
  },
  { what: 'a lone surrogate', code: 'canonical.lone_surrogate', names: ['/title'], call: insert({ title: '\ud800' }) },
  {
    what: 'NaN',
    code: 'canonical.not_finite',
    names: ['/price', 'NaN'],
    call: insert({ title: 'Lamp', price: Number.NaN }),
  },
  {
    what: 'Infinity',
    code: 'canonical.not_finite',
    names: ['/price', 'Infinity'],
    call: insert({ title: 'Lamp', price: Number.POSITIVE_INFINITY }),
  },
  {
    what: 'undefined',
    code: 'canonical.unsupported_type',
    names: ['/title', 'undefined'],
    call: insert({ title: undefined }),
  },
  {
    what: 'a function',
    code: 'canonical.unsupported_type',
    names: ['/title', 'function'],
    call: insert({ title: () => 'Lamp' }),
  },
  { what: 'a bigint', code: 'canonical.unsupported_type', names: ['/price', 'bigint'], call: insert({ price: 1n }) },
  {
    what: 'a Date',
    code: 'canonical.unsupported_type',
    names: ['/title', 'Date'],
    call: insert({ title: new Date(0) }),
  },
  {
    what: 'an object with toJSON',
    code: 'canonical.unsupported_type',
    names: ['/title'],
    call: insert({ title: { toJSON: () => 'Lamp' } }),
  },
  {
    what: 'an array with a hole',
    code: 'canonical.sparse_array',
    names: ['/category_ids/0'],
    call: insert({ category_ids: new Array(2) }),
  },
  { what: 'a cycle', code: 'canonical.cycle', names: ['/self'], call: insert(cyclic) },
  { what: 'more than 256 levels', code: 'canonical.too_deep', names: ['256'], call: insert({ title: nested(300) }) },
  {
    what: 'an integer beyond 2^53',
    code: 'canonical.unsafe_integer',
    names: ['/price', '9007199254740994'],
    call: insert({ price: 2 ** 53 + 2 }),
  },
  {
    what: 'an integer beyond 2^53 in text',
    code: 'canonical.unsafe_integer',
    names: ['/price'],
    call: insertText('{"price":9007199254740993}'),
  },
  {
    what: 'a duplicate member in text',
    code: 'json.duplicate_member',
    names: ['/title'],
    call: insertText('{"title":"a","title":"b"}'),
  },
  {
    what: 'a number that overflows in text',
    code: 'json.number_overflow',
    names: ['/price'],
    call: insertText('{"price":1e999}'),
  },
  { what: 'text that is no JSON', code: 'json.syntax', names: [/position|line|end/i], call: insertText('{"title":') },
  {
    what: 'bytes that are no UTF-8',
    code: 'json.invalid_utf8',
    names: ['UTF-8'],
    call: insertText(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
  },
  {
    what: 'a payload and its deletion at once',
    code: 'rawdata.content_ambiguous',
    names: ['product#P1', 'several'],
    call: (runtime) => runtime.insertRawdata({ ...NEXT, payload: LAMP, deleted: true } as never),
  },
  {
    what: 'neither payload nor deletion',
    code: 'rawdata.content_ambiguous',
    names: ['product#P1', 'none'],
    call: (runtime) => runtime.insertRawdata({ ...NEXT } as never),
  },
  {
    what: 'a payload of another entity type',
    code: 'rawdata.entity_type_mismatch',
    names: ['product#P1', 'brand'],
    call: (runtime) => runtime.insertRawdata({ ...NEXT, payload: ACME, schemaRef: 'brand@1.0.0' }),
  },
  {
    what: 'a payload that needs a payload store where there is none',
    code: 'payload_store.absent',
    names: ['product#P1', '100 KB'],
    call: insert({ title: 'x'.repeat(100_001) }),
  },
];

const VERSIONS: readonly Case[] = [
  { what: 'a version gap', code: 'rawdata.version_gap', names: ['product#P1', '9', '10'], call: insertVersion(10) },
  {
    what: 'a version below the first',
    code: 'rawdata.version_gap',
    names: ['product#P1', '4', 'first version'],
    call: insertVersion(4),
  },
  ...[0, 1.5, 10 ** 10, -1, Number.NaN].map(
    (version): Case => ({
      what: `version ${version}`,
      code: 'version.invalid',
      names: ['version', String(version)],
      call: insertVersion(version),
    }),
  ),
  { what: 'a version that is a string', code: 'version.invalid', names: ['"9"'], call: insertVersion('9' as never) },
  {
    what: 'the same version with another payload',
    code: 'rawdata.content_conflict',
    names: ['product#P1 version 8', 'sha256:'],
    call: insertVersion(8),
  },
  {
    what: 'the same version with another schema',
    code: 'rawdata.content_conflict',
    names: ['product@2.1.0', 'product@2.2.0'],
    contracts: [...PRODUCT_CATALOGUE, productSchema({ version: '2.2.0' })],
    call: (runtime) => runtime.insertRawdata({ ...PRODUCT, version: 5, payload: LAMP, schemaRef: 'product@2.2.0' }),
  },
  {
    what: 'the same version deleted',
    code: 'rawdata.content_conflict',
    names: ['product#P1 version 8'],
    call: (runtime) => runtime.insertRawdata({ ...PRODUCT, version: 8, deleted: true }),
  },
];

const KEYS: readonly Case[] = [
  { what: 'an entityKey without a type', code: 'entity_key.invalid', names: ['#P1', 'empty'], call: insertAs('#P1') },
  {
    what: 'an entityKey without an id',
    code: 'entity_key.invalid',
    names: ['product#', 'empty'],
    call: insertAs('product#'),
  },
  {
    what: 'an entityKey without a separator',
    code: 'entity_key.invalid',
    names: ['"product"'],
    call: insertAs('product'),
  },
  {
    what: 'an entityKey with a # too many',
    code: 'entity_key.invalid',
    names: ['product#P#1'],
    call: insertAs('product#P#1'),
  },
  {
    what: 'an entityKey of 2 KB',
    code: 'entity_key.invalid',
    names: ['2040 bytes', '512'],
    call: insertAs(`product#${'x'.repeat(2040)}`),
  },
  {
    what: 'an entityKey with a control character',
    code: 'entity_key.invalid',
    names: ['\\u0000'],
    call: insertAs('product#\u0000'),
  },
  {
    what: 'an entityKey with a lone surrogate',
    code: 'entity_key.invalid',
    names: ['surrogate'],
    call: insertAs('product#\ud800'),
  },
  { what: 'an entityKey that is no string', code: 'entity_key.invalid', names: ['7'], call: insertAs(7 as never) },
  {
    what: 'a tenant with a #',
    code: 'tenant.invalid',
    names: ['tenantId'],
    call: (runtime) => runtime.insertRawdata({ ...NEXT, tenantId: 'a#b', payload: LAMP }),
  },
  {
    what: 'an empty tenant',
    code: 'tenant.invalid',
    names: ['tenantId', 'empty'],
    call: (runtime) => runtime.listEntities({ tenantId: '' }),
  },
];

const CONTRACTS: readonly Case[] = [
  {
    what: 'an unknown schema ref',
    code: 'contract.unknown',
    names: ['product@9.9.9', '2.1.0'],
    call: (runtime) => runtime.insertRawdata({ ...NEXT, payload: LAMP, schemaRef: 'product@9.9.9' }),
  },
  {
    what: 'an unknown rule set ref',
    code: 'contract.unknown',
    names: ['nowhere@1.0.0'],
    call: (runtime) => runtime.slicing({ ...SLICED, ruleSetRef: 'nowhere@1.0.0', version: 7, mode: 'FULL_REBUILD' }),
  },
  {
    what: 'an unknown view ref',
    code: 'contract.unknown',
    names: ['product-page@2.0.0', '1.0.0'],
    call: (runtime) => runtime.queryView({ ...VIEWED, viewRef: 'product-page@2.0.0', version: 6 }),
  },
  {
    what: 'a ref without a version',
    code: 'contract.ref_invalid',
    names: ['product-core'],
    call: (runtime) => runtime.slicing({ ...SLICED, ruleSetRef: 'product-core', version: 7, mode: 'FULL_REBUILD' }),
  },
  {
    what: 'two ACTIVE schemas where none is named',
    code: 'contract.schema_ambiguous',
    names: ['product@2.1.0', 'product@2.2.0'],
    contracts: [...PRODUCT_CATALOGUE, productSchema({ version: '2.2.0' })],
    call: insert(LAMP),
  },
  {
    what: 'an unknown key',
    code: 'contract.invalid',
    names: ['/onNoMatsch', 'onNoMatch'],
    contracts: withRules({ onNoMatsch: 'IGNORE' }),
    call: slice(7),
  },
  {
    what: 'an unsound impact map',
    code: 'contract.impact_map_unsound',
    names: ['/impactMap', 'PRODUCT_PRICE', /path: price/],
    contracts: withRules({ impactMap: impactWithout('price') }),
    call: slice(7),
  },
  {
    what: 'a schema property that the impact map forgets',
    code: 'contract.impact_map_incomplete',
    names: ['internal_note', /path: internal_note, slices: \[\]/],
    contracts: withRules({ impactMap: impactWithout('internal_note') }),
    call: slice(7),
  },
  {
    what: 'a join to a slice that itself joins',
    code: 'contract.join_chain',
    names: ['/joins/0/joinSources/source', 'PRODUCT_BRAND'],
    contracts: [...PRODUCT_CATALOGUE, chainedRules()],
    call: (runtime) =>
      runtime.slicing({ ...SLICED, ruleSetRef: 'product-chained@1.0.0', version: 7, mode: 'FULL_REBUILD' }),
  },
  {
    what: "an index of a join's type that selects something else",
    code: 'contract.index_contradicts_join',
    names: ['/indexes/0/type', 'brand'],
    contracts: withRules({
      indexes: [
        {
          type: 'brand',
          fromSlice: 'PRODUCT_CORE',
          selector: { path: 'title' },
          indexKey: { format: 'IDX#brand#{value}#product' },
        },
      ],
    }),
    call: slice(7),
  },
  {
    what: 'two slices of one type',
    code: 'contract.slice_duplicate',
    names: ['/slices/1/type', 'A'],
    contracts: withRules({
      slices: [
        { type: 'A', fields: { a: 'title' } },
        { type: 'A', fields: { b: 'price' } },
      ],
      joins: [],
      indexes: [],
    }),
    call: slice(7),
  },
  {
    what: 'a view field that no slice has',
    code: 'contract.field_unknown',
    names: ['/fields/0/from', 'titel', 'title'],
    contracts: replaced(productPage({ fields: [{ from: 'PRODUCT_CORE.titel', to: 'title' }] })),
    call: view(6),
  },
  {
    what: 'a contract whose content changed since this store first used it',
    code: 'contract.content_changed',
    names: ['RuleSet product-core@1.3.0', 'sha256:', 'new version'],
    contracts: withRules({ description: 'another' }),
    call: slice(7),
  },
  {
    what: 'a DRAFT rule set',
    code: 'contract.not_active',
    names: ['product-core@1.3.0', 'DRAFT'],
    contracts: withRules({ status: 'DRAFT' }),
    call: slice(7),
  },
  {
    what: 'an ARCHIVED rule set',
    code: 'contract.not_active',
    names: ['product-core@1.3.0', 'ARCHIVED'],
    contracts: withRules({ status: 'ARCHIVED' }),
    call: slice(7),
  },
];

const STAGES: readonly Case[] = [
  { what: 'slicing before its RawData exists', code: 'rawdata.missing', names: ['product#P1', '9'], call: slice(9) },
  {
    what: 'slicing before its ChangeSet exists',
    code: 'changeset.missing',
    names: ['product#P1', '6 to 7', 'createChangeSet'],
    call: (runtime) => runtime.slicing({ ...SLICED, version: 7, mode: 'INCREMENTAL', fromVersion: 6 }),
  },
  {
    what: 'slicing over a gap',
    code: 'slicing.version_gap',
    names: ['product#P1', '5', '7'],
    call: (runtime) => runtime.slicing({ ...SLICED, version: 7, mode: 'INCREMENTAL', fromVersion: 5 }),
  },
  {
    what: 'a ChangeSet from 5 to 8',
    code: 'changeset.version_gap',
    names: ['product#P1', '5 to 8'],
    call: (runtime) => runtime.createChangeSet({ ...SLICED, fromVersion: 5, toVersion: 8 }),
  },
  {
    what: 'a ChangeSet backwards',
    code: 'changeset.version_gap',
    names: ['7 to 6'],
    call: (runtime) => runtime.createChangeSet({ ...SLICED, fromVersion: 7, toVersion: 6 }),
  },
  {
    what: 'a ChangeSet from nothing to a later version than the first',
    code: 'changeset.version_gap',
    names: ['0 to 7'],
    call: (runtime) => runtime.createChangeSet({ ...SLICED, fromVersion: 0, toVersion: 7 }),
  },
  {
    what: 'a ChangeSet of a version that is not there',
    code: 'rawdata.missing',
    names: ['product#P1', '9'],
    call: (runtime) => runtime.createChangeSet({ ...SLICED, fromVersion: 8, toVersion: 9 }),
  },
  {
    what: 'a ChangeSet under another schema than its rule set has',
    code: 'changeset.schema_mismatch',
    names: ['product@2.1.0', 'brand@1.0.0'],
    call: (runtime) => runtime.createChangeSet({ ...SLICED, schemaRef: 'brand@1.0.0', fromVersion: 6, toVersion: 7 }),
  },
  {
    what: 'a view of a version without a manifest',
    code: 'manifest.missing',
    names: ['product#P1', 'version 7', 'product-core@1.3.0'],
    call: view(7),
  },
  {
    what: 'a view of a revision that is not there',
    code: 'manifest.missing',
    names: ['version 6', 'revision 1'],
    call: (runtime) => runtime.queryView({ ...VIEWED, version: 6, revision: 1 }),
  },
  {
    what: 'a view with a tombstoned required slice',
    code: 'view.slice_missing',
    names: ['product#NO_PRICE', 'PRODUCT_PRICE', 'tombstone'],
    call: (runtime) => runtime.queryView({ ...VIEWED, entityKey: 'product#NO_PRICE', version: 1 }),
  },
  {
    what: 'a view of another entity type',
    code: 'rule_set.entity_type_mismatch',
    names: ['brand#ACME', 'product'],
    call: (runtime) => runtime.queryView({ ...VIEWED, entityKey: 'brand#ACME', version: 1 }),
  },
  {
    what: 'a revision of the active version',
    code: 'revision.invalid',
    names: ['active', '0'],
    call: (runtime) => runtime.queryView({ ...VIEWED, version: 'active', revision: 0 }),
  },
  {
    what: 'a slice type that nobody has',
    code: 'contract.slice_unknown',
    names: ['PRODUCT_CORR', 'PRODUCT_CORE'],
    call: (runtime) => runtime.explain({ ...SLICED, version: 6, sliceType: 'PRODUCT_CORR' }),
  },
  {
    what: 'a slicing of an entity of another type',
    code: 'rule_set.entity_type_mismatch',
    names: ['brand#ACME', 'product'],
    call: (runtime) => runtime.slicing({ ...SLICED, entityKey: 'brand#ACME', version: 1, mode: 'FULL_REBUILD' }),
  },
  {
    what: 'a ChangeSet of an entity of another type',
    code: 'rule_set.entity_type_mismatch',
    names: ['brand#ACME', 'product'],
    call: (runtime) => runtime.createChangeSet({ ...SLICED, entityKey: 'brand#ACME', fromVersion: 0, toVersion: 1 }),
  },
  {
    what: 'a page of more than 1,000',
    code: 'limit.invalid',
    names: ['limit', '1001'],
    call: (runtime) => runtime.listVersions({ ...PRODUCT, limit: 1001 }),
  },
  {
    what: 'a cursor that is none of ours',
    code: 'cursor.invalid',
    names: ['cursor'],
    call: (runtime) => runtime.listVersions({ ...PRODUCT, cursor: 'bm9uZQ' }),
  },
  {
    what: 'a batch without concurrency',
    code: 'batch.concurrency_invalid',
    names: ['concurrency', '0'],
    call: (runtime) => first(runtime.batch.insertRawdata([], { concurrency: 0 })),
  },
];

describe.each([
  { group: 'payloads', cases: PAYLOADS },
  { group: 'versions', cases: VERSIONS },
  { group: 'keys', cases: KEYS },
  { group: 'contracts', cases: CONTRACTS },
  { group: 'stages out of turn', cases: STAGES },
])('bad $group', ({ cases }) => {
  it.each(cases)(
    '$what: $code, and the store is left as it was',
    async ({ code, names, call, contracts = PRODUCT_CATALOGUE }) => {
      const failure = await call(openRuntime(contracts, { store })).then(
        () => 'no failure',
        (error: unknown) => error,
      );
      if (!isSlicewiseError(failure)) throw failure;
      expect(failure.toJSON()).toMatchObject({ code, retryable: false });
      for (const name of names) {
        if (typeof name === 'string') expect(failure.message).toContain(name);
        else expect(failure.message).toMatch(name);
      }
      expect(await contents()).toEqual(before);
    },
  );
});

function contents(): Promise<Contents> {
  const refOf = (id: string, version: string) => ({ id, version });
  return contentsOf(store, {
    tenantId: TENANT,
    ruleSets: [refOf('product-core', '1.3.0'), refOf('brand-core', '1.0.0'), refOf('product-chained', '1.0.0')],
    schemas: [refOf('product', '2.1.0'), refOf('product', '2.2.0'), refOf('brand', '1.0.0')],
    indexKeys: ['IDX#brand#ACME#product', 'IDX#category#home#product', 'IDX#category#lights#product'],
  });
}

function slice(version: number) {
  return (runtime: Runtime) => runtime.slicing({ ...SLICED, version, mode: 'FULL_REBUILD' });
}

function view(version: number) {
  return (runtime: Runtime) => runtime.queryView({ ...VIEWED, version });
}

function withRules(overrides: JsonObject): readonly JsonObject[] {
  return replaced(productRules(overrides));
}

function replaced(contract: JsonObject): readonly JsonObject[] {
  return PRODUCT_CATALOGUE.map((known) =>
    known['kind'] === contract['kind'] && known['id'] === contract['id'] ? contract : known,
  );
}

function impactWithout(path: string): readonly JsonObject[] {
  // The catalogue's impact map is a list of entries.
  return (productRules()['impactMap'] as readonly JsonObject[]).filter((entry) => entry['path'] !== path);
}

/** Rules that join a slice which has a join itself. */
function chainedRules(): JsonObject {
  const join = brandJoin({
    name: 'other',
    joinSources: {
      entityType: 'product',
      source: 'PRODUCT_BRAND',
      ruleSetRef: PRODUCT_RULES,
      keyResolver: { path: 'status', format: 'product#{value}' },
    },
    joinProjection: { other_title: 'title' },
    joinImpact: [{ path: 'title', slices: ['CHAINED'] }],
  });
  const slices = [{ type: 'CHAINED', fields: { title: 'title' }, joins: ['other'] }];
  const impactMap = impactWithout('').map((entry) => ({ ...entry, slices: ['CHAINED'] }));
  return productRules({ id: 'product-chained', version: '1.0.0', slices, joins: [join], impactMap, indexes: [] });
}

async function first(items: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of items) return item;
  return undefined;
}
