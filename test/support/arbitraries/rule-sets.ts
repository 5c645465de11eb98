/**
 * Random rule sets over a schema model: slices with fields and conditions, joins of every kind, declared indexes. Each
 * comes as a model that an oracle can follow without the product's own parser, and is written as a contract whose
 * impact map and join impact are derived from what the slices read, so that it is sound by construction.
 */
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { closedInnerPlaces, member, overlap, type Path, type Place, placesOf, selectorText } from './rule-places.ts';
import type { ObjectModel, PlaceModel } from './schema-model.ts';

export type ConditionModel =
  | { readonly test: 'exists'; readonly path: Path }
  | { readonly test: 'equals'; readonly path: Path; readonly value: JsonValue }
  | { readonly test: 'in'; readonly path: Path; readonly values: readonly JsonValue[] }
  | { readonly test: 'not'; readonly inner: ConditionModel }
  | { readonly test: 'all' | 'any'; readonly inner: readonly ConditionModel[] };

export interface FieldModel {
  readonly name: string;
  readonly path: Path;
  readonly model: PlaceModel | null;
}

export interface SliceModel {
  readonly type: string;
  readonly when: ConditionModel | null;
  readonly fields: readonly FieldModel[];
  readonly joins: readonly string[];
}

export type MissingModel = 'FAIL_CLOSED' | 'NULL_FIELDS' | 'TOMBSTONE';

export interface JoinModel {
  readonly name: string;
  readonly entityType: string;
  readonly keyPath: Path;
  readonly keyPrefix: string;
  /** `RAW`, or a slice type of the source rule set. */
  readonly source: string;
  readonly versionRule: 'SAME_VERSION' | 'LATEST' | { readonly PINNED: number };
  readonly projection: readonly FieldModel[];
  readonly missing: MissingModel;
  /** `null`: as `missing`. */
  readonly keyAbsent: MissingModel | null;
  readonly shards: number;
}

export interface IndexModel {
  readonly type: string;
  readonly fromSlice: string;
  readonly path: Path;
  readonly normalize: 'none' | 'nfc' | 'nfc-lowercase';
  readonly shards: number;
}

export interface RuleSetModel {
  readonly id: string;
  readonly version: string;
  readonly entityType: string;
  readonly schemaRef: string;
  readonly schema: ObjectModel;
  readonly slices: readonly SliceModel[];
  readonly joins: readonly JoinModel[];
  readonly indexes: readonly IndexModel[];
  readonly onNoMatch: 'FULL_REBUILD' | 'IGNORE';
  /** How deep the derived impact map goes where the schema allows it. */
  readonly impactDepth: number;
}

/** Output names whose orders by UTF-16 units and by UTF-8 bytes differ. */
const OUTPUT_NAMES = ['title', 'a', 'B', '\uFB01', '\u{1F600}', 'constructor', '10', '9'];
const SLICE_TYPES = ['CORE', 'CORE_2', 'PRICE', 'Z'];
const VALUES: readonly JsonValue[] = ['', 'a', 0, 1, true, false, null, [], {}, ['a']];

