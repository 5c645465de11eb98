import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSortedShards } from '../../../src/adapters/dynamodb/sorted-shards.ts';
import { compareUtf8, sortUtf8 } from '../../../src/domain/canonical/key-order.ts';

const keys = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', '\ufffd', '\u{1f9c0}'), maxLength: 4 }), {
  maxLength: 60,
});

describe('keys of several shards', () => {
  it('are read as if they lay in one, wherever each of them lies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(keys, { minLength: 1, maxLength: 4 }),
        fc.option(fc.constantFrom('', 'a', 'ba', '\u{1f9c0}'), { nil: undefined }),
        fc.integer({ min: 1, max: 40 }),
        async (lists, after, limit) => {
          const shards = lists.map((list, shard) => sortUtf8(list.map((key) => `${key}${shard}`)));
          const read = await readSortedShards({ shards: shards.length, after, limit }, async (shard, behind, count) => {
            const rest = (shards[shard] ?? []).filter((key) => behind === undefined || compareUtf8(key, behind) > 0);
            return { keys: rest.slice(0, count), hasMore: rest.length > count };
          });
          const expected = sortUtf8(shards.flat().filter((key) => after === undefined || compareUtf8(key, after) > 0));
          expect(read).toEqual(expected.slice(0, limit));
        },
      ),
    );
  });

  it('cost one read of each where they are spread evenly', async () => {
    const reads: number[] = [];
    const page = await readSortedShards({ shards: 8, after: undefined, limit: 101 }, async (shard, after, count) => {
      reads.push(shard);
      const first = after === undefined ? 0 : Number(after.slice(0, 3)) + 1;
      return {
        keys: Array.from({ length: count }, (_, index) => `${String(first + index).padStart(3, '0')}-${shard}`),
        hasMore: true,
      };
    });
    expect(page.length).toBe(101);
    expect(reads).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('end where an answer that promises more brings nothing', async () => {
    const read = readSortedShards({ shards: 1, after: undefined, limit: 5 }, async () => ({ keys: [], hasMore: true }));
    await expect(read).resolves.toEqual([]);
  });
});
