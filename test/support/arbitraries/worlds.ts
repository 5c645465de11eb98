/**
 * A world: random contracts for products that join brands, and what happens to some of each, in one random
 * interleaving. Everything in it is accepted by the runtime, but for slicings whose joins fail closed.
 */
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { statesOf } from './documents.ts';
import { member, type Path, type Place, placesOf } from './rule-places.ts';
import { fieldsOf, indexesOf, type JoinModel, type RuleSetModel, ruleSetContractOf, slicesOf } from './rule-sets.ts';
import { jsonSchemaOf, type MemberModel, type ObjectModel, rootModel } from './schema-model.ts';

export interface Step {
  readonly entityKey: string;
  readonly version: number;
  /** `null`: deleted. */
  readonly payload: JsonObject | null;
}

export interface World {
  readonly product: RuleSetModel;
  readonly brand: RuleSetModel;
  /** Schemas, rule sets and a view, all ACTIVE. */
  readonly contracts: readonly JsonObject[];
  readonly steps: readonly Step[];
}

export interface WorldOptions {
  /** The most steps after a start with the brands. Default 6. */
  readonly steps?: number;
  /** Default `true`. */
  readonly hasJoins?: boolean;
}

export const PRODUCT_RULES = 'product-core@1.0.0';
export const BRAND_RULES = 'brand-core@1.0.0';
export const PRODUCT_VIEW = 'product-page@1.0.0';

/** Ids whose order by UTF-16 units and by UTF-8 bytes differ, one that index keys must escape, one that is a number. */
const BRAND_IDS = ['B1', '\uFB01', '\u{1F600}', '%2', '1'];
const KEY_PATHS: readonly Path[] = [[member('brand_id')], [member('brand_no')], [member('refs'), member('id')]];
const BRAND_SLICES = ['BRAND_CORE', 'BRAND_LOGO'];

export function worldOf(options: WorldOptions = {}): fc.Arbitrary<World> {
  return contractModels(options).chain(({ product, brand }) =>
    stepsOf(product.schema, brand.schema, options.steps ?? 6).map((steps) => ({
      product,
      brand,
      steps,
      contracts: contractsOf(product, brand),
    })),
  );
}

export function contractsOf(product: RuleSetModel, brand: RuleSetModel): readonly JsonObject[] {
  return [
    schemaContract('product', product.schema),
    schemaContract('brand', brand.schema),
    ruleSetContractOf(product, BRAND_RULES),
    ruleSetContractOf(brand, BRAND_RULES),
    viewContract(product),
  ];
}

function contractModels({ hasJoins = true }: WorldOptions) {
  const brandSchema = rootModel({ names: 'odd', depth: 1 });
  return fc.tuple(rootModel({ names: 'odd' }).map(withKeyMembers), brandSchema).chain(([schema, sourceSchema]) =>
    ruleSetOf({ id: 'brand-core', entityType: 'brand', schema: sourceSchema, joins: [], types: BRAND_SLICES })
      .chain((brand) => fc.tuple(fc.constant(brand), hasJoins ? joinsOf(brand) : fc.constant<readonly JoinModel[]>([])))
      .chain(([brand, joins]) =>
        ruleSetOf({ id: 'product-core', entityType: 'product', schema, joins }).map((product) => ({ product, brand })),
      ),
  );
}

interface RuleSetPlan {
  readonly id: string;
  readonly entityType: string;
  readonly schema: ObjectModel;
  readonly joins: readonly JoinModel[];
  readonly types?: readonly string[];
}

function ruleSetOf({ id, entityType, schema, joins, types }: RuleSetPlan): fc.Arbitrary<RuleSetModel> {
  const names = joins.map((join) => join.name);
  return slicesOf(schema, names, types).chain((slices) =>
    fc
      .record({
        indexes: indexesOf(slices, ['cat', 'code']),
        onNoMatch: fc.constantFrom('FULL_REBUILD' as const, 'IGNORE' as const),
        impactDepth: fc.nat(2),
      })
      .map((rest) => ({
        id,
        version: '1.0.0',
        entityType,
        schemaRef: `${entityType}@1.0.0`,
        schema,
        slices,
        joins,
        ...rest,
      })),
  );
}

