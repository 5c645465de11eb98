import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { slicingTraceIdOf } from '../../domain/decision-trace.ts';
import { isRefusal } from '../../domain/errors.ts';
import { isSettled, owesFanOut } from '../../domain/pipeline-state.ts';
import type { StatusRecord } from '../../domain/records.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { contextWithin } from './caller-transaction.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import type { FollowedChange } from './fan-out/fan-out-calls.ts';
import { fanOutOwed, NOTHING_OWED } from './fan-out/fan-out-owed.ts';
import { followNewest, isFirstStatus, NOTHING_BEFORE } from './follow-newest.ts';
import { insertAndSlice, type SlicedInsert } from './insert-and-slice.ts';
import { type InsertedVersion, insertResultOf, insertVersion, putVersionAlone } from './insert-rawdata.ts';
import type { IngestedRuleSet, IngestInput, IngestResult, InsertOptions } from './runtime.ts';
import { namingTried } from './tried-version.ts';

/** Insert, changeset, slicing under every ACTIVE rule set of the entity's type: the one call per change. */
export function ingest(
  context: RuntimeContext,
  input: IngestInput,
  { signal, within }: InsertOptions = {},
): Promise<IngestResult> {
  return within === undefined ? ingestWhole(context, input, signal) : insertWithin(context, input, { signal, within });
}

/** What follows from the version has to wait until the caller has committed it: until then nobody else sees it. */
async function insertWithin(
  context: RuntimeContext,
  input: IngestInput,
  { signal, within }: { readonly signal: AbortSignal | undefined; readonly within: StoreTransaction },
): Promise<IngestResult> {
  const inserted = await insertVersion(contextWithin(context, within), input, signal);
  const ruleSets = inserted.ruleSets.map(({ ref }) => ({ ruleSetRef: formatRef(ref), outcome: 'owed' as const }));
  const fanOut = { ...NOTHING_OWED, outcome: 'owed' as const };
  return { ...insertResultOf(context, inserted), slicing: 'owed', fanOut, ruleSets };
}

async function ingestWhole(context: RuntimeContext, input: IngestInput, signal?: AbortSignal): Promise<IngestResult> {
  let slicings: Slicings = new Map();
  const inserted = await insertVersion(context, input, signal, async (inserting, change) => {
    const together = await insertAndSlice(context, inserting, change);
    if (together === undefined) return putVersionAlone(context, change);
    slicings = together.slicings;
    return together.status;
  });
  // Soft errors from here on leave a version that is in.
  const naming = <Result>(work: () => Promise<Result>) => namingTried(inserted.rawData.record, work);
  const outcomes =
    inserted.status.version > inserted.rawData.record.version
      ? inserted.ruleSets.map((ruleSet) => ({ ruleSetRef: formatRef(ruleSet.ref), outcome: 'superseded' as const }))
      : await naming(() => followUnderAll(context, inserted, slicings, signal));
  const fanOut = await naming(() => followersOf(context, inserted, outcomes, signal));
  return { ...insertResultOf(context, inserted), slicing: summaryOf(outcomes), fanOut, ruleSets: outcomes };
}

/** Behind its own slices, which others may join; a version that was overtaken leaves it to the newer one. */
async function followersOf(
  context: RuntimeContext,
  inserted: InsertedVersion,
  outcomes: readonly IngestedRuleSet[],
  signal: AbortSignal | undefined,
): Promise<FollowedChange> {
  const { record } = inserted.rawData;
  if (!mayOweFanOut(inserted, outcomes)) return NOTHING_OWED;
  if (outcomes.some(({ outcome }) => outcome === 'superseded')) return { ...NOTHING_OWED, outcome: 'owed' };
  return fanOutOwed(context, record, signal);
}

/** Where the version was in before, a rule set that is newer may have filled it just now. */
function mayOweFanOut({ outcome, status }: InsertedVersion, outcomes: readonly IngestedRuleSet[]): boolean {
  const isFilled = outcome !== 'inserted' && outcomes.some((ruleSet) => 'slicing' in ruleSet);
  return isFilled || owesFanOut(status);
}

/** Of the rule sets that the version was sliced under when it went in. */
type Slicings = SlicedInsert['slicings'];

function summaryOf(outcomes: readonly IngestedRuleSet[]): IngestResult['slicing'] {
  if (outcomes.some((ruleSet) => ruleSet.outcome === 'refused')) return 'refused';
  return outcomes.some((ruleSet) => ruleSet.outcome === 'superseded') ? 'superseded' : 'settled';
}

async function followUnderAll(
  context: RuntimeContext,
  inserted: InsertedVersion,
  slicings: Slicings,
  signal: AbortSignal | undefined,
): Promise<readonly IngestedRuleSet[]> {
  const outcomes: IngestedRuleSet[] = [];
  let status: StatusRecord | undefined = inserted.status;
  // One after the other: each settles its debt in the same status, and a race between them would only cost retries.
  for (const ruleSet of inserted.ruleSets) {
    const ruleSetRef = formatRef(ruleSet.ref);
    const slicing = slicings.get(ruleSetRef);
    if (slicing !== undefined) {
      outcomes.push({ ruleSetRef, outcome: slicing.outcome, slicing });
      continue;
    }
    ensureNotAborted(signal);
    status ??= await rereadStatus(context, inserted.status);
    outcomes.push(await followUnder(context, { ...inserted, status }, ruleSet, signal));
    status = undefined;
  }
  return outcomes;
}

async function rereadStatus({ store }: RuntimeContext, status: StatusRecord): Promise<StatusRecord> {
  const { tenantId, entityKey } = status;
  const [current] = await store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  return current ?? status;
}

async function followUnder(
  context: RuntimeContext,
  inserted: InsertedVersion,
  ruleSet: CompiledRuleSet,
  signal: AbortSignal | undefined,
): Promise<IngestedRuleSet> {
  const ruleSetRef = formatRef(ruleSet.ref);
  const { tenantId, entityKey, version } = inserted.rawData.record;
  if (inserted.status.version > version) return { ruleSetRef, outcome: 'superseded' };
  // No mark may also mean that nobody ever owed it: the rule set is newer than the version.
  if (isSettled(inserted.status, ruleSetRef) && (await isSliced(context, inserted, ruleSet))) {
    return { ruleSetRef, outcome: 'settled' };
  }
  const before = inserted.outcome === 'inserted' && isFirstStatus(inserted.status) ? NOTHING_BEFORE : undefined;
  try {
    const slicing = await followNewest(context, { tenantId, entityKey, version, ruleSet }, signal, inserted, before);
    return { ruleSetRef, outcome: slicing.outcome, slicing };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const decisionTraceId = slicingTraceIdOf({ tenantId, entityKey, version, ruleSetRef });
    return { ruleSetRef, outcome: 'refused', error: error.toJSON(), decisionTraceId };
  }
}

async function isSliced(
  { store }: RuntimeContext,
  { rawData: { record } }: InsertedVersion,
  ruleSet: CompiledRuleSet,
): Promise<boolean> {
  const { tenantId, entityKey, version } = record;
  const [head] = await store.batchGet([{ kind: 'head', tenantId, entityKey, ruleSet: ruleSet.ref }]);
  return head !== undefined && head.version >= version;
}
