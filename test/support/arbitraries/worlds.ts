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
  /** The most steps. Default 8. */
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
    stepsOf(product.schema, brand.schema, options.steps ?? 8).map((steps) => ({
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
  const policy = fc.constantFrom('FAIL_CLOSED' as const, 'NULL_FIELDS' as const, 'TOMBSTONE' as const);
  const source = fc.constantFrom('RAW', 'RAW', ...brand.slices.map((slice) => slice.type));
  const join = source.chain((chosen) =>
    fc.record({
      name: fc.constantFrom('brand', 'Maker', 'by'),
      source: fc.constant(chosen),
      keyPath: fc.constantFrom(...KEY_PATHS),
      keyPrefix: fc.constantFrom('brand#', 'brand#', 'brand#x-'),
      versionRule: fc.oneof(
        fc.constantFrom('SAME_VERSION' as const, 'LATEST' as const, 'LATEST' as const),
        fc.integer({ min: 1, max: 3 }).map((PINNED) => ({ PINNED })),
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

function stepsOf(product: ObjectModel, brand: ObjectModel, count: number): fc.Arbitrary<readonly Step[]> {
  const brandKeys = fc
    .uniqueArray(fc.constantFrom(...BRAND_IDS.flatMap((id) => [`brand#${id}`, `brand#x-${id}`])), {
      minLength: 1,
      maxLength: 2,
    })
    .map((keys) => ['brand#B1', ...keys].filter((key, index, all) => all.indexOf(key) === index));
  const entities = brandKeys.map((keys) => ['product#P1', 'product#\u{1F600}', ...keys]);
  return entities.chain((keys) =>
    fc
      .record({
        choices: fc.array(fc.record({ entity: fc.nat(keys.length - 1), isDeleted: fc.nat(5) }), {
          minLength: 2,
          maxLength: count,
        }),
        firstVersions: fc.array(fc.constantFrom(1, 1, 1, 2), { minLength: keys.length, maxLength: keys.length }),
        products: statesOf(product, 4),
        brands: statesOf(brand, 3),
        links: fc.array(keyMembers(), { minLength: 4, maxLength: 4 }),
      })
      .map(({ choices, firstVersions, products, brands, links }) => {
        const counts = new Map<string, number>();
        return choices.map(({ entity, isDeleted }): Step => {
          // `entity` is below the number of keys, and every key has a first version.
          const entityKey = keys[entity] as string;
          const nth = counts.get(entityKey) ?? 0;
          counts.set(entityKey, nth + 1);
          const version = (firstVersions[entity] as number) + nth;
          const isProduct = entityKey.startsWith('product#');
          const states = isProduct ? products : brands;
          // Both lists have at least one entry.
          const document = states[(nth + entity) % states.length] as JsonObject;
          const named = links[(nth + entity) % links.length] as JsonObject;
          const payload = isProduct ? withLinks(document, named) : document;
          return { entityKey, version, payload: isDeleted === 0 ? null : payload };
        });
      }),
  );
}

function keyMembers(): fc.Arbitrary<JsonObject> {
  const id = fc.option(fc.constantFrom('B1', 'B1', ...BRAND_IDS));
  const maybe = <Value extends JsonValue>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  return fc
    .record({
      brand_id: maybe(id),
      brand_no: maybe(fc.option(fc.constantFrom(1, 1, 7))),
      refs: maybe(fc.option(maybe(id).map((value): JsonObject => (value === undefined ? {} : { id: value })))),
    })
    .map((members) => Object.fromEntries(Object.entries(members).flatMap(presentMember)));
}

function presentMember([name, value]: [string, JsonValue | undefined]): readonly [string, JsonValue][] {
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
