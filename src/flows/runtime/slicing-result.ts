import { CANONICAL_NULL } from '../../domain/canonical/canonicalize.ts';
import { type ContentHash, hashSlice } from '../../domain/canonical/hash.ts';
import { sortedUniqueUtf8, sortUtf8 } from '../../domain/canonical/key-order.ts';
import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { slicingTraceIdOf } from '../../domain/decision-trace.ts';
import type { IndexEntry } from '../../domain/inverted-index/index-entries.ts';
import type { ManifestRecord, RebuildReason, SlicingMode } from '../../domain/records.ts';
import type { ComputedSlicing } from './compute-slices.ts';
import { useOf } from './contract-use.ts';
import type { RecomputedSlicing } from './recompute-slices.ts';
import type { SliceSummary, SlicingResult } from './runtime.ts';
import { type RevisingTask, requestedModeOf } from './slicing-task.ts';

interface Outcome {
  readonly outcome: SlicingResult['outcome'];
  readonly warnings: readonly string[];
}

export function committedResultOf(task: RevisingTask, computed: ComputedSlicing, outcome: Outcome): SlicingResult {
  const { manifest, mode, plan, entries } = computed;
  return resultOf(task, { manifest, mode, entries, reasonOf: (type) => plan.get(type) ?? null }, outcome);
}

export function recomputedResultOf(task: RevisingTask, recomputed: RecomputedSlicing): SlicingResult {
  const { manifest, entries } = recomputed;
  const facts = { manifest, mode: 'FULL_REBUILD' as const, entries, reasonOf: () => ({ reason: 'full' as const }) };
  return resultOf(task, facts, { outcome: 'unchanged', warnings: [] });
}

/** Of a commit that cannot be computed again, because a source that it copied from was erased. */
export function erasedResultOf(task: RevisingTask, manifest: ManifestRecord): SlicingResult {
  const facts = { manifest, mode: manifest.meta.mode, entries: [], reasonOf: () => null };
  return resultOf(task, facts, { outcome: 'unchanged', warnings: [] });
}

interface SlicingFacts {
  readonly manifest: ManifestRecord;
  readonly mode: SlicingMode;
  readonly entries: readonly IndexEntry[];
  readonly reasonOf: (sliceType: string) => RebuildReason | null;
}

function resultOf({ request, base }: RevisingTask, facts: SlicingFacts, outcome: Outcome): SlicingResult {
  const { manifest, mode } = facts;
  const { slicingId } = manifest.meta;
  const requestedMode = requestedModeOf(request);
  return {
    outcome: outcome.outcome,
    tenantId: request.tenantId,
    entityKey: request.entityKey,
    version: manifest.version,
    revision: manifest.revision,
    ruleSet: useOf(request.ruleSet),
    requestedMode,
    mode,
    fallback: fallbackOf(requestedMode, mode, outcome.outcome),
    manifestHash: manifest.manifestHash,
    slicingId,
    changesetHash: base?.changeSet?.changesetHash ?? manifest.meta.changesetHash,
    slices: sliceSummariesOf(request, facts),
    pins: manifest.pins,
    indexKeys: sortedUniqueUtf8(facts.entries.map((entry) => entry.indexKey)),
    settled: false,
    warnings: outcome.warnings,
    decisionTraceId: slicingTraceIdOf({
      tenantId: request.tenantId,
      entityKey: request.entityKey,
      version: manifest.version,
      ruleSetRef: formatRef(request.ruleSet.ref),
    }),
  };
}

function fallbackOf(
  requested: SlicingMode,
  done: SlicingMode,
  outcome: SlicingResult['outcome'],
): SlicingResult['fallback'] {
  if (requested === done || requested === 'FULL_REBUILD') return null;
  return outcome === 'unchanged' ? 'committed_before' : 'base_missing';
}

function sliceSummariesOf({ ruleSet }: RevisingTask['request'], { manifest, reasonOf }: SlicingFacts): SliceSummary[] {
  const tombstoneHash = tombstoneHashOf(ruleSet);
  return sortUtf8(Object.keys(manifest.slices)).flatMap((sliceType) => {
    const sliceHash = manifest.slices[sliceType];
    if (sliceHash === undefined) return [];
    return [{ sliceType, sliceHash, tombstone: sliceHash === tombstoneHash, rebuilt: reasonOf(sliceType) }];
  });
}

const tombstoneHashes = new WeakMap<CompiledRuleSet, ContentHash>();

/** A tombstone's hash depends on the rule set alone, so the hash tells one. */
function tombstoneHashOf(ruleSet: CompiledRuleSet): ContentHash {
  const known = tombstoneHashes.get(ruleSet);
  if (known !== undefined) return known;
  const computed = hashSlice(CANONICAL_NULL, ruleSet.ref);
  tombstoneHashes.set(ruleSet, computed);
  return computed;
}
