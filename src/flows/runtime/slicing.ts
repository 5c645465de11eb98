import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { conflict } from '../../domain/errors.ts';
import { isSettled } from '../../domain/pipeline-state.ts';
import type { ManifestRecord, StatusRecord } from '../../domain/records.ts';
import { backOff } from '../retry.ts';
import { commitSlicing, storeNewChangeSet, storeSlices } from './commit-slicing.ts';
import { computeSlices } from './compute-slices.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { followSources, headAt } from './follow-sources.ts';
import { orRefuse } from './or-refuse.ts';
import { ProjectionHistory } from './projection-history.ts';
import { recomputeSlices } from './recompute-slices.ts';
import type { SlicingInput, SlicingResult } from './runtime.ts';
import { markOwed, settle } from './settle.ts';
import { committedResultOf, erasedResultOf, recomputedResultOf } from './slicing-result.ts';
import {
  gcEpochOf,
  loadSlicingTask,
  parseSlicingInput,
  type SlicingRequest,
  type SlicingTask,
} from './slicing-task.ts';

const ATTEMPTS_MAX = 20;

/** Builds one version's slices under one rule set and commits them (rfc-v4-001 §9-3). */
export async function slicing(
  context: RuntimeContext,
  input: SlicingInput,
  signal?: AbortSignal,
): Promise<SlicingResult> {
  ensureNotAborted(signal);
  return sliceVersion(context, await parseSlicingInput(context, input), signal);
}

/**
 * Attempts a slicing until it is committed or refused; a lost race is read again and planned again.
 * @param first what the first attempt goes by, where the caller has it at hand
 */
export async function sliceVersion(
  context: RuntimeContext,
  request: SlicingRequest,
  signal?: AbortSignal,
  first?: SlicingTask,
): Promise<SlicingResult> {
  let committed: SlicingResult | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    ensureNotAborted(signal);
    const task = (attempt === 1 ? first : undefined) ?? (await loadSlicingTask(context, request));
    const { sliced, settlement } = await attemptAndSettle(context, task);
    // What this call has committed it will report, however often the settling goes round.
    if (sliced !== 'lost' && (committed === undefined || sliced.result.outcome === 'committed'))
      committed = sliced.result;
    if (committed !== undefined && settlement !== 'lost') {
      return reportSliced(context, { ...committed, settled: settlement === 'settled' });
    }
    await backOff(context.retry, attempt);
  }
  throw conflict(
    'slicing.conflict',
    `${request.entityKey} version ${request.version}, rule set ${formatRef(request.ruleSet.ref)}: expected to commit ` +
      `within ${ATTEMPTS_MAX} attempts, found other writers ahead each time. Make the same call again.`,
    { entityKey: request.entityKey, version: request.version, attempts: ATTEMPTS_MAX },
  );
}

interface Attempt {
  readonly sliced: Sliced | 'lost';
  readonly settlement: Awaited<ReturnType<typeof settle>>;
}

async function attemptAndSettle(context: RuntimeContext, read: SlicingTask): Promise<Attempt> {
  const task = await oweFirst(context, read);
  if (task === 'lost') return { sliced: 'lost', settlement: 'lost' };
  const sliced = await attemptSlicing(context, task);
  return { sliced, settlement: await settlementOf(context, task, sliced) };
}

/** Who reads sources to commit from owes them another look, whatever becomes of this process (design §5, rule 2). */
async function oweFirst(context: RuntimeContext, task: SlicingTask): Promise<SlicingTask | 'lost'> {
  if (task.committed !== undefined || !isFollowingSources(context, task)) return task;
  const { request, status: read } = task;
  // Who has claimed a debt marks none: where it is gone, another has paid it, with a commit that is still to be read.
  if (request.claimToken !== undefined && isSettled(read, formatRef(request.ruleSet.ref))) return 'lost';
  // A contract that cannot be recorded leaves no debt behind.
  await context.contracts.bind(task.request.ruleSet.contracts);
  const status = await markOwed(context, task);
  return status === 'lost' ? status : { ...task, status };
}

