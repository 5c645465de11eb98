import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { JsonObject } from '../../domain/canonical/json-value.ts';
import { type Impact, impactOf } from '../../domain/changeset/impact-map.ts';
import type { CompiledRuleSet, SliceRule } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import {
  declaredEntries,
  type IndexEntry,
  type IndexedSlice,
  impliedEntries,
} from '../../domain/inverted-index/index-entries.ts';
import type { HintRecord, ManifestRecord, Pins, SliceHashes, SlicingMode } from '../../domain/records.ts';
import { planFullRebuild, planIncrementalRebuild, type RebuildPlan } from '../../domain/slice/incremental-plan.ts';
import {
  type JoinedSource,
  type JoinKey,
  joinKeysOf,
  pinsOf,
  type ResolvedJoins,
  resolveJoin,
} from '../../domain/slice/light-join.ts';
import { hashManifest, slicingIdOf } from '../../domain/slice/manifest.ts';
import { type BuiltSlice, buildSlices } from '../../domain/slice/slicing-engine.ts';
import { type RuntimeContext, timestamp } from './context.ts';
import { payloadFor } from './create-change-set.ts';
import { loadJoinSources } from './join-sources.ts';
import type { RevisingTask, SlicingTask } from './slicing-task.ts';

/** A slicing that is ready to be stored and committed. */
export interface ComputedSlicing {
  readonly mode: SlicingMode;
  readonly plan: RebuildPlan;
  /** Those of the plan; the others are shared with the base. */
  readonly built: readonly BuiltSlice[];
  readonly entries: readonly IndexEntry[];
  /** Those that are still to be stored before the commit. */
  readonly hints: readonly HintRecord[];
  readonly manifest: ManifestRecord;
}

/**
 * Computes a version's slices from its payload and what its joins resolve to now. Join-implied hints are stored before
 * the first source is read: whoever changes a source afterwards finds this entity.
 */
export async function computeSlices(context: RuntimeContext, task: SlicingTask): Promise<ComputedSlicing> {
  const { ruleSet, entityKey } = task.request;
  const payload = payloadFor(ruleSet, task.rawData);
  const keys = joinKeysOf(ruleSet, payload);
  if (keys.length === 0) return computeUnjoined(context, task);
  const implied = impliedEntries(ruleSet, entityKey, keys);
  if (implied.length > 0) await context.store.putHints(hintsOf(context, task, implied));
  const sources = await loadJoinSources(context, task.request, keys);
  return computeFrom(context, task, { payload, implied, joins: resolveJoins(keys, sources) });
}

/** The same under a rule set without joins, which needs nothing but the version itself. */
export function computeUnjoined(context: RuntimeContext, task: SlicingTask): ComputedSlicing {
  const payload = payloadFor(task.request.ruleSet, task.rawData);
  return computeFrom(context, task, { payload, implied: [], joins: new Map() });
}

interface JoinedPayload {
  readonly payload: JsonObject | null;
  readonly implied: readonly IndexEntry[];
  readonly joins: ResolvedJoins;
}

function computeFrom(
  context: RuntimeContext,
  task: SlicingTask,
  { payload, implied, joins }: JoinedPayload,
): ComputedSlicing {
  const { ruleSet, entityKey } = task.request;
  const plan = planRebuild(task, joins);
  const members = payload === task.rawData.payload ? task.rawData.members : undefined;
  const built = buildSlices({ ruleSet, payload, joins, members }, rulesIn(plan, ruleSet));
  const declared = declaredEntries(ruleSet, entityKey, built);
  const { rawHash } = task.rawData.record;
  return {
    mode: modeOf(task),
    plan,
    built,
    entries: [...implied, ...declared],
    hints: hintsOf(context, task, declared),
    manifest: manifestOf(context, task, { plan, rawHash, slices: slicesOf(task, built), pins: pinsOf(joins) }),
  };
}

