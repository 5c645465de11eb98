import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { conflict, isRefusal } from '../../domain/errors.ts';
import type { ManifestRecord } from '../../domain/records.ts';
import { backOff } from '../retry.ts';
import { commitSlicing, storeNewChangeSet, storeSlices } from './commit-slicing.ts';
import { type ComputedSlicing, computeSlices } from './compute-slices.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { recomputeSlices } from './recompute-slices.ts';
import type { SlicingInput, SlicingResult } from './runtime.ts';
import { logRefusal, recordRefusal, settle } from './settle.ts';
import { committedResultOf, recomputedResultOf } from './slicing-result.ts';
import { loadSlicingTask, parseSlicingInput, type SlicingRequest, type SlicingTask } from './slicing-task.ts';

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
    const sliced = await attemptSlicing(context, task);
    // What this call has committed it will report, however often the settling goes round.
    if (sliced !== 'lost') committed ??= sliced.result;
    const settlement = sliced === 'lost' ? 'lost' : sliced.isSettled ? 'settled' : await settle(context, task);
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

interface Sliced {
  readonly result: SlicingResult;
  readonly isSettled: boolean;
}

async function attemptSlicing(context: RuntimeContext, task: SlicingTask): Promise<Sliced | 'lost'> {
  if (task.committed !== undefined)
    return { result: await sliceAgain(context, task, task.committed), isSettled: false };
  const { ruleSet } = task.request;
  // Gated first: a DRAFT that is refused must be free to change before it is published.
  const warnings = context.contracts.gate(ruleSet);
  await context.contracts.bind(ruleSet.contracts);
  const computed = await computeOrRefuse(context, task);
  if (computed === 'lost') return 'lost';
  const { outcome, isSettled } = await commitSlicing(context, task, computed);
  if (outcome === 'lost') return 'lost';
  return { result: committedResultOf(task, computed, { outcome, warnings }), isSettled };
}

async function sliceAgain(
  context: RuntimeContext,
  task: SlicingTask,
  committed: ManifestRecord,
): Promise<SlicingResult> {
  await context.contracts.bind(task.request.ruleSet.contracts);
  await storeNewChangeSet(context, task);
  const recomputed = await recomputeSlices(context, task, committed);
  await storeSlices(context, task, recomputed);
  return recomputedResultOf(task, recomputed);
}

async function computeOrRefuse(context: RuntimeContext, task: SlicingTask): Promise<ComputedSlicing | 'lost'> {
  try {
    return await computeSlices(context, task);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // What changed is known, whether it can be sliced or not; another attempt reads it from the store.
    await storeNewChangeSet(context, task);
    if ((await recordRefusal(context, task, error)) === 'again') return 'lost';
    logRefusal(context, task.request, error);
    throw error;
  }
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
