import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { parseEntityKey } from '../../../src/domain/identity.ts';
import { declaredEntries, impliedEntries, shardOf } from '../../../src/domain/inverted-index/index-entries.ts';
import { formatIndexKey, INDEX_VALUE_BYTES_MAX } from '../../../src/domain/inverted-index/index-key.ts';
import { compileRulesOf, compileSchemaOf } from '../../support/compile-catalogue.ts';
import { schemaContract } from '../../support/product-catalogue.ts';

const ENTITY = parseEntityKey('note#1');
const HASH = hashCanonical('slice');

describe('a declared index', () => {
  it.each<{ readonly value: JsonValue; readonly key: string | null }>([
    { value: 'red', key: 'IDX#tag#red#note' },
    { value: '', key: 'IDX#tag##note' },
    { value: 7, key: 'IDX#tag#7#note' },
    { value: 1e21, key: 'IDX#tag#1e+21#note' },
    { value: true, key: 'IDX#tag#true#note' },
    { value: null, key: null },
    { value: 'a#b', key: 'IDX#tag#a%23b#note' },
    { value: '50%', key: 'IDX#tag#50%25#note' },
    { value: 'a\nb', key: 'IDX#tag#a%0Ab#note' },
    { value: '\u0085', key: 'IDX#tag#%C2%85#note' },
  ])('of $value has the key $key', ({ value, key }) => {
    expect(keysOf([value])).toEqual(key === null ? [] : [key]);
  });

  it('gives one entry for a value that stands there twice, sorted by UTF-8 bytes', () => {
    expect(keysOf(['\u{1F600}', 'b', '\uFB01', 'b', 'a'])).toEqual([
      'IDX#tag#a#note',
      'IDX#tag#b#note',
      'IDX#tag#\uFB01#note',
      'IDX#tag#\u{1F600}#note',
    ]);
  });

  it.each([
    { normalize: 'none', keys: ['IDX#tag#E\u0301#note', 'IDX#tag#\u00C9#note'] },
    { normalize: 'nfc', keys: ['IDX#tag#\u00C9#note'] },
    { normalize: 'nfc-lowercase', keys: ['IDX#tag#\u00E9#note'] },
  ])('normalises text by $normalize', ({ normalize, keys }) => {
    expect(keysOf(['E\u0301', '\u00C9'], { normalize })).toEqual(keys);
  });

  it('is lower-cased and composed for good: doing it again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (text) => {
        const [key] = keysOf([text], { normalize: 'nfc-lowercase' });
        const value = decodeURIComponent(valueIn(key ?? ''));
        expect(keysOf([value], { normalize: 'nfc-lowercase' })).toEqual([key]);
      }),
    );
  });

  it.each<{ readonly what: string; readonly value: JsonValue; readonly code: string }>([
    { what: 'a list', value: ['a'], code: 'index.value_invalid' },
    { what: 'an object', value: {}, code: 'index.value_invalid' },
    { what: 'a value that is too long', value: 'x'.repeat(INDEX_VALUE_BYTES_MAX + 1), code: 'index.value_too_long' },
    {
      what: 'one that is too long once it is escaped',
      value: '#'.repeat(INDEX_VALUE_BYTES_MAX / 2),
      code: 'index.value_too_long',
    },
  ])('refuses $what, and names the index and the place', ({ value, code }) => {
    expect(() => keysOf([value])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(/index tag from NOTE, .*tags\[\*\]/) }),
    );
  });

  it('takes a value that is just as long as it may be', () => {
    expect(keysOf(['x'.repeat(INDEX_VALUE_BYTES_MAX)])).toHaveLength(1);
  });

  it('has no entry for a tombstone, nor for a slice that it does not read', () => {
    const rules = rulesWith({});
    const slices = [
      { sliceType: 'NOTE', sliceHash: HASH, value: null },
      { sliceType: 'OTHER', sliceHash: HASH, value: { tags: ['a'] } },
    ];
    expect(declaredEntries(rules, ENTITY, slices)).toEqual([]);
  });

  it('carries the hash of the slice that it was read from', () => {
    const slices = [{ sliceType: 'NOTE', sliceHash: HASH, value: { tags: ['a'] } }];
    expect(declaredEntries(rulesWith({}), ENTITY, slices)).toEqual([
      { indexKey: 'IDX#tag#a#note', shard: 0, sliceType: 'NOTE', sliceHash: HASH },
    ]);
  });
});

describe('a join-implied index', () => {
  it('has one entry for each source that is named, there or not, and one where two joins name it', () => {
    const join = { entityType: 'brand', shards: 1 };
    const joins = ['brand#B', 'brand#A', 'brand#B'].map((key) => ({ join, entityKey: parseEntityKey(key) }));
    expect(impliedEntries(rulesWith({}), ENTITY, [...joins, { join, entityKey: null }])).toEqual([
      { indexKey: 'IDX#brand#A#note', shard: 0, sliceType: '*', sliceHash: null },
      { indexKey: 'IDX#brand#B#note', shard: 0, sliceType: '*', sliceHash: null },
    ]);
  });
});

describe('an index key', () => {
  it('of one value is never that of another', () => {
    const text = fc.string({ unit: fc.constantFrom('#', '%', '2', '3', '5', 'a', '\n'), maxLength: 5 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(formatIndexKey('t', one, 'e') === formatIndexKey('t', other, 'e')).toBe(one === other);
      }),
      { numRuns: 1000 },
    );
  });

  it('always comes apart into its four parts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const parts = formatIndexKey('t', value, 'e').split('#');
        expect([parts.length, decodeURIComponent(parts[2] ?? '')]).toEqual([4, value]);
      }),
    );
  });
});

describe('a shard', () => {
  it('is one of those that there are, and the same for ever', () => {
    const shards = Array.from({ length: 200 }, (_, id) => shardOf(parseEntityKey(`note#${id}`), 4));
    expect([...new Set(shards)].sort()).toEqual([0, 1, 2, 3]);
    expect(shardOf(parseEntityKey('note#1'), 1)).toBe(0);
    expect([7, 16, 256].map((count) => shardOf(parseEntityKey('note#1'), count))).toEqual(
      [7, 16, 256].map((count) => Number.parseInt(hashCanonical('note#1').slice(7, 15), 16) % count),
    );
  });
});

function rulesWith(index: JsonObject) {
  const schema = schemaContract('note', '1.0.0', { tags: { type: 'array' } });
  return compileRulesOf(
    {
      kind: 'RuleSet',
      id: 'note-core',
      version: '1.0.0',
      status: 'ACTIVE',
      entityType: 'note',
      schemaRef: 'note@1.0.0',
      slices: [
        { type: 'NOTE', fields: { tags: 'tags' } },
        { type: 'OTHER', fields: { tags: 'tags' } },
      ],
      impactMap: [{ path: 'tags', slices: ['NOTE', 'OTHER'] }],
      indexes: [
        {
          type: 'tag',
          fromSlice: 'NOTE',
          selector: { path: 'tags[*]' },
          indexKey: { format: 'IDX#tag#{value}#note' },
          ...index,
        },
      ],
    },
    compileSchemaOf(schema),
  );
}

function keysOf(tags: readonly JsonValue[], index: JsonObject = {}): readonly string[] {
  const slices = [{ sliceType: 'NOTE', sliceHash: HASH, value: { tags } }];
  return declaredEntries(rulesWith(index), ENTITY, slices).map(({ indexKey }) => indexKey);
}

function valueIn(indexKey: string): string {
  return indexKey.split('#')[2] ?? '';
}
