import type { EntityKey } from '../../domain/identity.ts';

// FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * In which of a tenant's shards an entity is listed. A part of the format: what is stored is found again only by the
 * same function.
 */
export function shardOf(entityKey: EntityKey, shards: number): number {
  let hash = OFFSET_BASIS;
  for (const byte of Buffer.from(entityKey)) hash = Math.imul(hash ^ byte, PRIME);
  return (hash >>> 0) % shards;
}
