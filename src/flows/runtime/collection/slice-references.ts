import type { StoredSliceSummary } from '../../../domain/records.ts';
import type { RuleSetAddress } from '../../../ports/store.ts';
import type { RuntimeContext } from '../context.ts';
import { pagesOf } from '../range-pages.ts';

/** A manifest is up to 20 KB: a page of them is not much to hold. */
const PAGE_LIMIT = 100;

/** Those of an entity's slices under a rule set that none of its manifests names; no other entity's can. */
export async function unreferencedAmong(
  context: RuntimeContext,
  { tenantId, entityKey, ruleSet }: RuleSetAddress,
  slices: readonly StoredSliceSummary[],
  signal?: AbortSignal,
): Promise<readonly StoredSliceSummary[]> {
  const left = new Map(slices.map((slice) => [nameOf(slice.sliceType, slice.sliceHash), slice]));
  const query = { range: 'manifests', tenantId, entityKey, ruleSet, order: 'ascending', limit: PAGE_LIMIT } as const;
  for await (const manifests of pagesOf(context, query, signal)) {
    for (const { slices: named } of manifests) {
      for (const [sliceType, sliceHash] of Object.entries(named)) left.delete(nameOf(sliceType, sliceHash));
    }
    if (left.size === 0) break;
  }
  return [...left.values()];
}

function nameOf(sliceType: string, sliceHash: string): string {
  return `${sliceType}\n${sliceHash}`;
}
