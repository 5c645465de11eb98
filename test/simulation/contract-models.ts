/** The contracts of a run, as models that the oracle reads and as the documents that the runtime reads. */
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import { member, type Path, selectorText } from '../support/arbitraries/rule-places.ts';
import {
  type FieldModel,
  type JoinModel,
  type MissingModel,
  type RuleSetModel,
  ruleSetContractOf,
  type SliceModel,
} from '../support/arbitraries/rule-sets.ts';
import {
  jsonSchemaOf,
  type MemberModel,
  type ObjectModel,
  type PlaceModel,
} from '../support/arbitraries/schema-model.ts';
import type { RandomStream } from './random.ts';

export const BRAND_RULES = 'brand-core@1.0.0';
/** These two follow every product from its first version on. */
export const CORE_RULES = 'product-core@1.0.0';
export const PAGE_RULES = 'product-page@1.0.0';
/** Published while the run is on its way. */
export const NEW_RULES = 'product-core@2.0.0';
/** Archived while the run is on its way. */
export const OLD_RULES = 'product-old@1.0.0';
/** Those with a view. */
export const VIEWED_RULES = [CORE_RULES, PAGE_RULES, NEW_RULES];

export interface ContractModels {
  readonly ruleSets: readonly RuleSetModel[];
  readonly views: readonly ViewModel[];
  /** As they are at the start. */
  readonly documents: readonly JsonObject[];
}

export interface ViewModel {
  readonly ref: string;
  readonly ruleSetRef: string;
  readonly slices: readonly SliceModel[];
}

const TEXT: PlaceModel = { kind: 'string', isNullable: true };
const NUMBER: PlaceModel = { kind: 'number', isNullable: false };
const BRAND_SCHEMA = objectOf({ name: TEXT, logo_url: TEXT, note: TEXT });
const PRODUCT_SCHEMA = objectOf({
  title: TEXT,
  price: NUMBER,
  brand_id: TEXT,
  maker_id: TEXT,
  category_ids: { kind: 'set', isNullable: false, items: { kind: 'string', isNullable: false } },
  note: TEXT,
});

const BRAND_SLICES: readonly SliceModel[] = [
  slice('BRAND_CORE', ['name']),
  { ...slice('BRAND_LOGO', ['logo_url']), when: { test: 'exists', path: at('logo_url') } },
];
const LENIENT: readonly MissingModel[] = ['FAIL_CLOSED', 'NULL_FIELDS', 'NULL_FIELDS', 'TOMBSTONE'];
/** Parents that are refused as often as not: a source that goes and comes back has them fail, and heal. */
const STRICT: readonly MissingModel[] = ['FAIL_CLOSED', 'FAIL_CLOSED', 'NULL_FIELDS'];

const JOIN_KINDS = {
  any: { rules: ['LATEST', 'LATEST', 'LATEST', 'SAME_VERSION', 'PINNED'], missing: LENIENT },
  /** Those that a move of their source makes stale. */
  'newest source': { rules: ['LATEST'], missing: STRICT },
} as const;

/** What a seed decides about the contracts; plain JSON. */
export interface ContractChoices {
  /** Of the core rule sets, old and new. */
  readonly brand: JoinModel;
  readonly newMissing: MissingModel;
  /** Of the page rule set; the second one on the brand is not in every run. */
  readonly page: readonly JoinModel[];
}

export function drawContracts(random: RandomStream, kind: keyof typeof JOIN_KINDS): ContractChoices {
  const kinds = JOIN_KINDS[kind];
  const maker = drawJoin(random, 'maker', 'maker_id', { sources: ['RAW', 'BRAND_CORE', 'BRAND_LOGO'], ...kinds });
  return {
    brand: drawJoin(random, 'brand', 'brand_id', { sources: ['RAW', 'RAW', 'BRAND_CORE'], ...kinds }),
    newMissing: random.pick(kinds.missing),
    page: random.isHit(0.5)
      ? [drawJoin(random, 'brand', 'brand_id', { sources: ['RAW', 'BRAND_CORE'], ...kinds }), maker]
      : [maker],
  };
}

export function contractsOf({ brand, newMissing, page }: ContractChoices): ContractModels {
  const core = [slice('CORE', ['title', 'category_ids']), slice('PRICE', ['price'])];
  const pageJoins = page.map(({ name }) => name);
  const ruleSets: readonly RuleSetModel[] = [
    ruleSet(BRAND_RULES, 'brand', BRAND_SLICES, []),
    ruleSet(CORE_RULES, 'product', [...core, slice('BRANDED', ['title'], ['brand'])], [brand]),
    ruleSet(PAGE_RULES, 'product', [slice('PAGE', ['title', 'price'], pageJoins), slice('PRICE', ['price'])], page),
    ruleSet(NEW_RULES, 'product', [...core, slice('BRANDED', [], ['brand'])], [{ ...brand, missing: newMissing }]),
    ruleSet(OLD_RULES, 'product', core, []),
  ];
  const views = VIEWED_RULES.map((ref) => viewOf(ruleSetOf(ruleSets, ref)));
  return { ruleSets, views, documents: documentsOf(ruleSets, views) };
}

