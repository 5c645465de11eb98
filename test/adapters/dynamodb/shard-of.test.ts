import { describe, expect, it } from 'vitest';
import { shardOf } from '../../../src/adapters/dynamodb/shard-of.ts';
import { parseEntityKey } from '../../../src/domain/identity.ts';

describe('the shard of an entity', () => {
  // Computed by another program from the published algorithm: what is stored is found again only by the same function.
  it.each([
    ['product#P1', 3_063_493_362],
    ['product#P2', 3_046_715_743],
    ['brand#\u{1f9c0}', 4_170_688_889],
  ])('of %s is that of its FNV-1a hash', (entityKey, hash) => {
    for (const shards of [1, 8, 13]) expect(shardOf(parseEntityKey(entityKey), shards)).toBe(hash % shards);
  });

  it('is one of them, each about as often', () => {
    const counts = Array.from({ length: 8 }, () => 0);
    for (let id = 0; id < 8_000; id += 1) {
      const shard = shardOf(parseEntityKey(`product#P${id}`), 8);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