export function conditionOf(places: readonly Place[], depth = 2): fc.Arbitrary<ConditionModel> {
  const path = fc.constantFrom(...places).map((place) => place.path);
  const leaves: fc.Arbitrary<ConditionModel>[] = [
    path.map((chosen) => ({ test: 'exists', path: chosen })),
    fc.tuple(path, fc.constantFrom(...VALUES)).map(([chosen, value]) => ({ test: 'equals', path: chosen, value })),
    fc
      .tuple(path, fc.subarray([...VALUES], { minLength: 1, maxLength: 4 }))
      .map(([chosen, values]) => ({ test: 'in', path: chosen, values })),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const inner = conditionOf(places, depth - 1);
  const several = fc.array(inner, { minLength: 1, maxLength: 2 });
  return fc.oneof(
    ...leaves,
    inner.map((condition): ConditionModel => ({ test: 'not', inner: condition })),
    fc
      .tuple(fc.constantFrom('all' as const, 'any' as const), several)
      .map(([test, conditions]) => ({ test, inner: conditions })),
  );
}

export function fieldsOf(places: readonly Place[], names: readonly string[]): fc.Arbitrary<readonly FieldModel[]> {
  const field = fc.record({ name: fc.constantFrom(...names), place: fc.constantFrom(...places) });
  return fc
    .uniqueArray(field, { selector: ({ name }) => name, minLength: 1, maxLength: 3 })
    .map((fields) => fields.map(({ name, place }) => ({ name, ...place })));
}

/** Slices of unique types; each join is used by at least one. */
export function slicesOf(
  schema: ObjectModel,
  joins: readonly string[],
  types: readonly string[] = SLICE_TYPES,
): fc.Arbitrary<readonly SliceModel[]> {
  const places = placesOf(schema);
  const slice = fc.record({
    type: fc.constantFrom(...types),
    // Conditions at random are mostly false, and what is mostly a tombstone shows little.
    when: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: conditionOf(places) }),
    fields: fieldsOf(places, OUTPUT_NAMES),
    joins: fc.subarray([...joins]),
  });
  return fc
    .uniqueArray(slice, { selector: ({ type }) => type, minLength: 1, maxLength: types.length })
    .map(([first, ...others]) => {
      // minLength is 1.
      const some = first as SliceModel;
      const unused = joins.filter((name) => ![some, ...others].some((one) => one.joins.includes(name)));
      return [{ ...some, joins: [...some.joins, ...unused] }, ...others];
    });
}

/** Indexes over the fields of slices that hold scalars, or arrays of them. */
export function indexesOf(
  slices: readonly SliceModel[],
  types: readonly string[],
): fc.Arbitrary<readonly IndexModel[]> {
  const choices = slices.flatMap((slice) =>
    slice.fields.flatMap((field) => {
      const path = indexablePath(field);
      return path === null ? [] : [{ fromSlice: slice.type, path }];
    }),
  );
  if (choices.length === 0) return fc.constant([]);
  const index = fc.record({
    type: fc.constantFrom(...types),
    choice: fc.constantFrom(...choices),
    normalize: fc.constantFrom('none' as const, 'nfc' as const, 'nfc-lowercase' as const),
  });
  return fc
    .uniqueArray(index, {
      selector: ({ type, choice }) => `${type} ${choice.fromSlice} ${selectorText(choice.path)}`,
      maxLength: 3,
    })
    .map((indexes) =>
      // Every index of one type lies in as many shards.
      indexes.map(({ type, choice, normalize }) => ({ type, ...choice, normalize, shards: types.indexOf(type) + 1 })),
    );
}

/** The contract of a rule set model. */
export function ruleSetContractOf(model: RuleSetModel, sourceRuleSetRef: string): JsonObject {
  return {
    kind: 'RuleSet',
    id: model.id,
    version: model.version,
    status: 'ACTIVE',
    entityType: model.entityType,
    schemaRef: model.schemaRef,
    slices: model.slices.map((slice) => ({
      type: slice.type,
      ...(slice.when !== null && { when: conditionDocument(slice.when) }),
      fields: fieldsDocument(slice.fields),
      joins: [...slice.joins],
    })),
    joins: model.joins.map((join) => joinDocument(join, model, sourceRuleSetRef)),
    impactMap: impactMapOf(model),
    onNoMatch: model.onNoMatch,
    indexes: model.indexes.map((index) => ({
      type: index.type,
      fromSlice: index.fromSlice,
      selector: { path: selectorText(index.path) },
      indexKey: { format: `IDX#${index.type}#{value}#${model.entityType}` },
      normalize: index.normalize,
      shards: index.shards,
    })),
  };
}

/** Every path that a slice reads, in slice order. */
export function readPathsOf(slice: SliceModel, joins: readonly JoinModel[]): readonly Path[] {
  return [
    ...slice.fields.map((field) => field.path),
    ...(slice.when === null ? [] : conditionPaths(slice.when)),
    ...joins.filter((join) => slice.joins.includes(join.name)).map((join) => join.keyPath),
  ];
}

