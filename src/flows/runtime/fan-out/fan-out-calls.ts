import type { ContentHash } from '../../../domain/canonical/hash.ts';
import type { ContractRefText } from '../../../domain/contracts/contract-ref.ts';
import type { ErrorReport } from '../../../domain/errors.ts';
import type { ImpactedSliceKey } from '../../../domain/inverted-index/impacted-slices.ts';

/** A change of one entity, which others may have joined. */
export interface FanOutChange {
  readonly entityKey: string;
  /** Up to here everything has followed; 0: from the beginning. */
  readonly fromVersion: number;
  /** The entity's newest version. */
  readonly toVersion: number;
}

export interface PlanFanOutInput extends FanOutChange {
  readonly tenantId: string;
}

/** Many changes at once: their key sets are merged, and each parent is built again once. */
export interface PlanFanOutsInput {
  readonly tenantId: string;
  readonly changes: readonly FanOutChange[];
}

/** A change as it was planned. */
export interface PlannedChange extends FanOutChange {
  /**
   * Up to where everything will have followed: `toVersion`, or less where a join reads a slice type of the entity that
   * is not built so far.
   */
  readonly settlesTo: number;
  /** The status' count of fills before the plan looked at anything: one that came in since is unknown to it. */
  readonly fills: number;
}

/** An index entry that nothing supports any more; swept under exactly this version and revision. */
export interface StaleHint {
  readonly indexKey: string;
  readonly shard: number;
  readonly entityKey: string;
  readonly ruleSetRef: ContractRefText;
  readonly sliceType: string;
  readonly version: number;
  readonly revision: number;
}

/** Which slices some changes concern (rfc-v4-001 §11): plain JSON, to be printed, stored, reviewed, applied elsewhere. */
export interface FanOutPlan {
  readonly kind: 'fan-out-plan';
  readonly format: 1;
  readonly tenantId: string;
  /** Sorted by entity key. */
  readonly changes: readonly PlannedChange[];
  /** The ImpactedSliceKeySet: sorted by entity key, version, slice type and rule set. */
  readonly slices: readonly ImpactedSliceKey[];
  /** Sorted. */
  readonly staleHints: readonly StaleHint[];
  readonly counts: {
    /** (parent, rule set) pairs that are to be built again. */
    readonly parents: number;
    /** Those that join a changed entity, but take nothing from it that changed. */
    readonly cutOff: number;
    /** Index entries of rule sets that are ARCHIVED. */
    readonly skippedArchived: number;
  };
  readonly planHash: ContentHash;
}

export interface RefusedFollower {
  readonly entityKey: string;
  readonly ruleSetRef: ContractRefText;
  readonly error: ErrorReport;
}

export interface FanOutProgress {
  /** (entity, rule set) pairs that are done, of `total`. */
  readonly done: number;
  readonly total: number;
}

export interface FanOutResult {
  readonly planHash: ContentHash;
  /** Parents whose head got its next revision. */
  readonly revised: number;
  /** Entities whose own slicing was owed, and is done. */
  readonly sliced: number;
  /** Found up to date: somebody else was faster, or the plan was applied before. */
  readonly unchanged: number;
  /**
   * They keep their last revision; sorted by entity key. One whose status does not say so, because its contract may not
   * run now, leaves the plan's changes owed.
   */
  readonly refused: readonly RefusedFollower[];
  readonly sweptHints: number;
  /** Changes of which nothing is owed any more. */
  readonly settled: number;
}

/** What became of those that join a changed entity. */
export interface FollowedChange {
  /** `owed`: not all of them could follow, see `error`; `resume` tries again. */
  readonly outcome: 'settled' | 'owed';
  readonly revised: number;
  readonly sliced: number;
  /** They take nothing from the entity that changed. */
  readonly cutOff: number;
  /** They keep their last revision, and say so in their status. */
  readonly refused: number;
  /** Why it stays owed: more parents than `maxFanout`, say. Those under other rule sets have followed all the same. */
  readonly error?: ErrorReport;
}
