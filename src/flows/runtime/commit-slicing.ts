import { canonicalText } from '../../domain/canonical/canonicalize.ts';
import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import type { HeadRecord, HintRecord, ManifestRecord, SliceRecord, StatusRecord } from '../../domain/records.ts';
import { assertSameSlices } from '../../domain/slice/manifest.ts';
import type { BuiltSlice } from '../../domain/slice/slicing-engine.ts';
import type { CommitChange, HeadChange, Write } from '../../ports/store.ts';
import type { ComputedSlicing } from './compute-slices.ts';
import type { RuntimeContext } from './context.ts';
import { storeChangeSet } from './create-change-set.ts';
import { statusWhenFilled } from './filled-version.ts';
import { statusWhenReopened, statusWhenSettled } from './settle.ts';
import { gcEpochOf, type RevisingTask } from './slicing-task.ts';

export interface Commit {
  readonly outcome: 'committed' | 'unchanged' | 'lost';
  /** Whether the debt was taken off the status in the same step. */
  readonly isSettled: boolean;
  /** As the commit has left it, where the commit moved it; else as it was read. */
  readonly status: StatusRecord;
}

/** Stores all that the manifest names, then moves manifest and head in one step (L5). */
export async function commitSlicing(
  context: RuntimeContext,
  task: RevisingTask,
  computed: ComputedSlicing,
): Promise<Commit> {
  const owed = await statusBeside(context, task);
  const owing = owed === null ? task : { ...task, status: owed };
  const settled = isWholeInOneStep(task.request.ruleSet) ? statusWhenSettled(context, owing) : null;
  // One write of the status stands for both.
  const carried = owed === null ? null : { ...(settled ?? owed), counter: owed.counter };
  const together = await context.store.writeTogether?.([
    ...commitWrites(task, computed, carried),
    ...(carried === null && settled !== null ? [statusUpdate(settled, task)] : []),
  ]);
  const isSettled = settled !== null;
  if (together === 'written') return { outcome: 'committed', isSettled, status: carried ?? task.status };
  const outcome = await commitStepByStep(context, task, computed, carried);
  const isCarried = carried !== null && outcome === 'committed';
  return { outcome, isSettled: isSettled && isCarried, status: isCarried ? carried : task.status };
}

/**
 * The status that moves in the same step as a commit: because that owes something again, or because it is the first one
 * and may have copied from others, and nothing but the status can keep it from naming what was taken away meanwhile.
 * `null` for every other commit.
 */
async function statusBeside(context: RuntimeContext, task: RevisingTask): Promise<StatusRecord | null> {
  const reopened = statusWhenReopened(context, task);
  const filled = await statusWhenFilled(context, { ...task, status: reopened ?? task.status });
  const moved = filled ?? reopened ?? (isFirstOfJoins(task) ? task.status : null);
  return moved === null ? null : { ...moved, counter: task.status.counter + 1 };
}

function isFirstOfJoins({ request, head }: RevisingTask): boolean {
  return head === undefined && request.ruleSet.joins.length > 0;
}

/** Whether nothing has to be looked at between commit and settling: only what joins may have missed a source (design §5). */
export function isWholeInOneStep({ joins }: CompiledRuleSet): boolean {
  return joins.length === 0;
}

/**
 * What a commit stores, in an order in which nothing is named before it is there.
 * @param carried the status that goes with it, if any
 */
export function commitWrites(
  task: RevisingTask,
  { built, hints, manifest }: ComputedSlicing,
  carried: StatusRecord | null = null,
): readonly Write[] {
  const slices = sliceRecords(task, { built, manifest });
  return [
    { call: 'putOnce', records: task.newChangeSet === null ? slices : [task.newChangeSet, ...slices] },
    { call: 'putHints', hints },
    { call: 'commit', ...commitChangeOf(task, manifest, carried) },
  ];
}

function commitChangeOf(task: RevisingTask, manifest: ManifestRecord, carried: StatusRecord | null): CommitChange {
  const change = { manifest, head: headChangeOf(task, manifest) };
  if (carried === null) return change;
  return { ...change, status: { next: carried, expectedCounter: task.status.counter } };
}

function statusUpdate(next: StatusRecord, { status }: RevisingTask): Write {
  return { call: 'updateStatus', next, expectedCounter: status.counter };
}

async function commitStepByStep(
  context: RuntimeContext,
  task: RevisingTask,
  computed: ComputedSlicing,
  carried: StatusRecord | null,
): Promise<Commit['outcome']> {
  await Promise.all([storeNewChangeSet(context, task), storeIndexedSlices(context, task, computed)]);
  const { manifest } = computed;
  const outcome = await context.store.commit(commitChangeOf(task, manifest, carried));
  switch (outcome.outcome) {
    case 'committed':
      return 'committed';
    case 'head_moved':
    case 'status_moved':
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

export async function storeNewChangeSet(context: RuntimeContext, { newChangeSet }: RevisingTask): Promise<void> {
  if (newChangeSet !== null) await storeChangeSet(context, newChangeSet);
}

/**
 * A declared index key holds values of a slice, which alone tells where they are: none is there without its slice
 * (ADR 0048). An implied one holds the key of a source.
 */
async function storeIndexedSlices(context: RuntimeContext, task: RevisingTask, computed: ComputedSlicing) {
  const declared = computed.hints.filter(({ sliceHash }) => sliceHash !== null);
  const implied = computed.hints.filter(({ sliceHash }) => sliceHash === null);
  await Promise.all([storeSlices(context, task, computed), putHints(context, implied)]);
  await putHints(context, declared);
}

async function putHints({ store }: RuntimeContext, hints: readonly HintRecord[]): Promise<void> {
  if (hints.length > 0) await store.putHints(hints);
}

interface BuiltSlices {
  readonly built: readonly BuiltSlice[];
  readonly manifest: ManifestRecord;
}

/** What is there already stays; what damage took away is there again. */
export async function storeSlices({ store }: RuntimeContext, task: RevisingTask, slices: BuiltSlices): Promise<void> {
  await store.putOnce(sliceRecords(task, slices));
}

function sliceRecords(task: RevisingTask, { built, manifest }: BuiltSlices): readonly SliceRecord[] {
  const { tenantId, entityKey, ruleSet } = task.request;
  const gcEpoch = gcEpochOf(task);
  return built.map(({ sliceType, sliceHash, isTombstone, payload }) => ({
    kind: 'slice',
    tenantId,
    entityKey,
    ruleSet: ruleSet.ref,
    sliceType,
    sliceHash,
    isTombstone,
    payload,
    gcEpoch,
    slicedAt: manifest.meta.slicedAt,
  }));
}

/** At or above the head it moves; below it only the manifest is put, and the head never goes back (L6). */
function headChangeOf(task: RevisingTask, manifest: ManifestRecord): HeadChange {
  const { head } = task;
  const gcEpoch = gcEpochOf(task);
  if (head !== undefined && manifest.version < head.version) return { move: 'stay', expectedGcEpoch: gcEpoch };
  const { tenantId, entityKey, ruleSet, version, revision } = manifest;
  const next: HeadRecord = { kind: 'head', tenantId, entityKey, ruleSet, version, revision, gcEpoch, manifest };
  const expected = head === undefined ? null : { version: head.version, revision: head.revision, gcEpoch };
  return { move: 'advance', expected, next };
}
