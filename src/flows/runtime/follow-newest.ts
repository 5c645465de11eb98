import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { hasCode, isRefusal, type SlicewiseError } from '../../domain/errors.ts';
import type { Version } from '../../domain/identity.ts';
import type { ChangeSetRecord, EntityAddress, HeadRecord, RawDataRecord, StatusRecord } from '../../domain/records.ts';
import type { RuntimeContext } from './context.ts';
import { buildStep, rawDataMissing } from './create-change-set.ts';
import { type LoadedRawData, loadRawData } from './raw-payload.ts';
import { newestManifestBeside } from './read-manifest.ts';
import type { SlicingResult } from './runtime.ts';
import { logRefusal, recordRefusal } from './settle.ts';
import { sliceVersion } from './slicing.ts';
import { addressOf, type SlicingRequest } from './slicing-task.ts';

/** A rule set that is to follow an entity's newest version. */
export interface Following extends EntityAddress {
  readonly version: Version;
  readonly ruleSet: CompiledRuleSet;
  readonly claimToken?: string;
}

/** What whoever has just inserted the version has at hand. */
export interface NewestAtHand {
  readonly rawData: LoadedRawData;
  readonly status: StatusRecord;
  readonly isFirstVersion: boolean;
}

/** The newest version, the one before it, and what is committed under the rule set. */
interface NewestState {
  readonly rawData: LoadedRawData;
  readonly status: StatusRecord;
  readonly previous: LoadedRawData | null;
  readonly head: HeadRecord | undefined;
}

/**
 * ChangeSet and slicing of an entity's newest version under one rule set: INCREMENTAL from the version before where
 * that is sliced, else FULL. What is done already is found done.
 */
export async function followNewest(
  context: RuntimeContext,
  following: Following,
  signal?: AbortSignal,
  atHand?: NewestAtHand,
): Promise<SlicingResult> {
  const state = await loadNewestState(context, following, atHand);
  const request = requestOf(following, state);
  const manifest =
    request.fromVersion === null
      ? undefined
      : await newestManifestBeside(context, state.head, addressOf(request), request.fromVersion);
  const committed = await newestManifestBeside(context, state.head, addressOf(request), following.version);
  // Before anything binds the contracts: a DRAFT that is refused must be free to change.
  if (committed === undefined) context.contracts.gate(following.ruleSet);
  const changeSet = await changeSetOf(context, request, state, manifest !== undefined);
  const { rawData, status, head } = state;
  const read = { rawData, status, head, committed };
  if (changeSet === null) {
    // Another attempt would look for the ChangeSet in vain: nothing is to be followed.
    const full = { ...request, fromVersion: null };
    return sliceVersion(context, full, signal, { ...read, request: full, base: null, newChangeSet: null });
  }
  const task = { ...read, request, base: { manifest, changeSet }, newChangeSet: changeSet };
  try {
    return await sliceVersion(context, request, signal, task);
  } catch (error) {
    if (hasCode(error, 'changeset.content_conflict')) return refuse(context, request, status, error);
    throw error;
  }
}

async function loadNewestState(
  context: RuntimeContext,
  following: Following,
  atHand: NewestAtHand | undefined,
): Promise<NewestState> {
  const { tenantId, entityKey, version, ruleSet } = following;
  const head = { kind: 'head', tenantId, entityKey, ruleSet: ruleSet.ref } as const;
  // Versions are contiguous, so the one before is there unless this is the first.
  const before = { kind: 'raw-data', tenantId, entityKey, version: (version - 1) as Version } as const;
  // Nobody could slice the entity before its first version was in; whoever was faster since is met at the commit.
  if (atHand?.isFirstVersion) return { ...atHand, previous: null, head: undefined };
  if (atHand !== undefined) {
    const [headRecord, previous] = await context.store.batchGet([head, before]);
    return { ...atHand, previous: await loadIfThere(context, previous), head: headRecord };
  }
  const [headRecord, previous, status, rawData] = await context.store.batchGet([
    head,
    before,
    { kind: 'status', tenantId, entityKey },
    { kind: 'raw-data', tenantId, entityKey, version },
  ]);
  if (status === undefined || rawData === undefined) throw rawDataMissing(entityKey, version);
  const [loaded, loadedPrevious] = await Promise.all([loadRawData(context, rawData), loadIfThere(context, previous)]);
  return { rawData: loaded, status, previous: loadedPrevious, head: headRecord };
}

async function loadIfThere(context: RuntimeContext, record: RawDataRecord | undefined): Promise<LoadedRawData | null> {
  return record === undefined ? null : loadRawData(context, record);
}

function requestOf(following: Following, { previous }: NewestState): SlicingRequest {
  return { ...following, fromVersion: previous?.record.version ?? null };
}

async function changeSetOf(
  context: RuntimeContext,
  request: SlicingRequest,
  state: NewestState,
  isBaseSliced: boolean,
): Promise<ChangeSetRecord | null> {
  try {
    const step = { ruleSet: request.ruleSet, before: state.previous, after: state.rawData };
    return buildStep(context, step).record;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The version before may have come in under an older schema that this rule set cannot read. Nothing was sliced from
    // it, so nothing is to be followed from it; the slicing itself says whether the newest version fits.
    if (!isBaseSliced && hasCode(error, 'slicing.payload_mismatch')) return null;
    return refuse(context, request, state.status, error);
  }
}

async function refuse(
  context: RuntimeContext,
  request: SlicingRequest,
  readBefore: StatusRecord,
  refusal: SlicewiseError,
): Promise<never> {
  let status: StatusRecord | undefined = readBefore;
  while (status !== undefined && (await recordRefusal(context, { request, status }, refusal)) === 'again') {
    const { tenantId, entityKey } = request;
    [status] = await context.store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  }
  logRefusal(context, request, refusal);
  throw refusal;
}
