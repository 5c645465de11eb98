import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { slicingTraceIdOf } from '../../domain/decision-trace.ts';
import { isRefusal } from '../../domain/errors.ts';
import { isSettled } from '../../domain/pipeline-state.ts';
import type { StatusRecord } from '../../domain/records.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { followNewest, type NewestAtHand } from './follow-newest.ts';
import { type InsertedVersion, insertResultOf, insertVersion } from './insert-rawdata.ts';
import type { IngestedRuleSet, IngestInput, IngestResult } from './runtime.ts';

/** Insert, changeset, slicing under every ACTIVE rule set of the entity's type: the one call per change. */
export async function ingest(context: RuntimeContext, input: IngestInput, signal?: AbortSignal): Promise<IngestResult> {
  const inserted = await insertVersion(context, input, signal);
  const { ruleSets } = inserted;
  const outcomes =
    inserted.status.version > inserted.rawData.record.version
      ? ruleSets.map((ruleSet) => ({ ruleSetRef: formatRef(ruleSet.ref), outcome: 'superseded' as const }))
      : await followUnderAll(context, inserted, ruleSets, signal);
  return { ...insertResultOf(context, inserted), slicing: summaryOf(outcomes), ruleSets: outcomes };
}

function summaryOf(outcomes: readonly IngestedRuleSet[]): IngestResult['slicing'] {
  if (outcomes.some((ruleSet) => ruleSet.outcome === 'refused')) return 'refused';
  return outcomes.some((ruleSet) => ruleSet.outcome === 'superseded') ? 'superseded' : 'settled';
}

async function followUnderAll(
  context: RuntimeContext,
  inserted: InsertedVersion,
  ruleSets: readonly CompiledRuleSet[],
  signal: AbortSignal | undefined,
): Promise<readonly IngestedRuleSet[]> {
  const outcomes: IngestedRuleSet[] = [];
  let { status } = inserted;
  // One after the other: each settles its debt in the same status, and a race between them would only cost retries.
  for (const ruleSet of ruleSets) {
    ensureNotAborted(signal);
    if (outcomes.length > 0) status = await rereadStatus(context, status);
    outcomes.push(await followUnder(context, atHand(inserted, status), ruleSet, signal));
  }
  return outcomes;
}

function atHand({ outcome, rawData }: InsertedVersion, status: StatusRecord): NewestAtHand {
  // The counter of an entity's very first status is 1, and only its insert writes that.
  return { rawData, status, isFirstVersion: outcome === 'inserted' && status.counter === 1 };
}

async function rereadStatus({ store }: RuntimeContext, status: StatusRecord): Promise<StatusRecord> {
  const { tenantId, entityKey } = status;
  const [current] = await store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  return current ?? status;
}

async function followUnder(
  context: RuntimeContext,
  newest: NewestAtHand,
  ruleSet: CompiledRuleSet,
  signal: AbortSignal | undefined,
): Promise<IngestedRuleSet> {
  const ruleSetRef = formatRef(ruleSet.ref);
  const { tenantId, entityKey, version } = newest.rawData.record;
  if (newest.status.version > version) return { ruleSetRef, outcome: 'superseded' };
  // No mark may also mean that nobody ever owed it: the rule set is newer than the version.
  if (isSettled(newest.status, ruleSetRef) && (await isSliced(context, newest, ruleSet))) {
    return { ruleSetRef, outcome: 'settled' };
  }
  try {
    const slicing = await followNewest(context, { tenantId, entityKey, version, ruleSet }, signal, newest);
    return { ruleSetRef, outcome: slicing.outcome, slicing };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const decisionTraceId = slicingTraceIdOf({ tenantId, entityKey, version, ruleSetRef });
    return { ruleSetRef, outcome: 'refused', error: error.toJSON(), decisionTraceId };
  }
}

async function isSliced(
  { store }: RuntimeContext,
  { rawData: { record } }: NewestAtHand,
  ruleSet: CompiledRuleSet,
): Promise<boolean> {
  const { tenantId, entityKey, version } = record;
  const [head] = await store.batchGet([{ kind: 'head', tenantId, entityKey, ruleSet: ruleSet.ref }]);
  return head !== undefined && head.version >= version;
}
