import type { ContractBindingRecord, IndexStateRecord } from '../records.ts';

/**
 * Whether a tenant's index can be trusted to name all parents under a rule set. What was said of it last counts; before
 * anything was said, how the rule set was bound. One that the store does not know has committed nothing, and whoever
 * commits under it first looks at its sources once more afterwards.
 */
export function isIndexComplete(
  state: IndexStateRecord | undefined,
  binding: ContractBindingRecord | undefined,
): boolean {
  if (state !== undefined) return state.state === 'COMPLETE';
  return binding === undefined || binding.isIndexedFromStart;
}
