import { hasCode, isRefusal, type SlicewiseError } from '../../domain/errors.ts';
import type { Version } from '../../domain/identity.ts';
import type { ChangeSetRecord, HeadRecord, ManifestRecord, StatusRecord } from '../../domain/records.ts';
import type { RuntimeContext } from './context.ts';
import { buildStep, rawDataMissing, type VersionStep } from './create-change-set.ts';
import { type LoadedRawData, loadRawData } from './raw-payload.ts';
import { newestManifestBeside } from './read-manifest.ts';
import type { SlicingResult } from './runtime.ts';
import { logRefusal, recordRefusal } from './settle.ts';
import { sliceVersion } from './slicing.ts';
import { addressOf, type Following, type SlicingTask } from './slicing-task.ts';

/** The newest version as it is in; whoever has just inserted it has it at hand. */
export interface NewestVersion {
  readonly rawData: LoadedRawData;
  readonly status: StatusRecord;
}

/** What a version follows: the one before it, and what is committed under the rule set. */
export interface StateBefore {
  /** `erased`: it is there, and what it held is not. */
  readonly previous: LoadedRawData | 'erased' | null;
  readonly head: HeadRecord | undefined;
  /** The newest manifest of the version before. */
  readonly base: ManifestRecord | undefined;
}

/** Nobody could slice an entity before its first version was in; whoever was faster since is met at the commit. */
export const NOTHING_BEFORE: StateBefore = { previous: null, head: undefined, base: undefined };

/** The counter of an entity's very first status is 1, and only its insert writes that. */
export function isFirstStatus({ counter }: StatusRecord): boolean {
  return counter === 1;
}

/**
 * ChangeSet and slicing of an entity's newest version under one rule set: INCREMENTAL from the version before where
 * that is sliced, else FULL. What is done already is found done.
 */
export async function followNewest(
  context: RuntimeContext,
  following: Following,
  signal?: AbortSignal,
  atHand?: NewestVersion,
  before?: StateBefore,
): Promise<SlicingResult> {
  const [newest, state] = await loadOrRefuse(context, following, atHand, before);
  const committed = await newestManifestBeside(context, state.head, addressOf(following), following.version);
  // Before anything binds the contracts: a DRAFT that is refused must be free to change.
  if (committed === undefined) context.contracts.gate(following.ruleSet);
  const task = { ...(await planOrRefuse(context, following, newest, state)), committed };
  try {
    return await sliceVersion(context, task.request, signal, task);
  } catch (error) {
    if (hasCode(error, 'changeset.content_conflict')) return refuse(context, following, newest.status, error);
    throw error;
  }
}

/** What is stored may be damaged or gone; whoever looks at the entity's state should see so. */
async function loadOrRefuse(
  context: RuntimeContext,
  following: Following,
  atHand: NewestVersion | undefined,
  before: StateBefore | undefined,
): Promise<readonly [NewestVersion, StateBefore]> {
  try {
    return await Promise.all([atHand ?? loadNewest(context, following), before ?? loadStateBefore(context, following)]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { tenantId, entityKey } = following;
    const [status] = await context.store.batchGet([{ kind: 'status', tenantId, entityKey }]);
    return refuse(context, following, status, error);
  }
}

async function loadNewest(
  context: RuntimeContext,
  { tenantId, entityKey, version }: Following,
): Promise<NewestVersion> {
  const [status, record] = await context.store.batchGet([
    { kind: 'status', tenantId, entityKey },
    { kind: 'raw-data', tenantId, entityKey, version },
  ]);
  if (status === undefined || record === undefined) throw rawDataMissing(entityKey, version);
  return { rawData: await loadRawData(context, record), status };
}

export async function loadStateBefore(context: RuntimeContext, following: Following): Promise<StateBefore> {
  const { tenantId, entityKey, version, ruleSet } = following;
  // Versions are contiguous, so the one before is there unless this is the first.
  const before = { kind: 'raw-data', tenantId, entityKey, version: (version - 1) as Version } as const;
  const [head, record] = await context.store.batchGet([
    { kind: 'head', tenantId, entityKey, ruleSet: ruleSet.ref },
    before,
  ]);
  if (record === undefined) return { previous: null, head, base: undefined };
  if (record.body.kind === 'erased') return { previous: 'erased', head, base: undefined };
  const [previous, base] = await Promise.all([
    loadRawData(context, record),
    newestManifestBeside(context, head, addressOf(following), before.version),
  ]);
  return { previous, head, base };
}

/**
 * What the newest version is to be sliced by, if nobody has done so yet.
 * @throws what its payload is refused for; recorded nowhere
 */
export function planNewest(
  context: RuntimeContext,
  following: Following,
  newest: NewestVersion,
  { previous, head, base }: StateBefore,
): SlicingTask {
  const { rawData, status } = newest;
  const read = { rawData, status, head, committed: undefined, revision: 0 };
  const full = { ...read, request: { ...following, fromVersion: null }, base: null, newChangeSet: null };
  if (previous === 'erased') return full;
  const step = { ruleSet: following.ruleSet, before: previous, after: rawData };
  const changeSet = changeSetOf(context, step, base !== undefined);
  // Another attempt would look for the ChangeSet in vain: nothing is to be followed.
  if (changeSet === null) return full;
  const request = { ...following, fromVersion: previous?.record.version ?? null };
  return { ...read, request, base: { manifest: base, changeSet }, newChangeSet: changeSet };
}

function changeSetOf(context: RuntimeContext, step: VersionStep, isBaseSliced: boolean): ChangeSetRecord | null {
  try {
    return buildStep(context, step).record;
  } catch (error) {
    // The version before may have come in under an older schema that this rule set cannot read. Nothing was sliced from
    // it, so nothing is to be followed from it; the slicing itself says whether the newest version fits.
    if (!isBaseSliced && hasCode(error, 'slicing.payload_mismatch')) return null;
    throw error;
  }
}

async function planOrRefuse(
  context: RuntimeContext,
  following: Following,
  newest: NewestVersion,
  state: StateBefore,
): Promise<SlicingTask> {
  try {
    return planNewest(context, following, newest, state);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return refuse(context, following, newest.status, error);
  }
}

async function refuse(
  context: RuntimeContext,
  request: Following,
  readBefore: StatusRecord | undefined,
  refusal: SlicewiseError,
): Promise<never> {
  let status = readBefore;
  while (status !== undefined && (await recordRefusal(context, { request, status }, refusal)) === 'again') {
    const { tenantId, entityKey } = request;
    [status] = await context.store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  }
  logRefusal(context, request, refusal);
  throw refusal;
}
