/**
 * Random schemas as models: small trees that can be written as a JSON Schema, and from which documents are drawn
 * (`documents.ts`). They have closed and open objects, optional and nullable members, lists, sets and keyed arrays.
 */
import fc from 'fast-check';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';

export type PlaceModel = ScalarModel | ObjectModel | ArrayModel | KeyedModel;

export interface ScalarModel {
  readonly kind: 'string' | 'integer' | 'number' | 'boolean';
  readonly isNullable: boolean;
}

export interface ObjectModel {
  readonly kind: 'object';
  readonly isNullable: boolean;
  /** Whether members that no name declares may be there (documents then have some, all named `x…`). */
  readonly isOpen: boolean;
  readonly members: readonly MemberModel[];
}

export interface MemberModel {
  readonly name: string;
  readonly isRequired: boolean;
  readonly place: PlaceModel;
}

export interface ArrayModel {
  readonly kind: 'list' | 'set';
  readonly isNullable: boolean;
  readonly items: PlaceModel;
}

/** An array of objects, each with its key (a string) at `keyPath`. */
export interface KeyedModel {
  readonly kind: 'keyed';
  readonly isNullable: boolean;
  readonly keyPath: readonly [string] | readonly [string, string];
  readonly item: ObjectModel;
}

export interface ModelOptions {
  /** `plain` names can stand in any selector without quotes; `odd` ones need pointers' and selectors' escapes. */
  readonly names?: 'plain' | 'odd';
  /** Levels of objects and arrays below the root. Default 2. */
  readonly depth?: number;
}

const PLAIN_NAMES = ['title', 'price', 'brand_id', 'tags', 'dims', 'status', 'variants', 'note'];
const ODD_NAMES = [
  ...PLAIN_NAMES,
  '',
  'a/b',
  'a~b',
  '~1',
  '0',
  "it's",
  'constructor',
  'toString',
  '\uFB01',
  '\u{1F600}',
];

/** The model of a document's root: an object that is never null. */
export function rootModel(options: ModelOptions = {}): fc.Arbitrary<ObjectModel> {
  return objectModel(options, options.depth ?? 2).map((model) => ({ ...model, isNullable: false }));
}

/** The JSON Schema 2020-12 that describes exactly the documents of a model (and, for sets, duplicates). */
export function jsonSchemaOf(model: PlaceModel): JsonObject {
  const type = (name: string) => (model.isNullable ? [name, 'null'] : name);
  switch (model.kind) {
    case 'object':
      return { type: type('object'), ...objectKeywords(model) };
    case 'list':
      return { type: type('array'), items: jsonSchemaOf(model.items) };
    case 'set':
      return { type: type('array'), 'x-slicewise-array': 'set', items: jsonSchemaOf(model.items) };
    case 'keyed':
      return {
        type: type('array'),
        'x-slicewise-array': { keyed: `/${model.keyPath.join('/')}` },
        items: jsonSchemaOf(withKey(model)),
      };
    default:
      return { type: type(model.kind) };
  }
}

function objectKeywords(model: ObjectModel): JsonObject {
  const required = model.members.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    properties: Object.fromEntries(model.members.map(({ name, place }) => [name, jsonSchemaOf(place)])),
    ...(required.length > 0 && { required }),
    ...(!model.isOpen && { additionalProperties: false }),
  };
}

/** A keyed array's item with the place of its key declared. */
function withKey({ item, keyPath: [first, second] }: KeyedModel): ObjectModel {
  const key: PlaceModel = { kind: 'string', isNullable: false };
  const holder: PlaceModel =
    second === undefined
      ? key
      : { kind: 'object', isNullable: false, isOpen: true, members: [{ name: second, isRequired: true, place: key }] };
  return { ...item, members: [{ name: first, isRequired: true, place: holder }, ...item.members] };
}

function placeModel(options: ModelOptions, depth: number): fc.Arbitrary<PlaceModel> {
  if (depth === 0) return scalarModel();
  return fc.oneof(
    { weight: 4, arbitrary: scalarModel() },
    { weight: 2, arbitrary: objectModel(options, depth) },
    { weight: 3, arbitrary: arrayModel(options, depth) },
    { weight: 2, arbitrary: keyedModel(options, depth) },
  );
}

function scalarModel(): fc.Arbitrary<ScalarModel> {
  return fc.record({
    kind: fc.constantFrom('string', 'string', 'integer', 'number', 'boolean'),
    isNullable: mostly(false),
  });
}

function objectModel(options: ModelOptions, depth: number): fc.Arbitrary<ObjectModel> {
  const names = options.names === 'plain' ? PLAIN_NAMES : ODD_NAMES;
  const member = fc.record({
    name: fc.constantFrom(...names),
    isRequired: fc.boolean(),
    place: placeModel(options, depth - 1),
  });
  return fc.record({
    kind: fc.constant('object'),
    isNullable: mostly(false),
    isOpen: mostly(false),
    members: fc.uniqueArray(member, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }),
  });
}

function arrayModel(options: ModelOptions, depth: number): fc.Arbitrary<ArrayModel> {
  return fc.record({
    kind: fc.constantFrom('list', 'set'),
    isNullable: mostly(false),
    items: placeModel(options, depth - 1),
  });
}

function keyedModel(options: ModelOptions, depth: number): fc.Arbitrary<KeyedModel> {
  const keyPath: fc.Arbitrary<KeyedModel['keyPath']> = fc.constantFrom(['sku'] as const, ['id', 'code'] as const);
  return fc.record({
    kind: fc.constant('keyed'),
    isNullable: mostly(false),
    keyPath,
    item: objectModel(options, Math.max(depth - 1, 1)).map((item) => ({ ...item, isNullable: false })),
  });
}

function mostly(value: boolean): fc.Arbitrary<boolean> {
  return fc.constantFrom(value, value, value, !value);
}