function joinsOf(brand: RuleSetModel): fc.Arbitrary<readonly JoinModel[]> {
  const lenient = fc.constantFrom('NULL_FIELDS' as const, 'TOMBSTONE' as const);
  const policy = fc.oneof(
    { weight: 1, arbitrary: fc.constant('FAIL_CLOSED' as const) },
    { weight: 3, arbitrary: lenient },
  );
  const source = fc.constantFrom('RAW', 'RAW', ...brand.slices.map((slice) => slice.type));
  const join = source.chain((chosen) =>
    fc.record({
      name: fc.constantFrom('brand', 'Maker', 'by'),
      source: fc.constant(chosen),
      keyPath: mostly(fc.constant(KEY_PATHS[0] ?? []), fc.constantFrom(...KEY_PATHS)),
      keyPrefix: mostly(fc.constant('brand#'), fc.constant('brand#x-')),
      versionRule: fc.oneof(
        fc.constantFrom('SAME_VERSION' as const, 'LATEST' as const, 'LATEST' as const, 'LATEST' as const),
        fc.constantFrom(1, 1, 2).map((PINNED) => ({ PINNED })),
      ),
      fields: fieldsOf(sourcePlaces(brand, chosen), ['x', 'y', '\uFB01']),
      missing: policy,
      keyAbsent: fc.option(policy),
    }),
  );
  return fc.uniqueArray(join, { selector: ({ name }) => name, maxLength: 3 }).map((joins) =>
    joins.map(({ fields, ...rest }) => ({
      ...rest,
      entityType: 'brand',
      // Joins of one slice must not write the same members.
      projection: fields.map((field) => ({ ...field, name: `${rest.name}.${field.name}` })),
      shards: 3,
    })),
  );
}

function sourcePlaces(brand: RuleSetModel, source: string): readonly Place[] {
  const slice = brand.slices.find(({ type }) => type === source);
  if (slice === undefined) return placesOf(brand.schema);
  return slice.fields.map(({ name }) => ({ path: [member(name)], model: null }));
}

/** The members that name brands are always declared, and never required. */
function withKeyMembers(model: ObjectModel): ObjectModel {
  const text = { kind: 'string', isNullable: true } as const;
  const id: MemberModel = { name: 'id', isRequired: false, place: text };
  const keys: readonly MemberModel[] = [
    { name: 'brand_id', isRequired: false, place: text },
    { name: 'brand_no', isRequired: false, place: { kind: 'integer', isNullable: true } },
    {
      name: 'refs',
      isRequired: false,
      place: { kind: 'object', isNullable: true, isOpen: false, members: [id] },
    },
  ];
  const own = model.members.filter(({ name }) => !keys.some((key) => key.name === name));
  return { ...model, members: [...own, ...keys] };
}

/** What one step does: to whom, and what moves there since its version before. */
interface Move {
  readonly entity: number;
  readonly isDeleted: boolean;
  readonly hasNewDocument: boolean;
  readonly hasNewLinks: boolean;
}

