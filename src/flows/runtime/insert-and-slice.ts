import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { type ContractRefText, formatRef } from '../../domain/contracts/contract-ref.ts';
import { isSlicewiseError } from '../../domain/errors.ts';
import type { StatusRecord } from '../../domain/records.ts';
import type { InsertChange, Write } from '../../ports/store.ts';
import { commitWrites, isWholeInOneStep } from './commit-slicing.ts';
import { computeUnjoined } from './compute-slices.ts';
import type { RuntimeContext } from './context.ts';
import { statusWhenFilled } from './filled-version.ts';
import { isFirstStatus, loadStateBefore, NOTHING_BEFORE, planNewest } from './follow-newest.ts';
import type { InsertedVersion } from './insert-rawdata.ts';
import type { SlicingResult } from './runtime.ts';
import { statusWhenSettled } from './settle.ts';
import { reportSliced } from './slicing.ts';
import { committedResultOf } from './slicing-result.ts';
import type { Following, SlicingTask } from './slicing-task.ts';

/** A version that went in together with its slices. */
export interface SlicedInsert {
  /** As it stands then: what was sliced is settled. */
  readonly status: StatusRecord;
  readonly slicings: ReadonlyMap<ContractRefText, SlicingResult>;
}

/**
 * Insert, slicing and settling in one atomic step, where the store can, under the rule sets that need nothing but the
 * version itself.
 * @returns `undefined` where that does not go, and nothing was changed: step by step it shows why
 */
export async function insertAndSlice(
  context: RuntimeContext,
  inserting: InsertedVersion,
  change: InsertChange,
): Promise<SlicedInsert | undefined> {
  const ruleSets = inserting.ruleSets.filter(isWholeInOneStep);
  if (context.store.writeTogether === undefined || ruleSets.length === 0) return undefined;
  const plans = await plansOrNone(context, inserting, ruleSets);
  if (plans === undefined) return undefined;
  // One write of the status stands for the insert and every settling.
  const { counter } = change.status;
  const status: StatusRecord = { ...(plans.at(-1)?.settled ?? change.status), counter };
  const insert = { call: 'insert', rawData: change.rawData, status, expectedCounter: change.expectedCounter } as const;
  const together = await context.store.writeTogether([insert, ...plans.flatMap((plan) => plan.writes)]);
  if (together === 'refused') return undefined;
  const slicings = plans.map(({ ruleSetRef, result }) => [ruleSetRef, reportSliced(context, result)] as const);
  return { status, slicings: new Map(slicings) };
}

interface PlannedSlicing {
  readonly ruleSetRef: ContractRefText;
  readonly writes: readonly Write[];
  readonly settled: StatusRecord;
  readonly result: SlicingResult;
}

async function plansOrNone(
  context: RuntimeContext,
  inserting: InsertedVersion,
  ruleSets: readonly CompiledRuleSet[],
): Promise<readonly PlannedSlicing[] | undefined> {
  try {
    const plans: PlannedSlicing[] = [];
    // One after the other: each takes its debt off the status that the one before it left.
    for (const ruleSet of ruleSets) {
      const warnings = context.contracts.gate(ruleSet);
      const binding = context.contracts.bind(ruleSet.contracts);
      if (binding !== undefined) await binding;
      const following = followingOf(inserting, ruleSet);
      const before = isFirstStatus(inserting.status) ? NOTHING_BEFORE : await loadStateBefore(context, following);
      const newest = { rawData: inserting.rawData, status: plans.at(-1)?.settled ?? inserting.status };
      const task = planNewest(context, following, newest, before);
      // Whoever joins it came to be known at this very moment: its commit has the status to itself.
      if ((await statusWhenFilled(context, task)) !== null) return undefined;
      plans.push(planSlicing(context, task, warnings));
    }
    return plans;
  } catch (error) {
    // Step by step the version goes in all the same, and what is wrong shows behind it.
    if (isSlicewiseError(error)) return undefined;
    throw error;
  }
}

function followingOf({ rawData }: InsertedVersion, ruleSet: CompiledRuleSet): Following {
  const { tenantId, entityKey, version } = rawData.record;
  return { tenantId, entityKey, version, ruleSet };
}

function planSlicing(context: RuntimeContext, task: SlicingTask, warnings: readonly string[]): PlannedSlicing {
  const computed = computeUnjoined(context, task);
  const result = committedResultOf(task, computed, { outcome: 'committed', warnings });
  return {
    ruleSetRef: formatRef(task.request.ruleSet.ref),
    writes: commitWrites(task, computed),
    settled: statusWhenSettled(context, task) ?? task.status,
    result: { ...result, settled: true },
  };
}
