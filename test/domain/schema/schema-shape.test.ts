import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { SchemaShape } from '../../../src/domain/contracts/compiled-contracts.ts';
import { buildSchema, keyedBy, setOf } from './build-schema.ts';

const TAGS = setOf({ type: 'string' });
const CLOSED = { type: 'object', additionalProperties: false };

function shapeOf(schema: JsonObject): SchemaShape | null {
  return buildSchema(schema).shape;
}

/** The kind at a place: `a/b` goes into members, `*` into items and members without a name of their own. */
function kindAt(path: string, schema: JsonObject): string {
  let shape = shapeOf(schema);
  for (const step of path.split('/')) {
    if (shape === null) return 'nothing said';
    shape = step === '*' ? (shape.items ?? shape.others) : (shape.properties.get(step) ?? null);
  }
  return shape === null ? 'nothing said' : shape.array.kind;
}

describe('the shape of a schema', () => {
  it.each([
    ['a property', 'a', { properties: { a: TAGS } }],
    ['a keyed array', 'a', { properties: { a: keyedBy('/sku') } }],
    ['items', 'a/*', { properties: { a: { type: 'array', items: TAGS } } }],
    ['a ref', 'a', { $defs: { t: TAGS }, properties: { a: { $ref: '#/$defs/t' } } }],
    ['an anchor', 'a', { $defs: { t: { ...TAGS, $anchor: 'tags' } }, properties: { a: { $ref: '#tags' } } }],
    ['a ref with an escaped token', 'a', { $defs: { 't/s x': TAGS }, properties: { a: { $ref: '#/$defs/t~1s%20x' } } }],
    ['allOf', 'a', { allOf: [{ properties: { a: TAGS } }] }],
    ['anyOf', 'a', { anyOf: [{ properties: { a: TAGS } }, { properties: { b: {} } }] }],
    ['oneOf', 'a', { oneOf: [{ properties: { a: TAGS } }] }],
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    ['if', 'a', { if: { properties: { a: TAGS } }, then: true }],
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    ['then', 'a', { if: { properties: { b: {} } }, then: { properties: { a: TAGS } } }],
    ['else', 'a', { if: { properties: { b: {} } }, else: { properties: { a: TAGS } } }],
    ['dependentSchemas', 'a', { properties: { b: {} }, dependentSchemas: { b: { properties: { a: TAGS } } } }],
    ['prefixItems', 'a/*', { properties: { a: { type: 'array', prefixItems: [TAGS], minItems: 1, items: false } } }],
    ['unevaluatedItems', 'a/*', { properties: { a: { type: 'array', unevaluatedItems: TAGS } } }],
    ['additionalProperties', '*', { additionalProperties: TAGS }],
    ['unevaluatedProperties', '*', { unevaluatedProperties: TAGS }],
    ['patternProperties', '*', { patternProperties: { '^t': TAGS }, additionalProperties: false }],
    [
      'a pattern that matches a named property',
      'tags',
      { allOf: [{ properties: { tags: {} } }], patternProperties: { '^t': TAGS }, additionalProperties: false },
    ],
    [
      'additionalProperties beside another part’s property',
      'a',
      { allOf: [{ properties: { a: {} } }, { additionalProperties: TAGS }] },
    ],
    [
      'both parts of a conjunction',
      'a/*/b',
      {
        allOf: [
          { properties: { a: { type: 'array', items: { properties: {} } } } },
          { properties: { a: { type: 'array', items: { properties: { b: TAGS } } } } },
        ],
      },
    ],
  ] satisfies [string, string, JsonObject][])('knows what %s says', (_case, path, schema) => {
    const kind = kindAt(path, withTypes(schema));
    expect(['set', 'keyed']).toContain(kind);
  });

  it('is null where the schema says nothing about places', () => {
    expect(shapeOf({ description: 'anything', minProperties: 1 })).toBeNull();
    expect(shapeOf({ properties: { a: {} } })?.properties.get('a')).toBeNull();
  });

  it('leads back to itself where the schema is recursive', () => {
    const shape = shapeOf({ properties: { tags: TAGS, children: { type: 'array', items: { $ref: '#' } } } });
    const child = shape?.properties.get('children')?.items;
    expect(child?.properties.get('tags')?.array.kind).toBe('set');
    expect(child?.properties.get('children')?.items).toBe(child);
  });

  it.each([
    ['no keyword', {}, true],
    ['additionalProperties: false', { additionalProperties: false }, false],
    ['additionalProperties: false in allOf', { allOf: [CLOSED] }, false],
    ['additionalProperties: false behind a ref', { $defs: { c: CLOSED }, $ref: '#/properties/p/$defs/c' }, false],
    [
      'additionalProperties: false in a branch and beside it',
      {
        $defs: { c: CLOSED },
        allOf: [{ $ref: '#/properties/p/$defs/c' }],
        anyOf: [{ $ref: '#/properties/p/$defs/c' }],
      },
      false,
    ],
    ['additionalProperties: false in one branch', { anyOf: [CLOSED, { type: 'object' }] }, true],
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    ['additionalProperties: false in if', { if: CLOSED, then: true }, true],
    ['a pattern', { patternProperties: { '^x': {} }, additionalProperties: false }, true],
    ['unevaluatedProperties: false', { unevaluatedProperties: false }, false],
    [
      'unevaluatedProperties: false beside a part that allows more',
      { allOf: [{ type: 'object', additionalProperties: true }], unevaluatedProperties: false },
      true,
    ],
    ['an additional schema', { additionalProperties: { type: 'string' } }, true],
  ] satisfies [string, JsonObject, boolean][])(
    'says whether other members can be there: %s',
    (_case, keywords, isOpen) => {
      const shape = shapeOf({ properties: { p: { type: 'object', ...keywords } } })?.properties.get('p');
      expect(shape?.isOpen ?? true).toBe(isOpen);
    },
  );

  it('holds additionalProperties against members only that no property or pattern names', () => {
    const shape = shapeOf({
      allOf: [{ type: 'object', properties: { tall: {}, other: {} } }],
      patternProperties: { '^t': {} },
      additionalProperties: { type: 'string' },
    });
    expect(shape?.properties.get('tall')).toBeNull();
    expect(shape?.properties.get('other')?.isOpen).toBe(false);
  });

  it('says that a scalar has no members', () => {
    expect(shapeOf({ properties: { a: { type: ['string', 'null'] } } })?.properties.get('a')?.isOpen).toBe(false);
  });
});

/** Strict mode wants a type beside every keyword for objects; the cases above are easier to read without. */
function withTypes(value: JsonObject): JsonObject {
  const isForObjects = [
    'properties',
    'patternProperties',
    'additionalProperties',
    'unevaluatedProperties',
    'dependentSchemas',
  ].some((keyword) => Object.hasOwn(value, keyword));
  const inner = Object.entries(value).map(([name, part]): [string, JsonObject[string]] => {
    if (Array.isArray(part)) return [name, part.map((item) => (isObject(item) ? withTypes(item) : item))];
    return [name, isObject(part) ? withTypes(part) : part];
  });
  return { ...Object.fromEntries(inner), ...(isForObjects && !Object.hasOwn(value, 'type') && { type: 'object' }) };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
