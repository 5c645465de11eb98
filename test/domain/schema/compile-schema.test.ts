import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { SchemaSource } from '../../../src/domain/contracts/json-schema-refusal.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { buildSchema, keyedBy, setOf } from './build-schema.ts';

function refusalOf(schema: JsonObject, locate?: SchemaSource['locate']) {
  try {
    buildSchema(schema, { locate });
  } catch (error) {
    if (isSlicewiseError(error)) return error;
    throw error;
  }
  throw new Error('expected the schema to be refused');
}

function property(schema: JsonObject): JsonObject {
  return { properties: { a: schema } };
}

describe('loading a schema', () => {
  it.each([
    ['a root that is no object', { type: 'array' }, '/type'],
    ['a root without a type', { type: null }, '/type'],
    ['an unknown keyword', property({ type: 'string', maxLenght: 3 }), '/properties/a/maxLenght'],
    ['an unknown keyword in a branch', { anyOf: [{ foo: 1 }] }, '/anyOf/0/foo'],
    ['an unknown keyword under items', property({ type: 'array', items: { foo: 1 } }), '/properties/a/items/foo'],
    ['an unknown type', property({ type: 'text' }), '/properties/a/type'],
    ['a keyword with a wrong value', property({ type: 'string', minLength: -1 }), '/properties/a/minLength'],
    ['an unknown format', property({ type: 'string', format: 'isbn' }), '/properties/a'],
    ['a malformed pattern', property({ type: 'string', pattern: '[' }), '/properties/a/pattern'],
    ['a malformed property pattern', { patternProperties: { '(': {} } }, '/patternProperties/('],
    ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, '/$schema'],
    ['a ref into the network', property({ $ref: 'https://example.com/a.json' }), '/properties/a/$ref'],
    ['a ref into another file', property({ $ref: 'other.json#/a' }), '/properties/a/$ref'],
    ['a ref to nothing', property({ $ref: '#/$defs/none' }), '/properties/a/$ref'],
    ['a ref to something that is no schema', { ...property({ $ref: '#/properties' }) }, '/properties/a/$ref'],
    ['a ref that never ends', { allOf: [{ $ref: '#' }] }, ''],
    [
      'two definitions that refer to each other',
      { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
      '/$defs/a',
    ],
    ['an $id inside', property({ $id: 'https://example.com/a', type: 'string' }), '/properties/a/$id'],
    ['an $anchor twice', { $defs: { a: { $anchor: 'x' }, b: { $anchor: 'x' } } }, '/$defs/b/$anchor'],
    ['a dynamic ref', property({ $dynamicRef: '#x' }), '/properties/a/$dynamicRef'],
    ['an asynchronous schema', { $async: true }, '/$async'],
    [
      'a property that the validator passes over',
      JSON.parse('{"properties":{"__proto__":{}}}'),
      '/properties/__proto__',
    ],
    ['a required member that is not declared', { required: ['a'] }, ''],
    ['a keyword for another type', property({ type: 'string', minimum: 3 }), '/properties/a'],
    [
      'an unknown array kind',
      property({ type: 'array', 'x-slicewise-array': 'bag' }),
      '/properties/a/x-slicewise-array',
    ],
    ['a key that is the item', property(keyedBy('')), '/properties/a/x-slicewise-array'],
    ['a malformed key pointer', property(keyedBy('sku')), '/properties/a/x-slicewise-array'],
    ['a set of no array', property({ type: 'string', 'x-slicewise-array': 'set' }), '/properties/a/x-slicewise-array'],
    [
      'a set where a ref says string',
      { $defs: { text: { type: 'string' } }, ...property({ $ref: '#/$defs/text', 'x-slicewise-array': 'set' }) },
      '/properties/a/x-slicewise-array',
    ],
    ['a set that is only tested', property({ not: setOf({ type: 'string' }) }), '/properties/a/not/x-slicewise-array'],
    [
      'a keyed array of strings',
      property({ type: 'array', 'x-slicewise-array': { keyed: '/a' }, items: { type: 'string' } }),
      '/properties/a/items/type',
    ],
  ] satisfies [string, JsonObject, string][])('refuses %s and names its place', (_case, schema, pointer) => {
    const error = refusalOf(schema);
    expect(error.code).toBe('contract.schema_invalid');
    expect(error.details['problems']).toMatchObject([
      { origin: 'contracts/product.yaml', pointer: `/schema${pointer}` },
    ]);
    expect(error.message).toMatch(/^Schema product@1\.0\.0: .+ \/schema.*: expected .+, found .+\. .+/s);
  });

  it.each([
    [
      'two branches',
      property({ type: 'array', anyOf: [{ 'x-slicewise-array': 'set' }, { 'x-slicewise-array': 'list' }] }),
    ],
    [
      'a ref and its sibling',
      {
        $defs: { tags: setOf({ type: 'string' }) },
        ...property({ $ref: '#/$defs/tags', 'x-slicewise-array': 'list' }),
      },
    ],
    ['two keys', property({ allOf: [keyedBy('/a'), keyedBy('/b')] })],
    [
      'the same property of two parts',
      { allOf: [property(setOf({ type: 'string' })), property({ type: 'array', 'x-slicewise-array': 'list' })] },
    ],
    [
      'some of the members that patterns match',
      { patternProperties: { '^s': setOf({ type: 'string' }), '^l': { type: 'array' } } },
    ],
    [
      'the members that a pattern matches, but not the rest',
      { patternProperties: { '^s': setOf({ type: 'string' }) } },
    ],
    [
      'one position of a tuple',
      property({ type: 'array', prefixItems: [setOf({ type: 'string' })], minItems: 1, items: {} }),
    ],
  ] satisfies [string, JsonObject][])('refuses array kinds that differ between %s', (_case, schema) => {
    expect(refusalOf(schema).code).toBe('contract.array_kind_conflict');
  });

  it('names the line and column of the refused place where the origin knows them', () => {
    const locate = (pointer: string) => (pointer === '/schema/foo' ? { line: 12, column: 3 } : undefined);
    const error = refusalOf({ foo: 1 }, locate);
    expect(error.message).toContain('contracts/product.yaml:12:3 /schema/foo');
    expect(error.details['problems']).toMatchObject([{ line: 12, column: 3 }]);
  });

  it.each([
    [
      'refs to definitions, anchors and places',
      {
        $defs: { t: { $anchor: 'text', type: 'string' } },
        properties: { a: { $ref: '#/$defs/t' }, b: { $ref: '#text' }, c: { $ref: '#/properties/a' }, d: { $ref: '#' } },
      },
    ],
    [
      'its own dialect and an $id',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'https://example.com/product' },
    ],
    [
      'a property that is named like a keyword',
      { properties: { not: setOf({ type: 'string' }), foo: { type: 'string' } } },
    ],
    [
      'one kind said twice',
      property({ allOf: [setOf({ type: 'string' })], type: 'array', 'x-slicewise-array': 'set' }),
    ],
  ] satisfies [string, JsonObject][])('accepts %s', (_case, schema) => {
    expect(buildSchema(schema).kind).toBe('Schema');
  });

  it('refuses a schema that is too large to compile, and says so', () => {
    const names = Array.from({ length: 6_000 }, (_, index) => `p${index}`);
    const part = { type: 'object', properties: { a: { type: 'string' } } };
    const error = refusalOf({ properties: Object.fromEntries(names.map((name) => [name, part])) });
    expect(error.message).toContain('found too many members in one schema');
  });
});

