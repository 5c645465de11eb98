import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { changeSetErased } from '../../domain/erasure.ts';
import { missing, versionGap } from '../../domain/errors.ts';
import { parseEntityKey, parseTenantId, parseVersion, type Version } from '../../domain/identity.ts';
import type {
  ChangeSetRecord,
  EntityAddress,
  HeadRecord,
  ManifestRecord,
  SlicingMode,
  StatusRecord,
} from '../../domain/records.ts';
import type { RuleSetAddress } from '../../ports/store.ts';
import { assertEntityType } from './assert-entity-type.ts';
import type { RuntimeContext } from './context.ts';
import { rawDataMissing } from './create-change-set.ts';
import { parseOneOf } from './parse-input.ts';
import { type LoadedRawData, loadRawData } from './raw-payload.ts';
import { newestManifestBeside } from './read-manifest.ts';
import type { SlicingInput } from './runtime.ts';

/** A version that is to be sliced under a rule set. */
export interface Following extends EntityAddress {
  readonly version: Version;
  readonly ruleSet: CompiledRuleSet;
  /** The claim under which it is built, if any. */
  readonly claimToken?: string;
}

/** How somebody wants it sliced. */
export interface SlicingRequest extends Following {
  /** `null`: FULL_REBUILD. */
  readonly fromVersion: Version | null;
}

/** What one attempt goes by, all of it read before its first slice is put. */
export interface SlicingTask extends RevisingTask {
  readonly rawData: LoadedRawData;
}

/** The same where a version is committed already: the slices that it has will do, if its payload is not at hand. */
export interface RevisingTask {
  readonly request: SlicingRequest;
  readonly rawData?: LoadedRawData;
  readonly status: StatusRecord;
  readonly head: HeadRecord | undefined;
  /** The version's newest manifest, when it was committed before. */
  readonly committed: ManifestRecord | undefined;
  /** Of the manifest that it makes: 0, or one above the base's where the version's sources moved. */
  readonly revision: number;
  readonly base: IncrementalBase | null;
  /** The ChangeSet of `base` where it was just built: to be stored beside the slices. */
  readonly newChangeSet: ChangeSetRecord | null;
}

/** Where an INCREMENTAL starts; without a manifest it is built FULL and says so. */
export interface IncrementalBase {
  readonly manifest: ManifestRecord | undefined;
  /** `null`: the base is the same version, so nothing of its own changed. */
  readonly changeSet: ChangeSetRecord | null;
}

const MODES: readonly SlicingMode[] = ['FULL_REBUILD', 'INCREMENTAL'];

export function requestedModeOf(request: SlicingRequest): SlicingMode {
  return request.fromVersion === null ? 'FULL_REBUILD' : 'INCREMENTAL';
}

export async function parseSlicingInput(context: RuntimeContext, input: SlicingInput): Promise<SlicingRequest> {
  const tenantId = parseTenantId(input.tenantId);
  const entityKey = parseEntityKey(input.entityKey);
  const version = parseVersion(input.version);
  const ruleSet = await context.contracts.ruleSet(parseRef(input.ruleSetRef, 'ruleSetRef'));
  assertEntityType(ruleSet, entityKey);
  if (parseOneOf('mode', input.mode, MODES) === 'FULL_REBUILD')
    return { tenantId, entityKey, version, ruleSet, fromVersion: null };
  const fromVersion = parseVersion(input.fromVersion, 'fromVersion');
  if (fromVersion + 1 === version) return { tenantId, entityKey, version, ruleSet, fromVersion };
  throw versionGap(
    'slicing.version_gap',
    `${entityKey}: expected INCREMENTAL slicing from the version just before ${version}, found from ${fromVersion}. ` +
      'Slice each step, or use FULL_REBUILD.',
    { entityKey, fromVersion, version },
  );
}

export function addressOf({ tenantId, entityKey, ruleSet }: Following): RuleSetAddress {
  return { tenantId, entityKey, ruleSet: ruleSet.ref };
}

/**
 * The epoch of an attempt: what it puts may be collected once the epoch is higher, and then it does not commit. Where
 * nothing is committed yet there is no head to raise it in: under a rule set with joins the first commit goes by the
 * status, whose `fills` stands for the epoch (ADR 0045).
 */
export function gcEpochOf({ request, status, head }: RevisingTask): number {
  if (head !== undefined) return head.gcEpoch;
  return request.ruleSet.joins.length === 0 ? 0 : status.fills;
}

/** Reads everything that an attempt goes by. @throws `rawdata.missing`, `changeset.missing`, `changeset.erased` */
export async function loadSlicingTask(context: RuntimeContext, request: SlicingRequest): Promise<SlicingTask> {
  const { tenantId, entityKey, version, fromVersion } = request;
  const address = addressOf(request);
  const [status, record, head, changeSet] = await context.store.batchGet([
    { kind: 'status', tenantId, entityKey },
    { kind: 'raw-data', tenantId, entityKey, version },
    { kind: 'head', ...address },
    ...(fromVersion === null ? [] : [{ kind: 'change-set', ...address, fromVersion, toVersion: version } as const]),
  ]);
  if (record === undefined || status === undefined) throw rawDataMissing(entityKey, version);
  const [rawData, committed, base] = await Promise.all([
    loadRawData(context, record),
    newestManifestBeside(context, head, address, version),
    loadBase(context, request, head, changeSet),
  ]);
  return { request, rawData, status, head, committed, revision: 0, base, newChangeSet: null };
}

async function loadBase(
  context: RuntimeContext,
  request: SlicingRequest,
  head: HeadRecord | undefined,
  changeSet: ChangeSetRecord | undefined,
): Promise<IncrementalBase | null> {
  const { fromVersion, version, entityKey, ruleSet } = request;
  if (fromVersion === null) return null;
  if (changeSet?.isErased) throw changeSetErased(changeSet);
  if (changeSet !== undefined) {
    return { manifest: await newestManifestBeside(context, head, addressOf(request), fromVersion), changeSet };
  }
  throw missing(
    'changeset.missing',
    `${entityKey}, rule set ${formatRef(ruleSet.ref)}: expected the ChangeSet ${fromVersion} to ${version} for an ` +
      'INCREMENTAL slicing, found none. Create it first (`createChangeSet`), or use FULL_REBUILD.',
    { entityKey, fromVersion, toVersion: version, ruleSetRef: formatRef(ruleSet.ref) },
  );
}
