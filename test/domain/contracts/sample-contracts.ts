import { parse } from 'yaml';
import { compileRuleSet } from '../../../src/domain/contracts/compile-rule-set.ts';
import { compileSchema } from '../../../src/domain/contracts/compile-schema.ts';
import { compileView } from '../../../src/domain/contracts/compile-view.ts';
import type {
  CompiledRuleSet,
  CompiledSchema,
  CompiledView,
} from '../../../src/domain/contracts/compiled-contracts.ts';
import { type ContractRefText, formatRef } from '../../../src/domain/contracts/contract-ref.ts';
import {
  type Contract,
  parseContract,
  type RuleSetContract,
  type SchemaContract,
  type ViewContract,
} from '../../../src/domain/contracts/parse-contract.ts';
import type { RegisteredContract } from '../../../src/domain/contracts/registered-contract.ts';

/** Plain JSON that a test may change before it is parsed. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into documents of every kind and break them on purpose.
export type Draft = any;

export const PRODUCT_RULES = `
kind: RuleSet
id: product-core
version: 1.3.0
status: ACTIVE
entityType: product
schemaRef: product@2.1.0          # title, status, price, brand_id, category_ids, promotion, internal_note
slices:
  - type: PRODUCT_CORE
    fields: { title: title, brand_id: brand_id, category_ids: category_ids, status: status }
  - type: PRODUCT_PRICE
    fields: { price: price }
  - type: PRODUCT_PROMOTION
    when: { exists: promotion }    # not there: tombstone
    fields: { label: promotion.label, ends_at: promotion.ends_at }
  - type: PRODUCT_BRAND_ENRICHED
    fields: { title: title }
    joins: [brand]
joins:
  - name: brand
    cardinality: MANY_TO_ONE
    joinSources: { entityType: brand, schemaRef: brand@1.0.0, keyResolver: { path: brand_id, format: "brand#{value}" }, source: RAW, versionRule: LATEST }
    joinProjection: { brand_name: name, brand_logo: logo_url }
    missing: FAIL_CLOSED
    joinImpact:
      - { path: name, slices: [PRODUCT_BRAND_ENRICHED] }
      - { path: logo_url, slices: [PRODUCT_BRAND_ENRICHED] }
    maxFanout: 10000               # and shards, onIndexMissing, keyAbsent
impactMap:
  - { path: title, slices: [PRODUCT_CORE, PRODUCT_BRAND_ENRICHED] }
  - { path: brand_id, slices: [PRODUCT_CORE, PRODUCT_BRAND_ENRICHED] }
  - { path: category_ids, slices: [PRODUCT_CORE] }
  - { path: status, slices: [PRODUCT_CORE] }
  - { path: price, slices: [PRODUCT_PRICE] }
  - { path: promotion, slices: [PRODUCT_PROMOTION] }
  - { path: internal_note, slices: [] }
onNoMatch: FAIL_CLOSED
indexes:
  - { type: category, fromSlice: PRODUCT_CORE, selector: { path: "category_ids[*]" }, indexKey: { format: "IDX#category#{value}#product" } }
`;

/** rfc-v4-001 §17-5-1 and §17-8, word by word. */
export const SPEC_INDEXES = `
indexes:
  - type: brand
    fromSlice: PRODUCT_CORE
    selector:
      path: "brand_id"
    indexKey:
      format: "IDX#brand#{value}#product"

  - type: category
    fromSlice: PRODUCT_CORE
    selector:
      path: "category_ids[*]"
    indexKey:
      format: "IDX#category#{value}#product"

  - type: status
    fromSlice: PRODUCT_CORE
    selector:
      path: "status"
    indexKey:
      format: "IDX#status#{value}#product"

  - type: brand_name
    fromSlice: PRODUCT_BRAND_ENRICHED
    selector:
      path: "brand_name"
    indexKey:
      format: "IDX#brand_name#{value}#product"
`;

const PRODUCT_SCHEMA = `
kind: Schema
id: product
version: 2.1.0
status: ACTIVE
entityType: product
schema:
  type: object
  required: [title]
  additionalProperties: false
  properties:
    title: { type: string }
    status: { type: string }
    price: { type: object, additionalProperties: false, properties: { amount: { type: number }, currency: { type: string } } }
    brand_id: { type: string }
    category_ids: { type: array, x-slicewise-array: set, items: { type: string } }
    promotion: { type: object, properties: { label: { type: string }, ends_at: { type: string } } }
    internal_note: { type: string }
`;