describe('violations', () => {
  const schema = buildSchema({
    additionalProperties: false,
    required: ['sku'],
    properties: {
      sku: { type: 'string', minLength: 2, pattern: '^[A-Z]' },
      status: { enum: ['DRAFT', 'LIVE'] },
      price: { type: ['number', 'null'], minimum: 0, multipleOf: 0.01 },
      day: { type: 'string', format: 'date' },
      dims: { type: 'object', properties: { 'w/h': { type: 'integer' } } },
      tags: { type: 'array', items: { type: 'string' }, maxItems: 2 },
      owner: {
        anyOf: [{ type: 'null' }, { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }],
      },
      child: { $ref: '#' },
    },
  });

  it.each([
    ['a missing member', {}, { pointer: '/sku', expected: 'a value (it is required)', found: 'nothing' }],
    [
      'a member too many',
      { sku: 'AB', 'a/b': 1 },
      { pointer: '/a~1b', expected: 'no member of this name', found: 'one' },
    ],
    ['a wrong type', { sku: 7 }, { pointer: '/sku', expected: 'a string', found: '7' }],
    [
      'a wrong type where null may be',
      { sku: 'AB', price: 'x' },
      { pointer: '/price', expected: 'a number or null', found: '"x"' },
    ],
    ['an object where a scalar belongs', { sku: {} }, { pointer: '/sku', expected: 'a string', found: 'an object' }],
    [
      'a value that no enum has',
      { sku: 'AB', status: 'GONE' },
      { pointer: '/status', expected: 'one of "DRAFT", "LIVE"', found: '"GONE"' },
    ],
    ['a short string', { sku: 'A' }, { pointer: '/sku', expected: 'at least 2 characters', found: '"A"' }],
    [
      'a string that does not match',
      { sku: 'ab' },
      { pointer: '/sku', expected: 'a string that matches ^[A-Z]', found: '"ab"' },
    ],
    [
      'a day that is none',
      { sku: 'AB', day: '2026-02-30' },
      { pointer: '/day', expected: 'a string of format date', found: '"2026-02-30"' },
    ],
    ['a number too small', { sku: 'AB', price: -1 }, { pointer: '/price', expected: '>= 0', found: '-1' }],
    [
      'a fraction of a cent',
      { sku: 'AB', price: 0.005 },
      { pointer: '/price', expected: 'a multiple of 0.01', found: '0.005' },
    ],
    [
      'a place with an escaped name',
      { sku: 'AB', dims: { 'w/h': 1.5 } },
      { pointer: '/dims/w~1h', expected: 'an integer', found: '1.5' },
    ],
    [
      'a long array',
      { sku: 'AB', tags: ['a', 'b', 'c'] },
      { pointer: '/tags', expected: 'not more than 2 items', found: 'an array of 3' },
    ],
    [
      'what a branch lacks',
      { sku: 'AB', owner: {} },
      { pointer: '/owner/name', expected: 'a value (it is required)', found: 'nothing' },
    ],
    [
      'a value that fits no branch',
      { sku: 'AB', owner: 5 },
      { pointer: '/owner', expected: 'a value that fits one of its alternatives', found: '5' },
    ],
    [
      'a place of a recursive schema',
      { sku: 'AB', child: { sku: 1 } },
      { pointer: '/child/sku', expected: 'a string', found: '1' },
    ],
  ] satisfies [string, JsonObject, object][])(
    'name the place, the demand and the value of %s',
    (_case, payload, violation) => {
      expect(schema.violations(payload)).toEqual([violation]);
    },
  );

  it('are the same ones, in the order of their pointers, however often the payload is checked', () => {
    const payload = { status: 1, tags: 5, price: -1, day: '' };
    const first = schema.violations(payload);
    expect(first.map(({ pointer }) => pointer)).toEqual(['/day', '/price', '/sku', '/status', '/tags']);
    expect(schema.violations({ sku: 'AB' })).toEqual([]);
    expect(schema.violations(payload)).toEqual(first);
  });

  it('are at most five', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(schema.violations({ sku: 'AB', ...Object.fromEntries(names.map((name) => [name, 1])) })).toHaveLength(5);
  });

  it('say the same of a place once', () => {
    const twice = buildSchema({ properties: { a: { type: 'string', minLength: 2, allOf: [{ minLength: 2 }] } } });
    expect(twice.violations({ a: 'x' })).toHaveLength(1);
  });

  it('show no more of a value than a short scalar', () => {
    const [violation] = schema.violations({ sku: `a${'secret '.repeat(50)}` });
    expect(violation?.found.length).toBeLessThan(50);
  });

  it('do not take what an object inherits for its members', () => {
    const strict = buildSchema({
      additionalProperties: false,
      required: ['toString'],
      properties: { toString: { type: 'string' } },
    });
    expect(strict.violations({})).toEqual([
      { pointer: '/toString', expected: 'a value (it is required)', found: 'nothing' },
    ]);
    expect(strict.violations(JSON.parse('{"toString":"x","__proto__":{}}'))).toEqual([
      { pointer: '/__proto__', expected: 'no member of this name', found: 'one' },
    ]);
  });

  it.each([
    [19.99, 0.01, true],
    [1234567.89, 0.01, true],
    [19.995, 0.01, false],
    [1e21, 1e-7, true],
    [-0.3, 0.1, true],
    [7, 2, false],
    [0, 0.7, true],
    [5e-324, 1, false],
  ])('take %d and its multiple %d as decimals (%s)', (value, multipleOf, isMultiple) => {
    const exact = buildSchema({ properties: { n: { type: 'number', multipleOf } } });
    expect(exact.violations({ n: value }).length === 0).toBe(isMultiple);
  });
});
