import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalRawDataBytes, canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { CompiledSchema } from '../../../src/domain/contracts/compiled-contracts.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { reorderedOf } from '../../support/arbitraries/documents.ts';
import { schemaWithDocuments } from '../../support/arbitraries/schema-with-documents.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { buildSchema, keyedBy, setOf } from './build-schema.ts';

const ANYTHING = {};
const sets = buildSchema({ properties: { tags: setOf(ANYTHING), groups: setOf(setOf(ANYTHING)) } });
const keyed = buildSchema({ properties: { variants: keyedBy('/id/code', { tags: setOf(ANYTHING) }) } });
const recursive = buildSchema({ properties: { tags: setOf(ANYTHING), a: { $ref: '#' }, b: { $ref: '#' } } });

function variant(code: unknown, rest: object = {}): object {
  return { id: { code }, ...rest };
}

function normalise(schema: CompiledSchema, payload: unknown): JsonObject {
  // What comes in is not known to be JSON yet.
  return schema.normalise(payload as JsonObject);
}

function refusalOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (isSlicewiseError(error)) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('normalising', () => {
  it('sorts a set by canonical bytes, not by value, and keeps each item once', () => {
    const tags = ['a', 10, 9, 'a!', null, { b: 1, a: 2 }, [2], 'a', { a: 2, b: 1 }, 1, true, 1.0, -0, 0];
    expect(canonicalText(normalise(sets, { tags })['tags'])).toBe('["a!","a",0,1,10,9,[2],null,true,{"a":2,"b":1}]');
  });

  it('sorts strings beyond the BMP behind all others', () => {
    expect(sets.normalise({ tags: ['\u{1F600}', '\uFB01', 'z'] })).toEqual({ tags: ['z', '\uFB01', '\u{1F600}'] });
  });

  it('sorts inner sets first, so that equal ones meet', () => {
    expect(sets.normalise({ groups: [['b', 'a'], ['c'], ['a', 'b', 'a']] })).toEqual({ groups: [['a', 'b'], ['c']] });
  });

  it('sorts a keyed array by its key and the sets inside its items', () => {
    const payload = {
      variants: [variant('b', { tags: [2, 1] }), variant('\u{1F600}'), variant('\uFB01'), variant('a')],
    };
    expect(normalise(keyed, payload)).toEqual({
      variants: [variant('a'), variant('b', { tags: [1, 2] }), variant('\uFB01'), variant('\u{1F600}')],
    });
  });

  it.each([
    ['an item that is no object', [variant('a'), 'b'], '/variants/1'],
    ['an item without a key', [variant('a'), { id: {} }], '/variants/1'],
    ['a key that is no string', [variant(7)], '/variants/0'],
    ['a key that the item only inherits', [Object.create(variant('a'))], '/variants/0'],
    ['a key inside an array', [{ id: [{ code: 'a' }] }], '/variants/0'],
  ])('refuses %s in a keyed array', (_case, variants, pointer) => {
    const error = refusalOf(() => normalise(keyed, { variants }));
    expect(error.code).toBe('rawdata.array_key_invalid');
    expect(error.details['pointer']).toBe(pointer);
  });

  it('refuses a key that two items have, and names both places', () => {
    const error = refusalOf(() => normalise(keyed, { variants: [variant('b'), variant('a'), variant('b')] }));
    expect(error.code).toBe('rawdata.array_key_duplicate');
    expect(error.details).toMatchObject({ pointer: '/variants/2', first: '/variants/0' });
  });

  it('names a place by its indexes as they came in', () => {
    const nested = buildSchema({
      properties: { shops: { type: 'array', items: { type: 'object', properties: { 'a/b': keyedBy('/sku') } } } },
    });
    const error = refusalOf(() => nested.normalise({ shops: [{}, { 'a/b': [{ sku: 'z' }, {}] }] }));
    expect(error.details['pointer']).toBe('/shops/1/a~1b/1');
  });

  it('returns the payload itself when nothing changes, and shares what does not', () => {
    const sorted = { tags: ['a', 'b'], groups: [['c']] };
    expect(sets.normalise(sorted)).toBe(sorted);
    const half = { tags: ['b', 'a'], groups: [['c']] };
    expect(sets.normalise(half)['groups']).toBe(half.groups);
    expect(buildSchema({}).normalise(half)).toBe(half);
  });

  it('changes nothing inside the payload that it is given', () => {
    const inner = Object.freeze([Object.freeze(['b', 'a'])]);
    const payload = Object.freeze({ groups: inner, tags: Object.freeze(['b', 'a']) });
    expect(sets.normalise(payload)).toEqual({ groups: [['a', 'b']], tags: ['a', 'b'] });
    expect(payload).toEqual({ groups: [['b', 'a']], tags: ['b', 'a'] });
  });

  it('keeps a member named __proto__', () => {
    const payload = JSON.parse('{"tags":["b","a"],"__proto__":{"x":1}}');
    expect(JSON.stringify(sets.normalise(payload))).toBe('{"tags":["a","b"],"__proto__":{"x":1}}');
    const open = buildSchema({ additionalProperties: setOf(ANYTHING) });
    expect(JSON.stringify(open.normalise(JSON.parse('{"__proto__":["b","a"]}')))).toBe('{"__proto__":["a","b"]}');
  });

  it('leaves named members to their own schema, and the others to additionalProperties', () => {
    const open = buildSchema({ properties: { list: {} }, additionalProperties: setOf(ANYTHING) });
    expect(open.normalise({ list: [2, 1], other: [2, 1] })).toEqual({ list: [2, 1], other: [1, 2] });
  });

  it.each([
    ['a hole', () => Object.assign([2, 0, 1], { length: 5 })],
    ['a date', () => [new Date(0), 1]],
    ['NaN', () => [Number.NaN, null, 1]],
    ['a lone surrogate', () => ['a', '\ud800']],
    ['a member that is no item', () => Object.assign([2, 1], { name: 'x' })],
    ['an integer beyond 2^53', () => [2 ** 60, 1]],
    ['undefined', () => [2, undefined, 1]],
  ])('leaves a set with %s as it is, for the check that names its place', (_case, make) => {
    const payload = { tags: make() };
    expect(normalise(sets, payload)).toBe(payload);
  });

  it.each([
    ['no array', { tags: 'a', groups: { 0: 'a' } }],
    ['a subclass of Array', { tags: new (class Tags extends Array<number> {})(2, 1) }],
  ])('leaves %s where a set should be', (_case, payload) => {
    expect(normalise(sets, payload)).toBe(payload);
  });

  it('ends on a payload that contains itself', () => {
    const payload: Record<string, unknown> = { tags: ['b', 'a'] };
    payload['a'] = payload;
    payload['b'] = { a: payload, b: payload };
    expect(normalise(recursive, payload)['tags']).toEqual(['a', 'b']);
  });

  it('ends on a payload that is deeper than any may be', () => {
    let payload: object = { tags: ['b', 'a'] };
    for (let depth = 0; depth < 5_000; depth += 1) payload = { a: payload };
    expect(normalise(recursive, payload)).toBe(payload);
  });

  describe.each([
    ['in order', ['a', 'b']],
    ['out of order', ['b', 'a']],
  ])('beside arrays that are %s', (_order, letters) => {
    const trap = { enumerable: true, configurable: true, get: () => expect.fail('called') };
    const listOfSets = buildSchema({ properties: { list: { type: 'array', items: setOf(ANYTHING) } } });
    const variants = () => letters.map((letter) => variant(letter));

    it.each<[string, CompiledSchema, () => object, string]>([
      ['a member', sets, () => Object.defineProperty({ tags: letters }, 'x', trap), '/x'],
      ['a member that should be a set', recursive, () => ({ tags: letters, a: accessorIn({}, 'tags') }), '/a/tags'],
      ['an inner member', recursive, () => ({ a: accessorIn({ tags: letters }, 'x'), tags: letters }), '/a/x'],
      ['an item of a set', sets, () => ({ tags: accessorIn([...letters, 'c'], 1) }), '/tags/1'],
      ['an item of a list of sets', listOfSets, () => ({ list: accessorIn([letters, letters], 1) }), '/list/1'],
      ['an item of a keyed array', keyed, () => ({ variants: accessorIn(variants(), 1) }), '/variants/1'],
      ['a member of a keyed item', keyed, () => ({ variants: [...variants(), accessorIn(variant('c'), 'x')] }), ''],
      [
        'a setter alone',
        sets,
        () => Object.defineProperty({ tags: letters }, 'x', { enumerable: true, set: () => {} }),
        '/x',
      ],
      [
        'a hole that a named member hides',
        listOfSets,
        () => ({ list: Object.assign([letters], { 2: letters, x: 1 }) }),
        '/list/1',
      ],
    ])('calls no getter, and leaves %s for the check to refuse', (_case, schema, make, pointer) => {
      const normalised = normalise(schema, make());
      const error = refusalOf(() => canonicalRawDataBytes(normalised));
      expect(error.code).toMatch(/^canonical\.(unsupported_type|sparse_array)$/);
      expect(error.details['pointer']).toContain(pointer);
    });

    it('looks neither at symbols, nor at what is not enumerable, nor at an iterator', () => {
      const own = Object.defineProperty([...letters], Symbol.iterator, trap);
      Object.defineProperty(own, 'constructor', { ...trap, enumerable: false });
      const payload = Object.defineProperty({ tags: own }, Symbol('x'), trap);
      Object.defineProperty(payload, 'groups', { value: [['b', 'a']], enumerable: false });
      expect(canonicalText(normalise(sets, payload))).toBe('{"tags":["a","b"]}');
    });

    function accessorIn(container: object, name: PropertyKey): object {
      return Object.defineProperty(container, name, trap);
    }
  });

  it('takes no key from a member that is not enumerable, as what is stored would not have it', () => {
    const hidden = Object.defineProperty({}, 'code', { value: 'a', enumerable: false });
    const error = refusalOf(() => normalise(keyed, { variants: [{ id: hidden }] }));
    expect(error.code).toBe('rawdata.array_key_invalid');
  });

  it('done twice is done once', () => {
    fc.assert(
      fc.property(schemaWithDocuments(), ({ schema, documents }) => {
        for (const document of documents) {
          const once = schema.normalise(document);
          expect(schema.normalise(once)).toBe(once);
        }
      }),
      { numRuns: lawRuns },
    );
  });

  it('never changes its input', () => {
    fc.assert(
      fc.property(schemaWithDocuments(), ({ schema, documents }) => {
        for (const document of documents) {
          const before = JSON.stringify(document);
          schema.normalise(document);
          expect(JSON.stringify(document)).toBe(before);
        }
      }),
      { numRuns: lawRuns },
    );
  });

  it('gives the same canonical form whatever the order of members, sets and keyed arrays', () => {
    const documents = schemaWithDocuments({ documents: 1 }).chain(({ model, schema, documents: [document = {}] }) =>
      reorderedOf(model, document).map((reordered) => ({ schema, document, reordered })),
    );
    fc.assert(
      fc.property(documents, ({ schema, document, reordered }) => {
        expect(canonicalText(schema.normalise(reordered))).toBe(canonicalText(schema.normalise(document)));
      }),
      { numRuns: lawRuns },
    );
  });
});
