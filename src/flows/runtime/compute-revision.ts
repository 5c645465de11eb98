import type { JsonObject } from '../../domain/canonical/json-value.ts';
import type { SliceRule } from '../../domain/contracts/compiled-contracts.ts';
import { isSlicewiseError } from '../../domain/errors.ts';
import { declaredEntries, impliedEntries, revisedEntries } from '../../domain/inverted-index/index-entries.ts';
import type { ManifestRecord, Pins } from '../../domain/records.ts';
import { type JoinedSource, type JoinKey, pinsOf, type ResolvedJoins } from '../../domain/slice/light-join.ts';
import { type BuiltSlice, buildSlices, reviseSlices } from '../../domain/slice/slicing-engine.ts';
import {
  type ComputedSlicing,
  hintsOf,
  manifestOf,
  modeOf,
  planRebuild,
  resolveJoins,
  rulesIn,
  slicesOf,
} from './compute-slices.ts';
import type { RuntimeContext } from './context.ts';
import { loadRequired, payloadFor } from './create-change-set.ts';
import { loadJoinSources } from './join-sources.ts';
import type { LoadedRawData } from './raw-payload.ts';
import type { RevisingTask } from './slicing-task.ts';
import { parseSlice, readSlices } from './stored-slice.ts';

/** What the joins of a committed version resolve to now. */
export interface ResolvedSources {
  readonly keys: readonly JoinKey[];
  /** One per key, in their order. */
  readonly sources: readonly JoinedSource[];
}

/** A revision keeps its version's join keys, so the pins name them. */
export async function resolveSources(
  context: RuntimeContext,
  { request }: RevisingTask,
  pins: Pins,
): Promise<ResolvedSources> {
  const keys = request.ruleSet.joins.map((join) => ({ join, entityKey: pins[join.name]?.entityKey ?? null }));
  return { keys, sources: await loadJoinSources(context, request, keys) };
}

/**
 * Computes a version's next revision from the one that it is based on. Its join keys are those of the first commit, and
 * so are all index entries that no source gives: their hints are stored, and stand for every revision.
 */
export async function computeRevision(
  context: RuntimeContext,
  task: RevisingTask,
  base: ManifestRecord,
  { keys, sources }: ResolvedSources,
): Promise<ComputedSlicing> {
  const { ruleSet, entityKey } = task.request;
  const joins = resolveJoins(keys, sources);
  const plan = planRebuild(task, joins);
  const built = await buildRevised(context, task, base, { joins, rules: rulesIn(plan, ruleSet) });
  const { rawHash } = base.meta;
  return {
    mode: modeOf(task),
    plan,
    built,
    entries: [...impliedEntries(ruleSet, entityKey, keys), ...declaredEntries(ruleSet, entityKey, built)],
    hints: hintsOf(context, task, revisedEntries(ruleSet, entityKey, built)),
    manifest: manifestOf(context, task, { plan, rawHash, slices: slicesOf(task, built), pins: pinsOf(joins) }),
  };
}

const UNREADABLE: ReadonlySet<string> = new Set(['slice.missing', 'slice.corrupt', 'slice.erased']);

interface Rebuild {
  readonly joins: ResolvedJoins;
  readonly rules: readonly SliceRule[];
}

/** From the slices that it has, which are small, unless its payload is at hand or one of them is a tombstone. */
async function buildRevised(
  context: RuntimeContext,
  task: RevisingTask,
  base: ManifestRecord,
  { joins, rules }: Rebuild,
): Promise<readonly BuiltSlice[]> {
  const { ruleSet } = task.request;
  if (rules.length === 0) return [];
  const before = task.rawData === undefined ? await payloadsBefore(context, base, rules) : null;
  if (before !== null) return reviseSlices({ ruleSet, joins, before }, rules);
  const payload = payloadFor(ruleSet, task.rawData ?? (await readRawData(context, base)));
  return buildSlices({ ruleSet, payload, joins }, rules);
}

async function readRawData(
  context: RuntimeContext,
  { tenantId, entityKey, version }: ManifestRecord,
): Promise<LoadedRawData> {
  const [record] = await context.store.batchGet([{ kind: 'raw-data', tenantId, entityKey, version }]);
  return loadRequired(context, { tenantId, entityKey }, version, record);
}

/**
 * `null` where a slice holds nothing to go by: a tombstone, or one that was damaged or erased, which the revision replaces. Nobody
 * reads them again once it is committed, so none is remembered.
 */
async function payloadsBefore(
  context: RuntimeContext,
  base: ManifestRecord,
  rules: readonly SliceRule[],
): Promise<ReadonlyMap<string, JsonObject> | null> {
  try {
    return await readPayloads(context, base, rules);
  } catch (error) {
    if (!isSlicewiseError(error) || !UNREADABLE.has(error.code)) throw error;
    const { tenantId, entityKey, version, revision } = base;
    context.logger.warn({ tenantId, entityKey, version, revision, code: error.code }, 'revised from RawData');
    return null;
  }
}

async function readPayloads(
  context: RuntimeContext,
  base: ManifestRecord,
  rules: readonly SliceRule[],
): Promise<ReadonlyMap<string, JsonObject> | null> {
  const payloads = new Map<string, JsonObject>();
  const types = rules.map((rule) => rule.type);
  for (const slice of await readSlices(context, base, types)) {
    const payload = parseSlice(slice);
    if (payload === null) return null;
    payloads.set(slice.sliceType, payload);
  }
  return payloads;
}
