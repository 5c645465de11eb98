import { type ContractRef, formatRef } from '../../../domain/contracts/contract-ref.ts';
import { isRefusal } from '../../../domain/errors.ts';
import { declaredEntries, type IndexEntry } from '../../../domain/inverted-index/index-entries.ts';
import type { HintRecord, SliceRecord, StoredSliceSummary } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { judgeHint } from '../inverted-index/look-up-index.ts';
import { sweepHints } from '../inverted-index/sweep-hints.ts';
import { pagesOf } from '../range-pages.ts';
import { parseSlice } from '../stored-slice.ts';

const PAGE_LIMIT = 1_000;

/**
 * Deletes the index entries that only a slice gives which no commit names: nobody finds them once it is gone. Judged as
 * every sweep judges them, so that none goes that a commit counts on, or is about to (design: no parent is missed).
 * @returns `awaited`: an entry is ahead of the head, and may still be needed, as may the slice
 */
export async function releaseEntries(
  context: RuntimeContext,
  summary: StoredSliceSummary,
  signal?: AbortSignal,
): Promise<'released' | 'awaited'> {
  for (const entry of await entriesGivenBy(context, summary)) {
    const query = { range: 'hints', tenantId: summary.tenantId, ...placeOf(entry), limit: PAGE_LIMIT } as const;
    for await (const hints of pagesOf(context, query, signal)) {
      const own = hints.filter((hint) => isOf(hint, summary));
      const judged = await Promise.all(own.map((hint) => judgeHint(context, hint)));
      const stale = judged.filter(({ standing }) => standing === 'stale').map(({ hint }) => hint);
      const isKept = (await sweepHints(context, stale)) < stale.length;
      if (isKept || judged.some(({ standing }) => standing === 'pending' || standing === 'unreadable'))
        return 'awaited';
    }
  }
  return 'released';
}

/** What cannot be read gave no entry. */
async function entriesGivenBy(context: RuntimeContext, summary: StoredSliceSummary): Promise<readonly IndexEntry[]> {
  const { entityKey, sliceType, sliceHash, isTombstone, isErased } = summary;
  if (isTombstone || isErased) return [];
  const ruleSet = await context.contracts.ruleSet(summary.ruleSet);
  if (!ruleSet.indexes.some(({ fromSlice }) => fromSlice === sliceType)) return [];
  const [slice] = await context.store.batchGet([{ kind: 'slice', ...summary }]);
  const value = slice && contentOf(slice);
  return value === undefined ? [] : declaredEntries(ruleSet, entityKey, [{ sliceType, sliceHash, value }]);
}

function contentOf(slice: SliceRecord): ReturnType<typeof parseSlice> | undefined {
  try {
    return parseSlice(slice);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

function placeOf({ indexKey, shard }: IndexEntry) {
  return { indexKey, shard };
}

interface Indexed {
  readonly entityKey: string;
  readonly ruleSet: ContractRef;
  readonly sliceType: string;
}

function isOf(hint: HintRecord, { entityKey, ruleSet, sliceType }: Indexed): boolean {
  return hint.entityKey === entityKey && hint.sliceType === sliceType && formatRef(hint.ruleSet) === formatRef(ruleSet);
}