async function settlementOf(context: RuntimeContext, task: SlicingTask, sliced: Sliced | 'lost') {
  if (sliced === 'lost' || sliced.isOvertaken) return 'lost';
  return sliced.isSettled ? 'settled' : settle(context, { request: task.request, status: sliced.status });
}

interface Sliced {
  readonly result: SlicingResult;
  readonly manifest: ManifestRecord;
  /** As it was read before, but for what the commit made of it. */
  readonly status: StatusRecord;
  readonly isSettled: boolean;
  /** Whether the head moved while its sources were looked at again. */
  readonly isOvertaken: boolean;
}

async function attemptSlicing(context: RuntimeContext, task: SlicingTask): Promise<Sliced | 'lost'> {
  const sliced =
    task.committed === undefined ? await commitFirst(context, task) : await sliceAgain(context, task, task.committed);
  if (sliced === 'lost' || !isFollowingSources(context, task)) return sliced;
  const head = headAt(sliced.manifest, gcEpochOf(task));
  const behind = { ...task, status: sliced.status, head };
  return recheck(context, behind, sliced);
}

async function commitFirst(context: RuntimeContext, task: SlicingTask): Promise<Sliced | 'lost'> {
  const { ruleSet } = task.request;
  // Gated first: a DRAFT that is refused must be free to change before it is published.
  const warnings = context.contracts.gate(ruleSet);
  await context.contracts.bind(ruleSet.contracts);
  const computed = await orRefuse(context, task, () => computeSlices(context, task));
  if (computed === 'again') return 'lost';
  const { outcome, isSettled, status } = await commitSlicing(context, task, computed);
  if (outcome === 'lost') return 'lost';
  const result = committedResultOf(task, computed, { outcome, warnings });
  return { result, manifest: computed.manifest, status, isSettled, isOvertaken: false };
}

async function sliceAgain(context: RuntimeContext, task: SlicingTask, committed: ManifestRecord): Promise<Sliced> {
  await context.contracts.bind(task.request.ruleSet.contracts);
  await storeNewChangeSet(context, task);
  // Its next revision goes on from its sources as they are now; nobody can verify this one any more.
  if (committed.meta.hasErasedSlices === true && isFollowingSources(context, task)) {
    const result = erasedResultOf(task, committed);
    return { result, manifest: committed, status: task.status, isSettled: false, isOvertaken: false };
  }
  const recomputed = await recomputeSlices(context, task, committed);
  await storeSlices(context, task, recomputed);
  const result = recomputedResultOf(task, recomputed);
  return { result, manifest: committed, status: task.status, isSettled: false, isOvertaken: false };
}

/** Only the newest version follows its sources, under a rule set that may do new work. */
function isFollowingSources({ contracts }: RuntimeContext, { request, status, head }: SlicingTask): boolean {
  const { ruleSet, version } = request;
  if (ruleSet.joins.length === 0 || status.version !== version) return false;
  return (head === undefined || head.version <= version) && contracts.mayRun(ruleSet);
}

/** What moved between the reading of the sources and the commit was missed by both its planner and this slicing. */
async function recheck(context: RuntimeContext, task: SlicingTask, sliced: Sliced): Promise<Sliced> {
  const history = new ProjectionHistory(context);
  const followed = await orRefuse<Awaited<ReturnType<typeof followSources>>>(
    context,
    task,
    () => followSources(context, task, sliced.manifest, history),
    'current',
  );
  if (followed === 'current') return sliced;
  if (followed === 'lost' || followed === 'again') return { ...sliced, isOvertaken: true };
  const { computed, status } = followed;
  const outcome = { outcome: 'committed', warnings: sliced.result.warnings } as const;
  return {
    ...sliced,
    result: committedResultOf(followed.task, computed, outcome),
    manifest: computed.manifest,
    status,
  };
}

export function reportSliced({ logger }: RuntimeContext, result: SlicingResult): SlicingResult {
  const { decisionTraceId, tenantId, entityKey, version, revision, slicingId, changesetHash, outcome, mode } = result;
  const ruleSetRef = result.ruleSet.ref;
  logger.debug(
    { decisionTraceId, tenantId, entityKey, version, revision, ruleSetRef, slicingId, changesetHash, outcome, mode },
    'sliced',
  );
  return result;
}
