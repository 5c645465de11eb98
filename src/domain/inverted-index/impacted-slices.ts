import { compareUtf8 } from '../canonical/key-order.ts';
import type { ContractRefText } from '../contracts/contract-ref.ts';

/** Why a slice is among those that a change concerns. */
export type ImpactReason =
  /** The changed entity's own slice. */
  | { readonly because: 'own' }
  /** A joined source is not what the slice was made from. */
  | { readonly because: 'source'; readonly sources: readonly string[] }
  /** Its entity's own slicing has not settled, so nobody can tell what it was made from. */
  | { readonly because: 'owed' };

/** One element of the ImpactedSliceKeySet (rfc-v4-001 §11-3), under the rule set that makes it. */
export type ImpactedSliceKey = ImpactReason & {
  readonly entityKey: string;
  readonly version: number;
  readonly sliceType: string;
  readonly ruleSetRef: ContractRefText;
};

/** By entity key, version, slice type and rule set (rfc-v4-002 §4), each key once. */
export function sortImpactedSlices(keys: readonly ImpactedSliceKey[]): readonly ImpactedSliceKey[] {
  const sorted = [...keys].sort(compareKeys);
  // Each is behind the one before; the first has none.
  return sorted.filter((key, index) => index === 0 || compareKeys(sorted[index - 1] as ImpactedSliceKey, key) !== 0);
}

function compareKeys(left: ImpactedSliceKey, right: ImpactedSliceKey): number {
  return (
    compareUtf8(left.entityKey, right.entityKey) ||
    left.version - right.version ||
    compareUtf8(left.sliceType, right.sliceType) ||
    compareUtf8(left.ruleSetRef, right.ruleSetRef)
  );
}