const BRAND_SCHEMA = `
kind: Schema
id: brand
version: 1.0.0
status: ACTIVE
entityType: brand
schema:
  type: object
  additionalProperties: false
  properties: { name: { type: string }, logo_url: { type: string }, parent_id: { type: string } }
`;

const BRAND_RULES = `
kind: RuleSet
id: brand-core
version: 1.0.0
status: ACTIVE
entityType: brand
schemaRef: brand@1.0.0
slices:
  - { type: BRAND_CORE, fields: { name: name, logo: logo_url } }
  - { type: BRAND_FAMILY, joins: [parent] }
joins:
  - name: parent
    cardinality: MANY_TO_ONE
    joinSources: { entityType: brand, schemaRef: brand@1.0.0, keyResolver: { path: parent_id, format: "brand#{value}" } }
    joinProjection: { parent_name: name }
    missing: NULL_FIELDS
    joinImpact: [{ path: name, slices: [BRAND_FAMILY] }]
impactMap:
  - { path: name, slices: [BRAND_CORE] }
  - { path: logo_url, slices: [BRAND_CORE] }
  - { path: parent_id, slices: [BRAND_FAMILY] }
`;

const PRODUCT_VIEW = `
kind: View
id: product-page
version: 1.0.0
status: ACTIVE
ruleSetRef: product-core@1.3.0
requiredSlices: [PRODUCT_CORE, PRODUCT_PRICE]
optionalSlices: [PRODUCT_PROMOTION]
missingPolicy: PARTIAL_ALLOWED
partialPolicy: { optionalOnly: true }
fallbackPolicy: DEFAULT_VALUE
fields:
  - { from: PRODUCT_CORE.title, to: title }
  - { from: PRODUCT_PRICE.price.amount, to: amount }
  - { from: PRODUCT_PROMOTION.label, to: label, default: none }
`;

/** Documents of one small catalogue, fresh for each test. */
export function sampleDrafts(): Record<'product' | 'brand' | 'brandRules' | 'rules' | 'view', Draft> {
  return {
    product: parse(PRODUCT_SCHEMA),
    brand: parse(BRAND_SCHEMA),
    brandRules: parse(BRAND_RULES),
    rules: parse(PRODUCT_RULES),
    view: parse(PRODUCT_VIEW),
  };
}

export type SampleDrafts = ReturnType<typeof sampleDrafts>;

export function register(document: unknown, origin = 'sample.yaml'): RegisteredContract {
  return { document, origin, locate: () => undefined };
}

/** Parses a document that must be of one kind. */
export function parseAs<Kind extends Contract['kind']>(
  kind: Kind,
  document: unknown,
): Extract<Contract, { kind: Kind }> {
  const contract = parseContract(register(document));
  if (contract.kind !== kind) throw new Error(`expected a ${kind}, found a ${contract.kind}`);
  // Just compared; TypeScript does not narrow a union by a generic.
  return contract as Extract<Contract, { kind: Kind }>;
}

export function compileSchemaDraft(document: unknown): CompiledSchema {
  const contract: SchemaContract = parseAs('Schema', document);
  return compileSchema({ ...contract, ...contract.registered, ...contract.definition, document: contract.document });
}

export function compileRuleSetDraft(
  document: unknown,
  schema: CompiledSchema,
  sources: readonly (CompiledSchema | CompiledRuleSet)[],
): CompiledRuleSet {
  const contract: RuleSetContract = parseAs('RuleSet', document);
  const joinSchemas = new Map<ContractRefText, CompiledSchema>();
  const joinRuleSets = new Map<ContractRefText, CompiledRuleSet>();
  for (const source of sources) {
    if (source.kind === 'Schema') joinSchemas.set(formatRef(source.ref), source);
    else joinRuleSets.set(formatRef(source.ref), source);
  }
  return compileRuleSet(contract, { schema, joinSchemas, joinRuleSets });
}

export interface CompiledSample {
  readonly product: CompiledSchema;
  readonly brand: CompiledSchema;
  readonly brandRules: CompiledRuleSet;
  readonly rules: CompiledRuleSet;
  readonly view: CompiledView;
}

/** Compiles the whole catalogue, each contract linked with the others of it. */
export function compileSample(drafts: SampleDrafts): CompiledSample {
  const product = compileSchemaDraft(drafts.product);
  const brand = compileSchemaDraft(drafts.brand);
  const brandRules = compileRuleSetDraft(drafts.brandRules, brand, [brand]);
  const rules = compileRuleSetDraft(drafts.rules, product, [brand, brandRules]);
  const view: ViewContract = parseAs('View', drafts.view);
  return { product, brand, brandRules, rules, view: compileView(view, rules) };
}
