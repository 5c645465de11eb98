import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIndexKey, parseIndexKey } from '../../../src/domain/inverted-index/index-key.ts';

describe('an index key that somebody wrote', () => {
  it('is taken apart as it was put together, whatever its value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(parseIndexKey(formatIndexKey('tag', value, 'note'))).toEqual({ indexType: 'tag', entityType: 'note' });
      }),
    );
  });

  it.each([
    { what: 'another prefix', key: 'idx#tag#red#note' },
    { what: 'a part too few', key: 'IDX#tag#red' },
    { what: 'a part too many', key: 'IDX#tag#r#ed#note' },
    { what: 'no index type', key: 'IDX##red#note' },
    { what: 'no entity type', key: 'IDX#tag#red#' },
    { what: 'a bare per cent sign', key: 'IDX#tag#50%#note' },
    { what: 'an escape that nobody needs', key: 'IDX#tag#%41#note' },
    { what: 'a control character', key: 'IDX#tag#a\nb#note' },
    { what: 'a number', key: 7 },
  ])('with $what is refused, for no entry can have it', ({ key }) => {
    expect(() => parseIndexKey(key)).toThrow(expect.objectContaining({ code: 'index.key_invalid' }));
  });
});