/** Mostly one product and its brand, so that versions follow each other and sources move between them. */
function stepsOf(product: ObjectModel, brand: ObjectModel, count: number): fc.Arbitrary<readonly Step[]> {
  const rest = BRAND_IDS.slice(1).map((id) => `brand#${id}`);
  const oddBrand = fc.constantFrom('brand#1', 'brand#1', 'brand#x-B1', 'brand#x-B1', 'brand#x-B1', ...rest);
  return oddBrand.chain((key) => {
    const keys = ['product#P1', 'product#\u{1F600}', 'brand#B1', key];
    const move: fc.Arbitrary<Move> = fc.record({
      entity: fc.constantFrom(0, 0, 0, 0, 1, 2, 2, 2, 3, 3),
      isDeleted: mostly(fc.constant(false), fc.boolean()),
      hasNewDocument: fc.constantFrom(true, false, false),
      hasNewLinks: fc.constantFrom(true, false, false, false),
    });
    return fc
      .record({
        // A world that begins without its brands is the odd one.
        start: fc.constantFrom([2, 3], [2, 3], [3, 2], []),
        moves: fc.array(move, { minLength: 2, maxLength: count }),
        firstVersions: fc.array(fc.constantFrom(1, 1, 1, 2), { minLength: keys.length, maxLength: keys.length }),
        products: statesOf(product, 4),
        brands: statesOf(brand, 3),
        links: fc.array(keyMembers(), { minLength: 4, maxLength: 4 }),
      })
      .map(({ start, moves, firstVersions, products, brands, links }) => {
        const states = keys.map((entityKey, index) => ({
          entityKey,
          documents: entityKey.startsWith('product#') ? products : brands,
          nextVersion: firstVersions[index] ?? 1,
          document: index,
          links: index,
        }));
        const repeat = (entity: number): Move => ({
          entity,
          isDeleted: false,
          hasNewDocument: false,
          hasNewLinks: false,
        });
        // In the end the brand changes, and then the product comes in again as it was.
        return [...start.map(repeat), ...moves, repeat(2), repeat(0)].map(
          ({ entity, isDeleted, hasNewDocument, hasNewLinks }): Step => {
            // `entity` is a position in `keys`; the lists of documents and links are not empty.
            const state = states[entity] as (typeof states)[number];
            // Brands always change: what joins them is to follow though the product itself stays.
            state.document += hasNewDocument || state.entityKey.startsWith('brand#') ? 1 : 0;
            state.links += hasNewLinks ? 1 : 0;
            const document = state.documents[state.document % state.documents.length] as JsonObject;
            const named = links[state.links % links.length] as JsonObject;
            const payload = state.entityKey.startsWith('product#') ? withLinks(document, named) : document;
            const { entityKey, nextVersion: version } = state;
            state.nextVersion += 1;
            return { entityKey, version, payload: isDeleted ? null : payload };
          },
        );
      });
  });
}

/** Which brands a product names: mostly ones that are there. */
function keyMembers(): fc.Arbitrary<JsonObject> {
  const id = mostly(fc.constant('B1'), fc.option(fc.constantFrom(...BRAND_IDS)));
  const idOrNone = mostly(id, fc.constant(undefined));
  return fc
    .record({
      brand_id: idOrNone,
      brand_no: mostly(fc.constant(1), fc.constantFrom(7, null, undefined)),
      refs: mostly(
        idOrNone.map((value): JsonObject => (value === undefined ? {} : { id: value })),
        fc.constantFrom(null, undefined),
      ),
    })
    .map((members) => Object.fromEntries(Object.entries(members).flatMap(presentMember)));
}

function mostly<One, Other>(one: fc.Arbitrary<One>, other: fc.Arbitrary<Other>): fc.Arbitrary<One | Other> {
  return fc.oneof({ weight: 4, arbitrary: one }, { weight: 1, arbitrary: other });
}

function presentMember([name, value]: readonly [string, JsonValue | undefined]): readonly [string, JsonValue][] {
  return value === undefined ? [] : [[name, value]];
}

function withLinks(document: JsonObject, links: JsonObject): JsonObject {
  const own = Object.entries(document).filter(([name]) => !['brand_id', 'brand_no', 'refs'].includes(name));
  return Object.fromEntries([...own, ...Object.entries(links)]);
}

function schemaContract(entityType: string, model: ObjectModel): JsonObject {
  return {
    kind: 'Schema',
    id: entityType,
    version: '1.0.0',
    status: 'ACTIVE',
    entityType,
    schema: jsonSchemaOf(model),
  };
}

/** Every slice is optional, and every field of it is shown. */
function viewContract({ slices }: RuleSetModel): JsonObject {
  const fields = slices.flatMap((slice) =>
    slice.fields.map(({ name }) => ({
      from: `$[${JSON.stringify(slice.type)}][${JSON.stringify(name)}]`,
      to: `${slice.type} ${name}`,
    })),
  );
  return {
    kind: 'View',
    id: 'product-page',
    version: '1.0.0',
    status: 'ACTIVE',
    ruleSetRef: PRODUCT_RULES,
    optionalSlices: slices.map(({ type }) => type),
    missingPolicy: 'PARTIAL_ALLOWED',
    fields,
  };
}
