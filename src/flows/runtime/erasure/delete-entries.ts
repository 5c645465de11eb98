import type { CompiledRuleSet } from '../../../domain/contracts/compiled-contracts.ts';
import { type ContractRef, formatRef } from '../../../domain/contracts/contract-ref.ts';
import { isRefusal } from '../../../domain/errors.ts';
import type { Version } from '../../../domain/identity.ts';
import type { IndexEntry, IndexedSlice } from '../../../domain/inverted-index/index-entries.ts';
import type { EntityAddress, HintRecord, SliceRecord } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { sweepHints } from '../inverted-index/sweep-hints.ts';
import { pagesOf } from '../range-pages.ts';
import { parseSlice } from '../stored-slice.ts';

const PAGE_LIMIT = 1_000;

/** Index keys hold values of slices. Those of one entity under a rule set, each once, however many slices gave them. */
export class IndexValues {
  readonly #entriesOf: (ruleSet: CompiledRuleSet, slices: readonly IndexedSlice[]) => readonly IndexEntry[];
  readonly #found = new Map<string, IndexEntry>();

  constructor(entriesOf: (ruleSet: CompiledRuleSet, slices: readonly IndexedSlice[]) => readonly IndexEntry[]) {
    this.#entriesOf = entriesOf;
  }

  get entries(): readonly IndexEntry[] {
    return [...this.#found.values()];
  }

  add(ruleSet: CompiledRuleSet, slices: readonly SliceRecord[]): void {
    for (const slice of slices) {
      for (const entry of this.#entriesIn(ruleSet, slice)) this.#found.set(nameOf(entry), entry);
    }
  }

  remove(ruleSet: CompiledRuleSet, slices: readonly SliceRecord[]): void {
    for (const slice of slices) {
      for (const entry of this.#entriesIn(ruleSet, slice)) this.#found.delete(nameOf(entry));
    }
  }

  /** Damage must not keep anything from being erased, and what cannot be read gave no entry. */
  #entriesIn(ruleSet: CompiledRuleSet, slice: SliceRecord): readonly IndexEntry[] {
    if (slice.payload === null) return [];
    try {
      const { sliceType, sliceHash } = slice;
      return this.#entriesOf(ruleSet, [{ sliceType, sliceHash, value: parseSlice(slice) }]);
    } catch (error) {
      if (isRefusal(error)) return [];
      throw error;
    }
  }
}

function nameOf({ indexKey, shard, sliceType }: IndexEntry): string {
  return [indexKey, shard, sliceType].join('\n');
}

export interface EntriesToDelete extends EntityAddress {
  readonly ruleSet: ContractRef;
  readonly entries: readonly IndexEntry[];
  /** Entries of later versions are left alone. */
  readonly upTo?: Version;
}

/** @returns how many hints were there, and are gone */
export async function deleteEntries(
  context: RuntimeContext,
  { tenantId, entityKey, ruleSet, entries, upTo }: EntriesToDelete,
  signal?: AbortSignal,
): Promise<number> {
  let deleted = 0;
  for (const { indexKey, shard, sliceType } of entries) {
    const query = { range: 'hints', tenantId, indexKey, shard, limit: PAGE_LIMIT } as const;
    const isMeant = (hint: HintRecord) =>
      (upTo === undefined || hint.version <= upTo) &&
      hint.entityKey === entityKey &&
      hint.sliceType === sliceType &&
      formatRef(hint.ruleSet) === formatRef(ruleSet);
    for await (const hints of pagesOf(context, query, signal)) {
      deleted += await sweepHints(context, hints.filter(isMeant));
    }
  }
  return deleted;
}
