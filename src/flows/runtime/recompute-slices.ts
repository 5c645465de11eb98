import { canonicalText } from '../../domain/canonical/canonicalize.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { invariantViolation } from '../../domain/errors.ts';
import { declaredEntries, type IndexEntry, impliedEntries } from '../../domain/inverted-index/index-entries.ts';
import type { ManifestRecord } from '../../domain/records.ts';
import { joinKeysOf, pinsOf } from '../../domain/slice/light-join.ts';
import { assertSameSlices } from '../../domain/slice/manifest.ts';
import { type BuiltSlice, buildSlices } from '../../domain/slice/slicing-engine.ts';
import { resolveJoins } from './compute-slices.ts';
import type { RuntimeContext } from './context.ts';
import { payloadFor } from './create-change-set.ts';
import { loadPinnedSources } from './join-sources.ts';
import type { SlicingTask } from './slicing-task.ts';

/** A committed slicing that was computed again from RawData, recorded pins and recorded contracts (L4). */
export interface RecomputedSlicing {
  readonly manifest: ManifestRecord;
  /** Every slice type's. */
  readonly built: readonly BuiltSlice[];
  readonly entries: readonly IndexEntry[];
}

/**
 * Computes a committed version again and demands the committed hashes.
 * @throws `slice.hash_mismatch`, `slicing.pins_mismatch`, `join.pinned_source_changed`
 */
export async function recomputeSlices(
  context: RuntimeContext,
  task: SlicingTask,
  committed: ManifestRecord,
): Promise<RecomputedSlicing> {
  const { ruleSet, tenantId, entityKey } = task.request;
  const payload = payloadFor(ruleSet, task.rawData);
  const keys = joinKeysOf(ruleSet, payload);
  const joins = resolveJoins(keys, await loadPinnedSources(context, tenantId, keys, committed.pins));
  assertSamePins(committed, pinsOf(joins));
  const built = buildSlices({ ruleSet, payload, joins }, ruleSet.slices);
  assertSameSlices(committed, Object.fromEntries(built.map((slice) => [slice.sliceType, slice.sliceHash])));
  return {
    manifest: committed,
    built,
    entries: [...impliedEntries(ruleSet, entityKey, keys), ...declaredEntries(ruleSet, entityKey, built)],
  };
}

function assertSamePins(committed: ManifestRecord, pins: ManifestRecord['pins']): void {
  if (canonicalText(committed.pins) === canonicalText(pins)) return;
  throw invariantViolation(
    'slicing.pins_mismatch',
    `${committed.entityKey} version ${committed.version} revision ${committed.revision}, rule set ` +
      `${formatRef(committed.ruleSet)}: expected the recorded pins to give the same projections again, found others. ` +
      'The stored data or the code was altered; do not retry, investigate.',
    { entityKey: committed.entityKey, version: committed.version, revision: committed.revision },
  );
}
