import { canonicalText } from '../../domain/canonical/canonicalize.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { conflict, isRefusal } from '../../domain/errors.ts';
import type { HeadRecord, ManifestRecord } from '../../domain/records.ts';
import { assertSameSlices } from '../../domain/slice/manifest.ts';
import type { BuiltSlice } from '../../domain/slice/slicing-engine.ts';
import type { HeadChange } from '../../ports/store.ts';
import { backOff } from '../retry.ts';
import { type ComputedSlicing, computeSlices } from './compute-slices.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { storeChangeSet } from './create-change-set.ts';
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
    const result = await attemptSlicing(context, task);
    // What this call has committed it will report, however often the settling goes round.
    if (result !== 'lost') committed ??= result;
    const settlement = result === 'lost' ? 'lost' : await settle(context, task);
    if (committed !== undefined && settlement !== 'lost') {
      return logged(context, { ...committed, settled: settlement === 'settled' });
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

async function attemptSlicing(context: RuntimeContext, task: SlicingTask): Promise<SlicingResult | 'lost'> {
  const { ruleSet } = task.request;
  if (task.committed !== undefined) {
    await context.contracts.bind(ruleSet.contracts);
    await storeNewChangeSet(context, task);
    const recomputed = await recomputeSlices(context, task, task.committed);
    await storeSlices(context, task, recomputed);
    return recomputedResultOf(task, recomputed);
  }
  // Gated first: a DRAFT that is refused must be free to change before it is published.
  const warnings = context.contracts.gate(ruleSet);
  await context.contracts.bind(ruleSet.contracts);
  const computed = await computeOrRefuse(context, task);
  if (computed === 'lost') return 'lost';
  const outcome = await commitSlicing(context, task, computed);
  return outcome === 'lost' ? 'lost' : committedResultOf(task, computed, { outcome, warnings });
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

/** Stores all that the manifest names, then moves manifest and head in one step (L5). */
async function commitSlicing(
  context: RuntimeContext,
  task: SlicingTask,
  computed: ComputedSlicing,
): Promise<'committed' | 'unchanged' | 'lost'> {
  await Promise.all([
    storeNewChangeSet(context, task),
    storeSlices(context, task, computed),
    context.store.putHints(computed.declaredHints),
  ]);
  const { manifest } = computed;
  const outcome = await context.store.commit({ manifest, head: headChangeOf(task, manifest) });
  switch (outcome.outcome) {
    case 'committed':
      return 'committed';
    case 'head_moved':
      return 'lost';
    case 'manifest_exists':
      return settledByAnother(outcome.manifest, manifest) ? 'unchanged' : 'lost';
  }
}

/**
 * Equal hashes: our own commit whose answer got lost, or a racer's. Equal pins but other slices break L2. Other pins:
 * the racer saw other sources and was first; the next attempt computes its commit again, from its pins.
 */
function settledByAnother(committed: ManifestRecord, computed: ManifestRecord): boolean {
  if (committed.manifestHash === computed.manifestHash) return true;
  if (canonicalText(committed.pins) === canonicalText(computed.pins)) assertSameSlices(committed, computed.slices);
  return false;
}

interface BuiltSlices {
  readonly built: readonly BuiltSlice[];
  readonly manifest: ManifestRecord;
}

/** What is there already stays; what damage took away is there again. */
async function storeSlices(
  { store }: RuntimeContext,
  { request, head }: SlicingTask,
  { built, manifest }: BuiltSlices,
): Promise<void> {
  const { tenantId, entityKey, ruleSet } = request;
  const records = built.map(({ sliceType, sliceHash, isTombstone, payload }) => ({
    kind: 'slice' as const,
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
  await store.putOnce(records);
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
