import type { CompiledRuleSet, CompiledSchema } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { decisionTraceIdOf } from '../../domain/decision-trace.ts';
import { rawDataErased } from '../../domain/erasure.ts';
import {
  conflict,
  invariantViolation,
  isSlicewiseError,
  type SlicewiseError,
  versionGap,
} from '../../domain/errors.ts';
import { parseVersion, type Version } from '../../domain/identity.ts';
import { statusAfterInsert } from '../../domain/pipeline-state.ts';
import type { RawDataRecord, StatusRecord } from '../../domain/records.ts';
import type { InsertChange, InsertOutcome } from '../../ports/store.ts';
import { backOff } from '../retry.ts';
import { contextWithin } from './caller-transaction.ts';
import { ensureNotAborted, type RuntimeContext, timestamp } from './context.ts';
import type { LoadedRawData } from './raw-payload.ts';
import { findFreeGeneration, storeBody } from './raw-payload.ts';
import type { InsertOptions, InsertRawdataInput, InsertRawdataResult } from './runtime.ts';
import { nameTried, namingTried } from './tried-version.ts';
import {
  hasSameContent,
  parseVersionRequest,
  prepareCandidate,
  recordOf,
  type VersionCandidate,
  type VersionRequest,
} from './version-candidate.ts';

/** What an insert found or made; what the next stages go on with. */
export interface InsertedVersion {
  readonly outcome: 'inserted' | 'unchanged';
  readonly schema: CompiledSchema;
  /** The ACTIVE rule sets of the entity's type, sorted by ref. */
  readonly ruleSets: readonly CompiledRuleSet[];
  readonly rawData: LoadedRawData;
  /** As it stood when the version was in. */
  readonly status: StatusRecord;
}

/**
 * Puts a version in, atomically, and whatever else it can in the same step.
 * @returns the status as it stands then; anything else: nothing was changed
 */
export type PutVersion = (version: InsertedVersion, change: InsertChange) => Promise<StatusRecord | NotInserted>;

type NotInserted = Exclude<InsertOutcome, 'inserted'>;

const ATTEMPTS_MAX = 20;

export async function putVersionAlone({ store }: RuntimeContext, change: InsertChange): ReturnType<PutVersion> {
  const outcome = await store.insert(change);
  return outcome === 'inserted' ? change.status : outcome;
}

/** Puts one version once (L2, L6): the same content again is `unchanged`, other content is refused for ever. */
export async function insertVersion(
  context: RuntimeContext,
  input: InsertRawdataInput,
  signal?: AbortSignal,
  put: PutVersion = (_version, change) => putVersionAlone(context, change),
): Promise<InsertedVersion> {
  ensureNotAborted(signal);
  const request = await parseVersionRequest(context, input);
  let candidate: VersionCandidate | undefined;
  let tried: Version | undefined;
  let generation = 0;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; ) {
    ensureNotAborted(signal);
    const { entityKey } = request;
    const unsettled = tried === undefined ? undefined : { entityKey, version: tried };
    const found = await namingTried(unsettled, () => readEntity(context, request, tried));
    // Parsed after the read: from here to the write nothing waits, so that what many calls parse does not pile up.
    candidate ??= prepareCandidate(request, input);
    const known = knownVersionOf(candidate, found);
    if (known !== undefined) return known;
    tried = nextVersionOf(candidate, found.status);
    const inserted = await tryInsert(context, put, { candidate, generation, version: tried, previous: found.status });
    if (inserted === 'collecting') {
      // The location will never be used again; that is no race, and costs none of the attempts.
      generation = await findFreeGeneration(context, { ...candidate, generation: generation + 1 });
      continue;
    }
    if (inserted !== 'conflict') return inserted;
    await backOff(context.retry, attempt);
    attempt += 1;
  }
  throw conflict(
    'rawdata.conflict',
    `${request.entityKey}: expected to put a version within ${ATTEMPTS_MAX} attempts, found other writers ahead each time. ` +
      'Make the same call again.',
    { entityKey: request.entityKey, attempts: ATTEMPTS_MAX },
  );
}

interface FoundEntity {
  readonly status: StatusRecord | undefined;
  /** RawData at the version that was asked for, or tried last. */
  readonly existing: RawDataRecord | undefined;
}

async function readEntity(
  { store }: RuntimeContext,
  { tenantId, entityKey, requested }: VersionRequest,
  tried: Version | undefined,
): Promise<FoundEntity> {
  const [status] = await store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  const version = requested === 'next' ? tried : requested;
  // A version above the newest is not in; what the status knows of never goes away again.
  if (version === undefined || status === undefined || version > status.version) return { status, existing: undefined };
  const [existing] = await store.batchGet([{ kind: 'raw-data', tenantId, entityKey, version }]);
  return { status, existing };
}

/** The version under which this content is in already: the one asked for or tried, or the newest for `'next'`. */
function knownVersionOf(candidate: VersionCandidate, { status, existing }: FoundEntity): InsertedVersion | undefined {
  if (existing !== undefined && status !== undefined) {
    // Whoever went on with the content at hand would bring back what was erased.
    if (existing.body.kind === 'erased') throw rawDataErased(existing);
    if (hasSameContent(candidate, existing.rawHash, existing.schema, existing.body.kind === 'deleted')) {
      return unchanged(candidate, existing, status);
    }
    if (candidate.requested !== 'next') throw contentConflict(candidate, existing);
  }
  if (candidate.requested !== 'next' || status === undefined) return undefined;
  if (!hasSameContent(candidate, status.rawHash, status.schema, status.isDeleted)) return undefined;
  return unchanged(candidate, recordOf(candidate, status.version, status.updatedAt), status);
}

