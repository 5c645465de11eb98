import type { JsonObject } from '../../domain/canonical/json-value.ts';
import { formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { validationError } from '../../domain/errors.ts';
import { parseEntityKey, parseTenantId, parseVersion } from '../../domain/identity.ts';
import type { ManifestRecord, PipelineState, RawDataSummary, StatusRecord } from '../../domain/records.ts';
import type { Page } from '../../ports/store.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { rawDataMissing } from './create-change-set.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { EntityInput } from './entity-input.ts';
import type {
  ActiveVersion,
  ActiveVersionInput,
  EntityStatus,
  GetRawdataInput,
  ListByStateInput,
  ListEntitiesInput,
  ListManifestsInput,
  ListVersionsInput,
  ManifestSummary,
  OrderInput,
  PageInput,
  Rawdata,
  ResultPage,
  VersionSummary,
} from './listing-calls.ts';
import { parseOneOf, parseText } from './parse-input.ts';
import { loadRawData } from './raw-payload.ts';

const DEFAULT_LIMIT = 100;
const LIMIT_MAX = 1000;

const PIPELINE_STATES: readonly PipelineState[] = ['IDLE', 'BUILDING', 'READY', 'ACTIVE', 'FAILED'];

function orderOf({ order = 'descending' }: OrderInput): NonNullable<OrderInput['order']> {
  return parseOneOf('order', order, ['ascending', 'descending']);
}

export async function getRawdata(
  context: RuntimeContext,
  input: GetRawdataInput,
  signal?: AbortSignal,
): Promise<Rawdata> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const version = input.version === 'newest' ? await newestVersionOf(context, address) : parseVersion(input.version);
  const [record] = await context.store.batchGet([{ kind: 'raw-data', ...address, version }]);
  if (record === undefined) throw rawDataMissing(address.entityKey, version);
  const { payload } = await loadRawData(context, record);
  return {
    ...address,
    version,
    schemaRef: formatRef(record.schema),
    rawHash: record.rawHash,
    deleted: record.body.kind === 'deleted',
    payload,
    ingestedAt: record.ingestedAt,
  };
}

async function newestVersionOf({ store }: RuntimeContext, address: Pick<StatusRecord, 'tenantId' | 'entityKey'>) {
  const [status] = await store.batchGet([{ kind: 'status', ...address }]);
  if (status === undefined) throw rawDataMissing(address.entityKey, 'newest');
  return status.version;
}

export async function listVersions(
  context: RuntimeContext,
  input: ListVersionsInput,
  signal?: AbortSignal,
): Promise<ResultPage<VersionSummary>> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const listing = { range: 'versions', ...address, order: orderOf(input) } as const;
  return readPage(listing, input, (request) => context.store.range({ ...listing, ...request }), versionSummaryOf);
}

export async function listManifests(
  context: RuntimeContext,
  input: ListManifestsInput,
  signal?: AbortSignal,
): Promise<ResultPage<ManifestSummary>> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const { ref: ruleSet } = await context.contracts.ruleSet(parseRef(input.ruleSetRef, 'ruleSetRef'));
  const listing = { range: 'manifests', ...address, order: orderOf(input) } as const;
  const bound = { ...listing, ruleSetRef: formatRef(ruleSet) };
  return readPage(
    bound,
    input,
    (request) => context.store.range({ ...listing, ruleSet, ...request }),
    manifestSummaryOf,
  );
}

export async function listEntities(
  context: RuntimeContext,
  input: ListEntitiesInput,
  signal?: AbortSignal,
): Promise<ResultPage<string>> {
  ensureNotAborted(signal);
  const tenantId = parseTenantId(input.tenantId);
  const listing = { range: 'entities', tenantId, prefix: parseText('prefix', input.prefix ?? '') } as const;
  return readPage(
    listing,
    input,
    (request) => context.store.range({ ...listing, ...request }),
    (entityKey) => entityKey,
  );
}

export async function listByState(
  context: RuntimeContext,
  input: ListByStateInput,
  signal?: AbortSignal,
): Promise<ResultPage<EntityStatus>> {
  ensureNotAborted(signal);
  const listing = {
    range: 'by-state',
    tenantId: parseTenantId(input.tenantId),
    state: parseOneOf('state', input.state, PIPELINE_STATES),
  } as const;
  return readPage(listing, input, (request) => context.store.range({ ...listing, ...request }), entityStatusOf);
}

export async function getStatus(
  context: RuntimeContext,
  input: EntityInput,
  signal?: AbortSignal,
): Promise<EntityStatus | null> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const [status] = await context.store.batchGet([{ kind: 'status', ...address }]);
  return status === undefined ? null : entityStatusOf(status);
}

export async function activeVersion(
  context: RuntimeContext,
  input: ActiveVersionInput,
  signal?: AbortSignal,
): Promise<ActiveVersion | null> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const { ref: ruleSet } = await context.contracts.ruleSet(parseRef(input.ruleSetRef, 'ruleSetRef'));
  const [head] = await context.store.batchGet([{ kind: 'head', ...address, ruleSet }]);
  if (head === undefined) return null;
  return { version: head.version, revision: head.revision, manifestHash: head.manifest.manifestHash };
}

interface PageRequest {
  readonly limit: number;
  readonly after?: string;
}

/** @param listing what the page's cursor is bound to */
export async function readPage<Stored, Item>(
  listing: JsonObject,
  input: PageInput,
  read: (request: PageRequest) => Promise<Page<Stored>>,
  show: (item: Stored) => Item,
): Promise<ResultPage<Item>> {
  const limit = limitOf(input);
  const { cursor } = input;
  const page = await read(cursor === undefined ? { limit } : { limit, after: decodeCursor(listing, cursor) });
  return { items: page.items.map(show), cursor: page.next === null ? null : encodeCursor(listing, page.next) };
}

/** @throws `limit.invalid` */
export function limitOf({ limit = DEFAULT_LIMIT }: PageInput): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw validationError(
    'limit.invalid',
    `limit: expected an integer from 1 to ${LIMIT_MAX}, found ${limit}. Read page by page with the cursor.`,
  );
}

function versionSummaryOf(summary: RawDataSummary): VersionSummary {
  return {
    version: summary.version,
    schemaRef: formatRef(summary.schema),
    rawHash: summary.rawHash,
    deleted: summary.isDeleted,
    erased: summary.isErased,
    payloadBytes: summary.payloadBytes,
    ingestedAt: summary.ingestedAt,
  };
}

function manifestSummaryOf(manifest: ManifestRecord): ManifestSummary {
  const { version, revision, manifestHash, slices, pins, meta } = manifest;
  return { version, revision, manifestHash, slices, pins, mode: meta.mode, slicedAt: meta.slicedAt };
}

function entityStatusOf(status: StatusRecord): EntityStatus {
  return {
    tenantId: status.tenantId,
    entityKey: status.entityKey,
    version: status.version,
    rawHash: status.rawHash,
    deleted: status.isDeleted,
    state: status.state,
    owed: status.owed,
    fannedOutTo: status.fannedOutTo,
    lastDeployedAt: status.lastDeployedAt,
    updatedAt: status.updatedAt,
  };
}
