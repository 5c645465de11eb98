import { canonicalText } from '../../domain/canonical/canonicalize.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { decisionTraceIdOf } from '../../domain/decision-trace.ts';
import { conflict, isSlicewiseError, type SlicewiseError } from '../../domain/errors.ts';
import type { HeadRecord, ManifestRecord, SliceRecord } from '../../domain/records.ts';
import { assertSameSlices } from '../../domain/slice/manifest.ts';
import type { HeadChange } from '../../ports/store.ts';
import { backOff } from '../retry.ts';
import { type ComputedSlicing, computeSlices } from './compute-slices.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { storeChangeSet } from './create-change-set.ts';
import { recomputeSlices } from './recompute-slices.ts';
import type { SlicingInput, SlicingResult } from './runtime.ts';
import { recordRefusal, settle } from './settle.ts';
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
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    ensureNotAborted(signal);
    const task = (attempt === 1 ? first : undefined) ?? (await loadSlicingTask(context, request));
    const result = await attemptSlicing(context, task);
    if (result !== 'lost') return logged(context, result);
    await backOff(context.retry, attempt);
  }
  throw conflict(
    'slicing.conflict',
    `${request.entityKey} version ${request.version}, rule set ${formatRef(request.ruleSet.ref)}: expected to commit ` +
      `within ${ATTEMPTS_MAX} attempts, found other writers ahead each time. Make the same call again.`,
    { entityKey: request.entityKey, version: request.version, attempts: ATTEMPTS_MAX },
  );
}

async function attemptSlicing(context: RuntimeContext, task: SlicingTask): Promise<SlicingResult | 'lost'> {
  const { ruleSet } = task.request;
  if (task.committed !== undefined) {
    await context.contracts.bind(ruleSet.contracts);
    await storeNewChangeSet(context, task);
    const recomputed = await recomputeSlices(context, task, task.committed);
    const settled = await settle(context, task.request, task.status);
    return recomputedResultOf(task, recomputed, settled);
  }
  // Gated first: a DRAFT that is refused must be free to change before it is published.
  const warnings = context.contracts.gate(ruleSet);
  await context.contracts.bind(ruleSet.contracts);
  const computed = await computeOrRefuse(context, task);
  if (computed === 'lost') return 'lost';
  const outcome = await commitSlicing(context, task, computed);
  if (outcome === 'lost') return 'lost';
  const settled = await settle(context, task.request, task.status);
  return committedResultOf(task, computed, { outcome, settled, warnings });
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

async function storeNewChangeSet(context: RuntimeContext, { newChangeSet }: SlicingTask): Promise<void> {
  if (newChangeSet !== null) await storeChangeSet(context, newChangeSet);
}

function isRefusal(error: unknown): error is SlicewiseError {
  return isSlicewiseError(error) && !error.retryable && error.category !== 'Aborted';
}

/** Stores all that the manifest names, then moves manifest and head in one step (L5). */
async function commitSlicing(
  context: RuntimeContext,
  task: SlicingTask,
  computed: ComputedSlicing,
): Promise<'committed' | 'unchanged' | 'lost'> {
  const { store } = context;
  await Promise.all([
    storeNewChangeSet(context, task),
    store.putOnce(sliceRecordsOf(task, computed)),
    store.putHints(computed.declaredHints),
  ]);
  const { manifest } = computed;
  const outcome = await store.commit({ manifest, head: headChangeOf(task, manifest) });
  switch (outcome.outcome) {
    case 'committed':
      return 'committed';
    case 'head_moved':
      return 'lost';
    case 'manifest_exists':
      return settledByAnother(outcome.manifest, manifest) ? 'unchanged' : 'lost';
  }
}

/** Equal hashes: our own commit whose answer got lost, or a racer's. Equal pins but other slices break L2. */
function settledByAnother(committed: ManifestRecord, computed: ManifestRecord): boolean {
  if (committed.manifestHash === computed.manifestHash) return true;
  if (canonicalText(committed.pins) === canonicalText(computed.pins)) assertSameSlices(committed, computed.slices);
  return false;
}

function sliceRecordsOf({ request, head }: SlicingTask, { built, manifest }: ComputedSlicing): readonly SliceRecord[] {
  const { tenantId, entityKey, ruleSet } = request;
  return built.map(({ sliceType, sliceHash, isTombstone, payload }) => ({
    kind: 'slice',
    tenantId,
    entityKey,
    ruleSet: ruleSet.ref,
    sliceType,
    sliceHash,
    isTombstone,
    payload,
    gcEpoch: head?.gcEpoch ?? 0,
    slicedAt: manifest.meta.slicedAt,
  }));
}

/** At or above the head it moves; below it only the manifest is put, and the head never goes back (L6). */
function headChangeOf({ head }: SlicingTask, manifest: ManifestRecord): HeadChange {
  const gcEpoch = head?.gcEpoch ?? 0;
  if (head !== undefined && manifest.version < head.version) return { move: 'stay', expectedGcEpoch: gcEpoch };
  const { tenantId, entityKey, ruleSet, version, revision } = manifest;
  const next: HeadRecord = { kind: 'head', tenantId, entityKey, ruleSet, version, revision, gcEpoch, manifest };
  const expected = head === undefined ? null : { version: head.version, revision: head.revision, gcEpoch };
  return { move: 'advance', expected, next };
}

function logged({ logger }: RuntimeContext, result: SlicingResult): SlicingResult {
  const { decisionTraceId, tenantId, entityKey, version, revision, slicingId, changesetHash, outcome, mode } = result;
  const ruleSetRef = result.ruleSet.ref;
  logger.debug(
    { decisionTraceId, tenantId, entityKey, version, revision, ruleSetRef, slicingId, changesetHash, outcome, mode },
    'sliced',
  );
  return result;
}

function logRefusal({ logger }: RuntimeContext, request: SlicingRequest, refusal: SlicewiseError): void {
  const { tenantId, entityKey, version } = request;
  const ruleSetRef = formatRef(request.ruleSet.ref);
  const decisionTraceId = decisionTraceIdOf('slicing', { tenantId, entityKey, version, ruleSetRef });
  logger.warn({ decisionTraceId, tenantId, entityKey, version, ruleSetRef, code: refusal.code }, 'slicing refused');
}