function unchanged(
  candidate: VersionCandidate,
  record: Omit<RawDataRecord, 'body'>,
  status: StatusRecord,
): InsertedVersion {
  const body: RawDataRecord['body'] =
    candidate.bytes === null ? { kind: 'deleted' } : { kind: 'inline', bytes: candidate.bytes };
  return {
    outcome: 'unchanged',
    schema: candidate.schema,
    ruleSets: candidate.ruleSets,
    rawData: { record: { ...record, body }, payload: candidate.payload },
    status,
  };
}

function contentConflict(candidate: VersionCandidate, existing: RawDataRecord): SlicewiseError {
  return invariantViolation(
    'rawdata.content_conflict',
    `${candidate.entityKey} version ${existing.version}: expected the content that is stored there ` +
      `(${existing.rawHash} under ${formatRef(existing.schema)}), found other content ` +
      `(${candidate.rawHash} under ${formatRef(candidate.schema.ref)}). ` +
      'A version never changes: send the new content as the next version.',
    {
      entityKey: candidate.entityKey,
      version: existing.version,
      storedHash: existing.rawHash,
      storedSchema: formatRef(existing.schema),
      givenHash: candidate.rawHash,
      givenSchema: formatRef(candidate.schema.ref),
    },
  );
}

function nextVersionOf({ requested, entityKey }: VersionCandidate, status: StatusRecord | undefined): Version {
  if (requested === 'next') return parseVersion((status?.version ?? 0) + 1);
  if (status === undefined || requested === status.version + 1) return requested;
  const isAbove = requested > status.version;
  throw versionGap(
    'rawdata.version_gap',
    `${entityKey}: expected version ${status.version + 1} after ${status.version}, found ${requested}. ` +
      (isAbove
        ? 'Insert the versions between first: they are contiguous.'
        : "It lies below the entity's first version: versions only go up."),
    { entityKey, newestVersion: status.version, givenVersion: requested },
  );
}

interface InsertAttempt {
  readonly candidate: VersionCandidate;
  readonly version: Version;
  /** Of the payload's location, where it has one. */
  readonly generation: number;
  /** The status that was read. */
  readonly previous: StatusRecord | undefined;
}

async function tryInsert(
  context: RuntimeContext,
  put: PutVersion,
  { candidate, version, generation, previous }: InsertAttempt,
): Promise<InsertedVersion | NotInserted> {
  context.contracts.gate(candidate.schema);
  const binding = context.contracts.bind([candidate.schema]);
  if (binding !== undefined) await binding;
  const head = recordOf(candidate, version, timestamp(context));
  const body = storeBody(context, head, { bytes: candidate.bytes, generation });
  const record: RawDataRecord = { ...head, body: body instanceof Promise ? await body : body };
  const { schema, ruleSets, isJoined, payload, members } = candidate;
  const refs = ruleSets.map((ruleSet) => formatRef(ruleSet.ref));
  const status = statusAfterInsert(previous, record, refs, isJoined);
  const inserting: InsertedVersion = {
    outcome: 'inserted',
    schema,
    ruleSets,
    rawData: { record, payload, members },
    status,
  };
  const change = { rawData: record, status, expectedCounter: previous?.counter ?? null };
  const left = await putKnowingly(context, record, () => put(inserting, change));
  return typeof left === 'string' ? left : { ...inserting, status: left };
}

/** A soft failure leaves it unknown whether the version is in: one more look, and else the error says what was tried. */
async function putKnowingly(
  context: RuntimeContext,
  record: RawDataRecord,
  put: () => ReturnType<PutVersion>,
): ReturnType<PutVersion> {
  try {
    return await put();
  } catch (error) {
    if (!isSlicewiseError(error) || !error.retryable) throw error;
    if (await isTaken(context, record)) return 'conflict';
    throw nameTried(error, record);
  }
}

async function isTaken({ store }: RuntimeContext, { tenantId, entityKey, version }: RawDataRecord): Promise<boolean> {
  try {
    const [there] = await store.batchGet([{ kind: 'raw-data', tenantId, entityKey, version }]);
    return there !== undefined;
  } catch (error) {
    if (isSlicewiseError(error) && error.retryable) return false;
    throw error;
  }
}

export async function insertRawdata(
  context: RuntimeContext,
  input: InsertRawdataInput,
  { signal, within }: InsertOptions = {},
): Promise<InsertRawdataResult> {
  const inserting = within === undefined ? context : contextWithin(context, within);
  return insertResultOf(context, await insertVersion(inserting, input, signal));
}

export function insertResultOf({ logger }: RuntimeContext, inserted: InsertedVersion): InsertRawdataResult {
  const { tenantId, entityKey, version, rawHash, body } = inserted.rawData.record;
  const schema = { ref: formatRef(inserted.schema.ref), contentHash: inserted.schema.contentHash };
  const decisionTraceId = decisionTraceIdOf('insertRawdata', {
    tenantId,
    entityKey,
    version,
    rawHash,
    schemaRef: schema.ref,
  });
  logger.debug(
    { decisionTraceId, tenantId, entityKey, version, rawHash, outcome: inserted.outcome },
    'raw data inserted',
  );
  return {
    outcome: inserted.outcome,
    tenantId,
    entityKey,
    version,
    schema,
    rawHash,
    deleted: body.kind === 'deleted',
    decisionTraceId,
  };
}