export function refOf({ id, version }: Pick<RuleSetModel, 'id' | 'version'>): string {
  return `${id}@${version}`;
}

function ruleSetOf(ruleSets: readonly RuleSetModel[], ref: string): RuleSetModel {
  const found = ruleSets.find((model) => refOf(model) === ref);
  if (found === undefined) throw new Error(`no rule set ${ref} in this run`);
  return found;
}

interface JoinKinds {
  readonly sources: readonly string[];
  readonly rules: readonly ('LATEST' | 'SAME_VERSION' | 'PINNED')[];
  readonly missing: readonly MissingModel[];
}

function drawJoin(random: RandomStream, name: string, keyMember: string, kinds: JoinKinds): JoinModel {
  const { sources, rules, missing } = kinds;
  const source = random.pick(sources);
  const rule = random.pick(rules);
  const field = source === 'BRAND_LOGO' ? 'logo_url' : 'name';
  return {
    name,
    entityType: 'brand',
    keyPath: at(keyMember),
    keyPrefix: 'brand#',
    source,
    versionRule: rule === 'PINNED' ? { PINNED: random.integer(1, 3) } : rule,
    projection: [{ name: `${name}_${field}`, path: at(field), model: null }],
    missing: random.pick(missing),
    keyAbsent: random.isHit(0.5) ? null : random.pick(LENIENT),
    shards: 2,
  };
}

function ruleSet(
  ref: string,
  entityType: 'brand' | 'product',
  slices: readonly SliceModel[],
  joins: readonly JoinModel[],
): RuleSetModel {
  const [id = '', version = ''] = ref.split('@');
  const hasCategories = slices.some(({ fields }) => fields.some(({ name }) => name === 'category_ids'));
  return {
    id,
    version,
    entityType,
    schemaRef: `${entityType}@1.0.0`,
    schema: entityType === 'brand' ? BRAND_SCHEMA : PRODUCT_SCHEMA,
    slices,
    joins,
    indexes: hasCategories
      ? [
          {
            type: 'category',
            fromSlice: 'CORE',
            path: [...at('category_ids'), { kind: 'wildcard' }],
            normalize: 'none',
            shards: 1,
          },
        ]
      : [],
    onNoMatch: 'FULL_REBUILD',
    impactDepth: 0,
  };
}

function viewOf(model: RuleSetModel): ViewModel {
  return { ref: viewRefOf(refOf(model)), ruleSetRef: refOf(model), slices: model.slices };
}

export function viewRefOf(ruleSetRef: string): string {
  return ruleSetRef.replace('@', '-view@');
}

function documentsOf(ruleSets: readonly RuleSetModel[], views: readonly ViewModel[]): readonly JsonObject[] {
  return [
    schemaDocument('brand', BRAND_SCHEMA),
    schemaDocument('product', PRODUCT_SCHEMA),
    ...ruleSets.map((model) => ({
      ...ruleSetContractOf(model, BRAND_RULES),
      status: refOf(model) === NEW_RULES ? 'DRAFT' : 'ACTIVE',
    })),
    ...views.map(viewDocument),
  ];
}

function schemaDocument(entityType: string, model: ObjectModel): JsonObject {
  return {
    kind: 'Schema',
    id: entityType,
    version: '1.0.0',
    status: 'ACTIVE',
    entityType,
    schema: jsonSchemaOf(model),
  };
}

/** Every slice is optional, and every field of its own is shown. */
function viewDocument({ ref, ruleSetRef, slices }: ViewModel): JsonObject {
  const [id = '', version = ''] = ref.split('@');
  const fields = slices.flatMap((shown) =>
    shown.fields.map(({ name }) => ({
      from: selectorText([...at(shown.type), ...at(name)]),
      to: viewField(shown, name),
    })),
  );
  return {
    kind: 'View',
    id,
    version,
    status: 'ACTIVE',
    ruleSetRef,
    optionalSlices: slices.map(({ type }) => type),
    missingPolicy: 'PARTIAL_ALLOWED',
    fields,
  };
}

export function viewField({ type }: SliceModel, field: string): string {
  return `${type} ${field}`;
}

function slice(type: string, fields: readonly string[], joins: readonly string[] = []): SliceModel {
  return { type, when: null, fields: fields.map(ownField), joins };
}

function ownField(name: string): FieldModel {
  return { name, path: at(name), model: null };
}

function at(name: string): Path {
  return [member(name)];
}

function objectOf(members: Readonly<Record<string, PlaceModel>>): ObjectModel {
  return {
    kind: 'object',
    isNullable: false,
    isOpen: false,
    members: Object.entries(members).map(([name, place]): MemberModel => ({ name, isRequired: false, place })),
  };
}
