import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import {
  brandJoin,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_RULES,
  productPage,
  productRules,
  productSchema,
} from '../../support/product-catalogue.ts';
import { type BadInput, describeBadInput, NEXT, PRODUCT, SLICED, VIEWED } from './bad-input.ts';

const CONTRACTS: readonly BadInput[] = [
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
    call: (runtime) => runtime.insertRawdata({ ...NEXT, payload: LAMP }),
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

const STAGES: readonly BadInput[] = [
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

describeBadInput('contracts', CONTRACTS);
describeBadInput('stages out of turn', STAGES);

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
