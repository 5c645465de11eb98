import { sortedUniqueUtf8 } from '../canonical/key-order.ts';
import type { CompiledRuleSet, SliceRule } from '../contracts/compiled-contracts.ts';
import type { Pins, RebuildReason } from '../records.ts';
import type { ResolvedJoins } from './light-join.ts';

/** Slice type → why it is built; what is not in it is shared with the base. */
export type RebuildPlan = ReadonlyMap<string, RebuildReason>;

export interface IncrementalChange {
  readonly ruleSet: CompiledRuleSet;
  /** Slice type → the changed paths that concern it (rfc-v4-001 §9-2). */
  readonly impact: ReadonlyMap<string, readonly string[]>;
  readonly basePins: Pins;
  readonly joins: ResolvedJoins;
}

const FULL: RebuildReason = { reason: 'full' };

export function planFullRebuild(ruleSet: CompiledRuleSet): RebuildPlan {
  return new Map(ruleSet.slices.map((rule) => [rule.type, FULL]));
}

/**
 * What an INCREMENTAL builds: the types that the ChangeSet concerns and, whatever it says, all types of a join whose
 * projection is not the base's.
 */
export function planIncrementalRebuild(change: IncrementalChange): RebuildPlan {
  const plan = new Map<string, RebuildReason>();
  for (const rule of change.ruleSet.slices) {
    const paths = change.impact.get(rule.type);
    const movedJoins = movedJoinsOf(rule, change);
    if (paths !== undefined) plan.set(rule.type, { reason: 'change', paths: sortedUniqueUtf8(paths) });
    else if (movedJoins.length > 0) plan.set(rule.type, { reason: 'join', joins: movedJoins });
  }
  return plan;
}

function movedJoinsOf(rule: SliceRule, { basePins, joins }: IncrementalChange): readonly string[] {
  return rule.joins.filter((name) => basePins[name]?.projectionHash !== joins.get(name)?.pin.projectionHash);
}