/** One entry for each member of the schema, or for what lies in it, with the slice types that read there. */
function impactMapOf(model: RuleSetModel): readonly JsonObject[] {
  const readers = model.slices.map((slice) => ({ type: slice.type, paths: readPathsOf(slice, model.joins) }));
  const takenWhole = readers.flatMap(({ paths }) => paths.flatMap((path) => objectTakenWhole(model.schema, path)));
  const isTakenWhole = ({ path }: Place) =>
    takenWhole.some((taken) => taken.length <= path.length + 1 && overlap(taken, path));
  const entries = (place: Place, depth: number): readonly JsonObject[] => {
    const inner = depth > 0 && !isTakenWhole(place) ? closedInnerPlaces(place) : [];
    if (inner.length > 0) return inner.flatMap((child) => entries(child, depth - 1));
    const types = readers
      .filter(({ paths }) => paths.some((path) => overlap(path, place.path)))
      .map(({ type }) => type);
    return [{ path: selectorText(place.path), slices: types }];
  };
  return model.schema.members.flatMap(({ name, place }) =>
    entries({ path: [member(name)], model: place }, model.impactDepth),
  );
}

/** The object over whose members a path ends in `[*]`: no list of entries for its members covers that. */
function objectTakenWhole(schema: ObjectModel, path: Path): readonly Path[] {
  if (path.at(-1)?.kind !== 'wildcard') return [];
  const holder = path.slice(0, -1);
  const wanted = selectorText(holder);
  const isObject = placesOf(schema).some(
    (place) => selectorText(place.path) === wanted && place.model?.kind === 'object',
  );
  return isObject ? [holder] : [];
}

function joinDocument(join: JoinModel, model: RuleSetModel, sourceRuleSetRef: string): JsonObject {
  const users = model.slices.filter((slice) => slice.joins.includes(join.name)).map((slice) => slice.type);
  const isRaw = join.source === 'RAW';
  return {
    name: join.name,
    cardinality: 'MANY_TO_ONE',
    joinSources: {
      entityType: join.entityType,
      source: join.source,
      ...(isRaw ? { schemaRef: `${join.entityType}@1.0.0` } : { ruleSetRef: sourceRuleSetRef }),
      keyResolver: { path: selectorText(join.keyPath), format: `${join.keyPrefix}{value}` },
      versionRule: join.versionRule,
    },
    joinProjection: fieldsDocument(join.projection),
    missing: join.missing,
    ...(join.keyAbsent !== null && { keyAbsent: join.keyAbsent }),
    joinImpact: join.projection.map(({ path }) => ({ path: selectorText(path.slice(0, 1)), slices: users })),
    shards: join.shards,
  };
}

function conditionDocument(condition: ConditionModel): JsonObject {
  switch (condition.test) {
    case 'exists':
      return { exists: selectorText(condition.path) };
    case 'equals':
      return { equals: { path: selectorText(condition.path), value: condition.value } };
    case 'in':
      return { in: { path: selectorText(condition.path), values: [...condition.values] } };
    case 'not':
      return { not: conditionDocument(condition.inner) };
    default:
      return { [condition.test]: condition.inner.map(conditionDocument) };
  }
}

function conditionPaths(condition: ConditionModel): readonly Path[] {
  switch (condition.test) {
    case 'not':
      return conditionPaths(condition.inner);
    case 'all':
    case 'any':
      return condition.inner.flatMap(conditionPaths);
    default:
      return [condition.path];
  }
}

function fieldsDocument(fields: readonly FieldModel[]): JsonObject {
  return Object.fromEntries(fields.map(({ name, path }): [string, string] => [name, selectorText(path)]));
}

/** Into the slice's payload; `null` where its values are no scalars. */
function indexablePath({ name, path, model }: FieldModel): Path | null {
  if (model === null) return null;
  const isMany = path.some((segment) => segment.kind === 'wildcard');
  if (isScalar(model)) return isMany ? [member(name), { kind: 'wildcard' }] : [member(name)];
  if ((model.kind === 'list' || model.kind === 'set') && isScalar(model.items) && !isMany)
    return [member(name), { kind: 'wildcard' }];
  return null;
}

function isScalar({ kind }: PlaceModel): boolean {
  return kind === 'string' || kind === 'integer' || kind === 'number' || kind === 'boolean';
}
