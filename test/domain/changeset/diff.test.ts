import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import { isPointerPrefix } from '../../../src/domain/canonical/json-pointer.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { compareUtf8 } from '../../../src/domain/canonical/key-order.ts';
import { type DiffOp, diffPayloads, encodeDiffOps } from '../../../src/domain/changeset/diff.ts';
import { hasCode } from '../../../src/domain/errors.ts';
import { applyDiff } from '../../support/apply-diff.ts';
import { reorderedOf } from '../../support/arbitraries/documents.ts';
import { schemaWithDocuments } from '../../support/arbitraries/schema-with-documents.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { buildSchema, keyedBy, setOf } from '../schema/build-schema.ts';

const schema = buildSchema({
  properties: {
    tags: setOf({}),
    variants: keyedBy('/sku', { stock: keyedBy('/shop') }),
  },
});

function diff(before: JsonObject | null, after: JsonObject | null): DiffOp[] {
  return diffPayloads(before, after, schema.shape);
}

describe('the diff of two payloads', () => {
  it.each([
    ['nothing to nothing', null, null, []],
    ['nothing to a payload', null, { a: 1 }, [{ op: 'add', path: '', value: { a: 1 } }]],
    ['a payload to nothing', { a: 1 }, null, [{ op: 'remove', path: '' }]],
    ['an empty payload to an empty one', {}, {}, []],
    ['a member that appears', {}, { a: null }, [{ op: 'add', path: '/a', value: null }]],
    ['a member that disappears', { a: null }, {}, [{ op: 'remove', path: '/a' }]],
    ['a scalar that changes', { a: 1 }, { a: '1' }, [{ op: 'replace', path: '/a', value: '1' }]],
    [
      'members of members',
      { a: { b: 1, c: 2 } },
      { a: { b: 1, d: 3 } },
      [
        { op: 'remove', path: '/a/c' },
        { op: 'add', path: '/a/d', value: 3 },
      ],
    ],
    ['an object that becomes a scalar', { a: { b: 1 } }, { a: 1 }, [{ op: 'replace', path: '/a', value: 1 }]],
    ['an array that becomes an object', { a: [] }, { a: {} }, [{ op: 'replace', path: '/a', value: {} }]],
    ['an object that becomes null', { a: {} }, { a: null }, [{ op: 'replace', path: '/a', value: null }]],
    ['a list of another order', { a: [1, 2] }, { a: [2, 1] }, [{ op: 'replace', path: '/a', value: [2, 1] }]],
    [
      'an object inside a list',
      { a: [{ b: 1 }] },
      { a: [{ b: 2 }] },
      [{ op: 'replace', path: '/a', value: [{ b: 2 }] }],
    ],
    [
      'a set that gains an item',
      { tags: ['a'] },
      { tags: ['a', 'b'] },
      [{ op: 'replace', path: '/tags', value: ['a', 'b'] }],
    ],
    ['a list of the same items', { a: [{ b: [1, null] }] }, { a: [{ b: [1, null] }] }, []],
    ['a list that is longer', { a: [1] }, { a: [1, 2] }, [{ op: 'replace', path: '/a', value: [1, 2] }]],
    [
      'a list whose item has another member',
      { a: [{ b: 1 }] },
      { a: [{ c: 1 }] },
      [{ op: 'replace', path: '/a', value: [{ c: 1 }] }],
    ],
    [
      'a list whose item gains a member',
      { a: [{ b: 1 }] },
      { a: [{ b: 1, c: 1 }] },
      [{ op: 'replace', path: '/a', value: [{ b: 1, c: 1 }] }],
    ],
    [
      'a list whose item loses a member',
      { a: [{ b: 1, c: 1 }] },
      { a: [{ b: 1 }] },
      [{ op: 'replace', path: '/a', value: [{ b: 1 }] }],
    ],
    ['zeros of either sign', { a: 0, b: [0] }, { a: -0, b: [-0] }, []],
    [
      'names that pointers escape',
      { 'a/b': 1 },
      { 'a~b': 1, '': 2 },
      [
        { op: 'add', path: '/', value: 2 },
        { op: 'remove', path: '/a~1b' },
        { op: 'add', path: '/a~0b', value: 1 },
      ].sort((a, b) => compareUtf8(a.path, b.path)) as DiffOp[],
    ],
    ['a member named like one that objects inherit', {}, { toString: 1 }, [{ op: 'add', path: '/toString', value: 1 }]],
  ] satisfies [string, JsonObject | null, JsonObject | null, DiffOp[]][])(
    'of %s is exact',
    (_case, before, after, ops) => {
      expect(diff(before, after)).toEqual(ops);
    },
  );

  it('names items of keyed arrays by key, at every level', () => {
    const before = { variants: [{ sku: 'A/1', price: 1, stock: [{ shop: 'x', n: 1 }] }, { sku: 'B' }] };
    const after = { variants: [{ sku: 'A/1', price: 2, stock: [{ shop: 'x', n: 2 }, { shop: 'y' }] }, { sku: 'C' }] };
    expect(diff(before, after)).toEqual([
      { op: 'replace', path: '/variants/A~11/price', value: 2 },
      { op: 'replace', path: '/variants/A~11/stock/x/n', value: 2 },
      { op: 'add', path: '/variants/A~11/stock/y', value: { shop: 'y' } },
      { op: 'remove', path: '/variants/B' },
      { op: 'add', path: '/variants/C', value: { sku: 'C' } },
    ]);
  });

  it('holds what other members are against other members only', () => {
    const { shape } = buildSchema({ properties: { list: {} }, additionalProperties: keyedBy('/sku') });
    const [before, after] = [1, 2].map((n) => ({ list: [{ sku: 'A', n }], map: [{ sku: 'A', n }] }));
    expect(diffPayloads(before ?? {}, after ?? {}, shape).map(({ path }) => path)).toEqual(['/list', '/map/A/n']);
  });

  it('replaces a keyed array that becomes something else', () => {
    expect(diff({ variants: [{ sku: 'A' }] }, { variants: null })).toEqual([
      { op: 'replace', path: '/variants', value: null },
    ]);
  });

  it('takes __proto__ for an ordinary member', () => {
    const [before, after]: JsonObject[] = [JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":2}}')];
    expect(diff(before ?? {}, after ?? {})).toEqual([{ op: 'replace', path: '/__proto__/a', value: 2 }]);
    expect(diff({}, after ?? {})).toHaveLength(1);
    expect(diff({ a: [JSON.parse('{"__proto__":{}}')] }, { a: [{ b: 1 }] })).toHaveLength(1);
    expect(canonicalText(applyDiff({}, diff({}, after ?? {}), null))).toBe('{"__proto__":{"a":2}}');
  });

  it('sorts by UTF-8 bytes, which UTF-16 order is not', () => {
    expect(diff({}, { '\u{1F600}': 1, '\uFB01': 1 }).map(({ path }) => path)).toEqual(['/\uFB01', '/\u{1F600}']);
  });

  it('refuses a keyed array that was not normalised', () => {
    expect(() => diff({ variants: [{ sku: 'A' }, { sku: 'A' }] }, { variants: [] })).toThrow(/Normalise/);
  });
});

describe('applying a diff', () => {
  it.each([
    ['adds what is there', { a: 1 }, [{ op: 'add', path: '/a', value: 1 }]],
    ['replaces what is not there', {}, [{ op: 'replace', path: '/a', value: 1 }]],
    ['removes what is not there', {}, [{ op: 'remove', path: '/a' }]],
    ['goes into a scalar', { a: 1 }, [{ op: 'add', path: '/a/b', value: 1 }]],
    ['goes into a list', { a: [1] }, [{ op: 'add', path: '/a/1', value: 1 }]],
    ['goes into what is not there', {}, [{ op: 'add', path: '/a/b', value: 1 }]],
    [
      'overlaps itself',
      { a: {} },
      [
        { op: 'replace', path: '/a', value: {} },
        { op: 'add', path: '/a/b', value: 1 },
      ],
    ],
    [
      'overlaps itself the other way round',
      { a: {} },
      [
        { op: 'add', path: '/a/b', value: 1 },
        { op: 'replace', path: '/a', value: {} },
      ],
    ],
    [
      'says the same twice',
      {},
      [
        { op: 'add', path: '/a', value: 1 },
        { op: 'add', path: '/a', value: 1 },
      ],
    ],
    ['makes the payload an array', null, [{ op: 'add', path: '', value: [] }]],
  ] satisfies [string, JsonObject | null, DiffOp[]][])('refuses one that %s', (_case, before, ops) => {
    expect(() => applyDiff(before, ops, schema.shape)).toThrow(
      expect.toSatisfy((error) => hasCode(error, 'changeset.does_not_apply')),
    );
  });

  it('names the place of the op that does not apply', () => {
    const ops: DiffOp[] = [{ op: 'remove', path: '/a/b~1c/d' }];
    expect(() => applyDiff({ a: { 'b/c': {} } }, ops, null)).toThrow('diff at "/a/b~1c/d"');
    expect(() => applyDiff({ a: { 'b/c': 1 } }, ops, null)).toThrow('diff at "/a/b~1c"');
  });

  it('gives the new payload from the old one, byte for byte, whatever the order of the ops', () => {
    const cases = schemaWithDocuments().chain((drawn) => {
      const [before = {}, after = {}] = drawn.documents.map((document) => drawn.schema.normalise(document));
      const ops = diffPayloads(before, after, drawn.schema.shape);
      return fc
        .shuffledSubarray(ops, { minLength: ops.length })
        .map((shuffled) => ({ drawn, before, after, shuffled }));
    });
    fc.assert(
      fc.property(cases, ({ drawn, before, after, shuffled }) => {
        const canonicalBefore = canonicalText(before);
        const applied = applyDiff(before, shuffled, drawn.schema.shape);
        expect(canonicalText(applied)).toBe(canonicalText(after));
        expect(canonicalText(before)).toBe(canonicalBefore);
        // In canonical form already, not only once it is sorted.
        expect(applied === null ? null : drawn.schema.normalise(applied)).toBe(applied);
      }),
      { numRuns: lawRuns },
    );
  });

  it('gives the new payload from ops that were stored and read again', () => {
    fc.assert(
      fc.property(schemaWithDocuments(), ({ schema: { shape, normalise }, documents }) => {
        const [before = {}, after = {}] = documents.map(normalise);
        const ops = diffPayloads(before, after, shape);
        const stored: DiffOp[] = JSON.parse(Buffer.from(encodeDiffOps(ops)).toString());
        expect(canonicalText(applyDiff(before, stored, shape))).toBe(canonicalText(after));
      }),
      { numRuns: lawRuns },
    );
  });
});

describe('diff ops', () => {
  it('are sorted by pointer bytes, and none contains another', () => {
    fc.assert(
      fc.property(schemaWithDocuments(), ({ schema: { shape, normalise }, documents }) => {
        const [before = {}, after = {}] = documents.map(normalise);
        const paths = diffPayloads(before, after, shape).map(({ path }) => path);
        for (const [index, path] of paths.entries()) {
          for (const later of paths.slice(index + 1)) {
            expect(compareUtf8(path, later)).toBeLessThan(0);
            expect(isPointerPrefix(path, later)).toBe(false);
            expect(isPointerPrefix(later, path)).toBe(false);
          }
        }
      }),
      { numRuns: lawRuns },
    );
  });

  it('are none between two writings of the same payload', () => {
    const cases = schemaWithDocuments({ documents: 1 }).chain(({ model, schema: drawn, documents: [document = {}] }) =>
      reorderedOf(model, document).map((reordered) => ({ drawn, document, reordered })),
    );
    fc.assert(
      fc.property(cases, ({ drawn, document, reordered }) => {
        expect(diffPayloads(drawn.normalise(document), drawn.normalise(reordered), drawn.shape)).toEqual([]);
      }),
      { numRuns: lawRuns },
    );
  });

  it('are written as canonical JSON', () => {
    fc.assert(
      fc.property(schemaWithDocuments(), ({ schema: { shape, normalise }, documents }) => {
        const [before = {}, after = {}] = documents.map(normalise);
        for (const ops of [
          diffPayloads(before, after, shape),
          diffPayloads(null, after, shape),
          diffPayloads(before, null, shape),
        ]) {
          expect(Buffer.from(encodeDiffOps(ops)).toString()).toBe(canonicalText(ops));
        }
      }),
      { numRuns: lawRuns },
    );
  });

  it('hold the deepest payload that there may be', () => {
    let payload: JsonObject = {};
    for (let depth = 1; depth < 256; depth += 1) payload = { a: payload };
    const text = Buffer.from(encodeDiffOps(diff(null, payload))).toString();
    expect(text).toBe(`[{"op":"add","path":"","value":${canonicalText(payload)}}]`);
  });
});