export function rulesIn(plan: RebuildPlan, { slices }: CompiledRuleSet): readonly SliceRule[] {
  return slices.filter((rule) => plan.has(rule.type));
}

export function resolveJoins(keys: readonly JoinKey[], sources: readonly JoinedSource[]): ResolvedJoins {
  const absent: JoinedSource = { state: 'absent' };
  return new Map(keys.map((key, index) => [key.join.name, resolveJoin(key, sources[index] ?? absent)]));
}

export function modeOf({ base }: RevisingTask): SlicingMode {
  return shareableOf(base) === undefined ? 'FULL_REBUILD' : 'INCREMENTAL';
}

/** The manifest whose slices may be shared; those of one that names erased ones are all built again. */
function shareableOf(base: RevisingTask['base']): ManifestRecord | undefined {
  return base?.manifest?.meta.hasErasedSlices === true ? undefined : base?.manifest;
}

const NO_IMPACT: Impact['reasons'] = new Map();

export function planRebuild({ request: { ruleSet }, base }: RevisingTask, joins: ResolvedJoins): RebuildPlan {
  const shareable = shareableOf(base);
  if (base === null || shareable === undefined) return planFullRebuild(ruleSet);
  const impact = base.changeSet === null ? NO_IMPACT : impactOf(base.changeSet.changedPaths, ruleSet).reasons;
  return planIncrementalRebuild({ ruleSet, impact, basePins: shareable.pins, joins });
}

export function slicesOf({ base }: RevisingTask, built: readonly IndexedSlice[]): SliceHashes {
  const rebuilt = built.map((slice) => [slice.sliceType, slice.sliceHash] as const);
  return { ...base?.manifest?.slices, ...Object.fromEntries(rebuilt) };
}

interface ManifestParts {
  readonly plan: RebuildPlan;
  readonly rawHash: ContentHash;
  readonly slices: SliceHashes;
  readonly pins: Pins;
}

export function manifestOf(context: RuntimeContext, task: RevisingTask, parts: ManifestParts): ManifestRecord {
  const { plan, rawHash, slices, pins } = parts;
  const { tenantId, entityKey, version, ruleSet } = task.request;
  const { revision } = task;
  const content = { tenantId, entityKey, ruleSet: ruleSet.ref, version, revision, slices, pins };
  return {
    kind: 'manifest',
    ...content,
    manifestHash: hashManifest(content),
    meta: {
      mode: modeOf(task),
      rawHash,
      slicingId: slicingIdOf({ ...content, ruleSetHash: ruleSet.contentHash, rawHash }),
      changesetHash: task.base?.changeSet?.changesetHash ?? null,
      rebuilt: Object.fromEntries(plan),
      contracts: contractHashesOf(ruleSet),
      slicedAt: timestamp(context),
    },
  };
}

type ContractHashes = ManifestRecord['meta']['contracts'];

/** The same for every manifest of a rule set. */
const contractHashes = new WeakMap<CompiledRuleSet, ContractHashes>();

function contractHashesOf(ruleSet: CompiledRuleSet): ContractHashes {
  const known = contractHashes.get(ruleSet);
  if (known !== undefined) return known;
  const hashes: ContractHashes = Object.fromEntries(
    ruleSet.contracts.map((contract) => [`${contract.kind} ${formatRef(contract.ref)}`, contract.contentHash]),
  );
  contractHashes.set(ruleSet, hashes);
  return hashes;
}

export function hintsOf(
  context: RuntimeContext,
  task: RevisingTask,
  entries: readonly IndexEntry[],
): readonly HintRecord[] {
  const { tenantId, entityKey, ruleSet, version } = task.request;
  const indexedAt = timestamp(context);
  return entries.map((entry) => ({
    kind: 'hint',
    tenantId,
    entityKey,
    ruleSet: ruleSet.ref,
    version,
    revision: task.revision,
    indexedAt,
    ...entry,
  }));
}
