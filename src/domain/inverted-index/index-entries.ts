import { type ContentHash, hashCanonical } from '../canonical/hash.ts';
import type { JsonObject } from '../canonical/json-value.ts';
import { compareUtf8 } from '../canonical/key-order.ts';
import type { CompiledRuleSet } from '../contracts/compiled-contracts.ts';
import { selectNodes } from '../contracts/selector.ts';
import { type EntityKey, entityIdOf } from '../identity.ts';
import { JOIN_HINT_SLICE_TYPE, type Pins } from '../records.ts';
import { formatIndexKey, indexValueOf } from './index-key.ts';

/** Where an entity is to be found in the inverted index; stored as a hint (rfc-v4-001 §17). */
export interface IndexEntry {
  readonly indexKey: string;
  readonly shard: number;
  readonly sliceType: string;
  /** `null` for a join-implied entry. */
  readonly sliceHash: ContentHash | null;
}

/** The slice of one type as the index reads it: a tombstone has no entries (rfc-v4-002 §5-4). */
export interface IndexedSlice {
  readonly sliceType: string;
  readonly sliceHash: ContentHash;
  readonly value: JsonObject | null;
}

/** A join as the index sees it: which source it names, there or not; keys and pins both fit. */
export interface IndexedJoin {
  readonly join: { readonly entityType: string; readonly shards: number };
  readonly entityKey: EntityKey | null;
}

/** The sources that a commit named, by its pins: those that were not there, too. */
export function pinnedJoins({ joins }: CompiledRuleSet, pins: Pins) {
  return joins.map((join) => ({ join, entityKey: pins[join.name]?.entityKey ?? null }));
}

/** One entry per join key, whether its source is there or not (rfc-v4-001 §17-8). */
export function impliedEntries(
  ruleSet: CompiledRuleSet,
  entityKey: EntityKey,
  joins: readonly IndexedJoin[],
): readonly IndexEntry[] {
  return sortedUnique(
    joins.flatMap(({ join, entityKey: source }) =>
      source === null
        ? []
        : [
            {
              indexKey: formatIndexKey(join.entityType, entityIdOf(source), ruleSet.entityType),
              shard: shardOf(entityKey, join.shards),
              sliceType: JOIN_HINT_SLICE_TYPE,
              sliceHash: null,
            },
          ],
    ),
  );
}

/** The entries that a rule set declares over the given slices (rfc-v4-001 §17-5). @throws `index.value_invalid`, … */
export function declaredEntries(
  ruleSet: Pick<CompiledRuleSet, 'entityType' | 'indexes'>,
  entityKey: EntityKey,
  slices: readonly IndexedSlice[],
): readonly IndexEntry[] {
  const entries: IndexEntry[] = [];
  for (const slice of slices) {
    if (slice.value === null) continue;
    for (const index of ruleSet.indexes) {
      if (index.fromSlice !== slice.sliceType) continue;
      for (const node of selectNodes(index.selector, slice.value)) {
        const value = indexValueOf(node, index);
        if (value === null) continue;
        entries.push({
          indexKey: formatIndexKey(index.type, value, ruleSet.entityType),
          shard: shardOf(entityKey, index.shards),
          sliceType: slice.sliceType,
          sliceHash: slice.sliceHash,
        });
      }
    }
  }
  return sortedUnique(entries);
}

/** Of a revision's entries those that its version may not have had before: the others are stored since its first commit. */
export function revisedEntries(
  { entityType, indexes }: CompiledRuleSet,
  entityKey: EntityKey,
  slices: readonly IndexedSlice[],
): readonly IndexEntry[] {
  const following = indexes.filter((index) => index.followsSources);
  return following.length === 0 ? [] : declaredEntries({ entityType, indexes: following }, entityKey, slices);
}

/** Spreads a hot value's entities over its shards, the same way for ever. */
export function shardOf(entityKey: EntityKey, shards: number): number {
  if (shards === 1) return 0;
  return Number.parseInt(hashCanonical(entityKey).slice('sha256:'.length, 'sha256:'.length + 8), 16) % shards;
}

function sortedUnique(entries: readonly IndexEntry[]): readonly IndexEntry[] {
  if (entries.length < 2) return entries;
  const sorted = [...entries].sort(compareEntries);
  return sorted.filter((entry, index) => index === 0 || compareEntries(sorted[index - 1] as IndexEntry, entry) !== 0);
}

function compareEntries(left: IndexEntry, right: IndexEntry): number {
  return (
    compareUtf8(left.indexKey, right.indexKey) ||
    left.shard - right.shard ||
    compareUtf8(left.sliceType, right.sliceType)
  );
}
