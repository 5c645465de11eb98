import type { JsonObject } from '../../domain/canonical/json-value.ts';
import { type Impact, impactOf } from '../../domain/changeset/impact-map.ts';
import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import {
  declaredEntries,
  type IndexEntry,
  type IndexedSlice,
  impliedEntries,
  revisedEntries,
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
import type { SlicingTask } from './slicing-task.ts';

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

/** What a version's joins resolve to. */
export interface ResolvedSources {
  readonly payload: JsonObject | null;
  readonly keys: readonly JoinKey[];
  /** One per key, in their order. */
  readonly sources: readonly JoinedSource[];
}

/** What the joins of a version that is committed resolve to now. */
export async function resolveSources(context: RuntimeContext, task: SlicingTask): Promise<ResolvedSources> {
  const payload = payloadFor(task.request.ruleSet, task.rawData);
  const keys = joinKeysOf(task.request.ruleSet, payload);
  return { payload, keys, sources: await loadJoinSources(context, task.request, keys) };
}

/**
 * Computes a version's next revision from the one that it is based on. Its join keys are those of the first commit, and
 * so are all index entries that no source gives: their hints are stored, and stand for every revision.
 */
export function computeRevision(
  context: RuntimeContext,
  task: SlicingTask,
  { payload, keys, sources }: ResolvedSources,
): ComputedSlicing {
  const { ruleSet, entityKey } = task.request;
  const implied = impliedEntries(ruleSet, entityKey, keys);
  const computed = computeFrom(context, task, { payload, implied, joins: resolveJoins(keys, sources) });
  return { ...computed, hints: hintsOf(context, task, revisedEntries(ruleSet, entityKey, computed.built)) };
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
  const rules = ruleSet.slices.filter((rule) => plan.has(rule.type));
  const members = payload === task.rawData.payload ? task.rawData.members : undefined;
  const built = buildSlices({ ruleSet, payload, joins, members }, rules);
  const declared = declaredEntries(ruleSet, entityKey, built);
  return {
    mode: modeOf(task),
    plan,
    built,
    entries: [...implied, ...declared],
    hints: hintsOf(context, task, declared),
    manifest: manifestOf(context, task, { plan, slices: slicesOf(task, built), pins: pinsOf(joins) }),
  };
}

export function resolveJoins(keys: readonly JoinKey[], sources: readonly JoinedSource[]): ResolvedJoins {
  const absent: JoinedSource = { state: 'absent' };
  return new Map(keys.map((key, index) => [key.join.name, resolveJoin(key, sources[index] ?? absent)]));
}

function modeOf({ base }: SlicingTask): SlicingMode {
  return base?.manifest === undefined ? 'FULL_REBUILD' : 'INCREMENTAL';
}

const NO_IMPACT: Impact['reasons'] = new Map();

function planRebuild({ request: { ruleSet }, base }: SlicingTask, joins: ResolvedJoins): RebuildPlan {
  if (base?.manifest === undefined) return planFullRebuild(ruleSet);
  const impact = base.changeSet === null ? NO_IMPACT : impactOf(base.changeSet.changedPaths, ruleSet).reasons;
  return planIncrementalRebuild({ ruleSet, impact, basePins: base.manifest.pins, joins });
}

function slicesOf({ base }: SlicingTask, built: readonly IndexedSlice[]): SliceHashes {
  const rebuilt = built.map((slice) => [slice.sliceType, slice.sliceHash] as const);
  return { ...base?.manifest?.slices, ...Object.fromEntries(rebuilt) };
}

interface ManifestParts {
  readonly plan: RebuildPlan;
  readonly slices: SliceHashes;
  readonly pins: Pins;
}

function manifestOf(context: RuntimeContext, task: SlicingTask, { plan, slices, pins }: ManifestParts): ManifestRecord {
  const { tenantId, entityKey, version, ruleSet } = task.request;
  const { revision } = task;
  const { rawHash } = task.rawData.record;
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

function hintsOf(context: RuntimeContext, task: SlicingTask, entries: readonly IndexEntry[]): readonly HintRecord[] {
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
