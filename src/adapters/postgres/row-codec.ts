import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { ContractRef } from '../../domain/contracts/contract-ref.ts';
import type { EntityKey, Version } from '../../domain/identity.ts';
import type {
  ChangeSetRecord,
  ChangeType,
  EntityAddress,
  HeadRecord,
  HintRecord,
  ManifestRecord,
  PipelineState,
  RawDataBody,
  RawDataRecord,
  RawDataSummary,
  SliceRecord,
  StatusRecord,
  StoredSliceSummary,
} from '../../domain/records.ts';
import type { KeyOf, RuleSetAddress } from '../../ports/store.ts';

/** Rows back to records. Each type of row has beside it the columns that it holds, in their order. */

export function toRef(refText: string): ContractRef {
  const at = refText.indexOf('@');
  return { id: refText.slice(0, at), version: refText.slice(at + 1) };
}

/** Stands for a payload that was taken out: canonical JSON is never empty. */
export const ERASED = new Uint8Array();

export const RAW_DATA_COLUMNS = 'version, schema_ref, raw_hash, payload, location, payload_bytes, ingested_at';
export type RawDataRow = readonly [
  version: Version,
  schemaRef: string,
  rawHash: ContentHash,
  payload: Uint8Array | null,
  location: string | null,
  payloadBytes: number,
  ingestedAt: string,
];

export function toRawData(row: RawDataRow, { tenantId, entityKey }: EntityAddress): RawDataRecord {
  const [version, schemaRef, rawHash, payload, location, payloadBytes, ingestedAt] = row;
  return {
    kind: 'raw-data',
    tenantId,
    entityKey,
    version,
    schema: toRef(schemaRef),
    rawHash,
    body: toBody(payload, location, payloadBytes),
    ingestedAt,
  };
}

function toBody(payload: Uint8Array | null, location: string | null, payloadBytes: number): RawDataBody {
  if (payload?.byteLength === 0) return { kind: 'erased', payloadBytes };
  if (payload !== null) return { kind: 'inline', bytes: payload };
  if (location === null) return { kind: 'deleted' };
  return { kind: 'external', location: JSON.parse(location), payloadBytes };
}

export const RAW_DATA_SUMMARY_COLUMNS =
  'version, schema_ref, raw_hash, payload IS NULL AND location IS NULL, payload IS NOT NULL AND octet_length(payload) = 0, payload_bytes, ingested_at';
export type RawDataSummaryRow = readonly [
  version: Version,
  schemaRef: string,
  rawHash: ContentHash,
  isDeleted: boolean,
  isErased: boolean,
  payloadBytes: number,
  ingestedAt: string,
];

export function toRawDataSummary(row: RawDataSummaryRow, { tenantId, entityKey }: EntityAddress): RawDataSummary {
  const [version, schemaRef, rawHash, isDeleted, isErased, payloadBytes, ingestedAt] = row;
  return {
    tenantId,
    entityKey,
    version,
    schema: toRef(schemaRef),
    rawHash,
    isDeleted,
    isErased,
    payloadBytes,
    ingestedAt,
  };
}

export const STATUS_COLUMNS =
  'version, raw_hash, schema_ref, is_deleted, counter, state, owed, last_deployed_at, updated_at, fanned_out_to, fills';
export type StatusRow = readonly [
  version: Version,
  rawHash: ContentHash,
  schemaRef: string,
  isDeleted: boolean,
  counter: number,
  state: PipelineState,
  owed: string,
  lastDeployedAt: string | null,
  updatedAt: string,
  fannedOutTo: Version | 0,
  fills: number,
];

export function toStatus(row: StatusRow, { tenantId, entityKey }: EntityAddress): StatusRecord {
  const [version, rawHash, schemaRef, isDeleted, counter, state, owed, lastDeployedAt, updatedAt, fannedOutTo, fills] =
    row;
  return {
    kind: 'status',
    tenantId,
    entityKey,
    version,
    rawHash,
    schema: toRef(schemaRef),
    isDeleted,
    counter,
    state,
    owed: JSON.parse(owed),
    fannedOutTo,
    fills,
    lastDeployedAt,
    updatedAt,
  };
}

export const SLICE_COLUMNS = 'is_tombstone, payload, gc_epoch, sliced_at';
export type SliceRow = readonly [isTombstone: boolean, payload: Uint8Array, gcEpoch: number, slicedAt: string];

export function toSlice(row: SliceRow, key: KeyOf<'slice'>): SliceRecord {
  const [isTombstone, payload, gcEpoch, slicedAt] = row;
  return {
    kind: 'slice',
    tenantId: key.tenantId,
    entityKey: key.entityKey,
    ruleSet: { id: key.ruleSet.id, version: key.ruleSet.version },
    sliceType: key.sliceType,
    sliceHash: key.sliceHash,
    isTombstone,
    payload: payload.byteLength === 0 ? null : payload,
    gcEpoch,
    slicedAt,
  };
}

export const SLICE_SUMMARY_COLUMNS =
  'rule_set, slice_type, slice_hash, is_tombstone, octet_length(payload) = 0, gc_epoch, sliced_at';
export type SliceSummaryRow = readonly [
  ruleSet: string,
  sliceType: string,
  sliceHash: ContentHash,
  isTombstone: boolean,
  isErased: boolean,
  gcEpoch: number,
  slicedAt: string,
];

export function toSliceSummary(row: SliceSummaryRow, { tenantId, entityKey }: EntityAddress): StoredSliceSummary {
  const [ruleSet, sliceType, sliceHash, isTombstone, isErased, gcEpoch, slicedAt] = row;
  return {
    tenantId,
    entityKey,
    ruleSet: toRef(ruleSet),
    sliceType,
    sliceHash,
    isTombstone,
    isErased,
    gcEpoch,
    slicedAt,
  };
}

export const MANIFEST_COLUMNS = 'version, revision, manifest_hash, content';
export type ManifestRow = readonly [version: Version, revision: number, manifestHash: ContentHash, content: string];

export function toManifest(row: ManifestRow, { tenantId, entityKey, ruleSet }: RuleSetAddress): ManifestRecord {
  const [version, revision, manifestHash, content] = row;
  const { slices, pins, meta }: ManifestContent = JSON.parse(content);
  return {
    kind: 'manifest',
    tenantId,
    entityKey,
    ruleSet: { id: ruleSet.id, version: ruleSet.version },
    version,
    revision,
    manifestHash,
    slices,
    pins,
    meta,
  };
}

type ManifestContent = Pick<ManifestRecord, 'slices' | 'pins' | 'meta'>;

export function manifestContent({ slices, pins, meta }: ManifestContent): string {
  return JSON.stringify({ slices, pins, meta });
}

/** A head's row is joined with its manifest's, whose version and revision are the head's own. */
export const HEAD_COLUMNS = `gc_epoch, ${MANIFEST_COLUMNS}`;
export type HeadRow = readonly [gcEpoch: number, ...manifest: ManifestRow];

export function toHead([gcEpoch, ...row]: HeadRow, address: RuleSetAddress): HeadRecord {
  const manifest = toManifest(row, address);
  return {
    kind: 'head',
    tenantId: manifest.tenantId,
    entityKey: manifest.entityKey,
    ruleSet: { id: manifest.ruleSet.id, version: manifest.ruleSet.version },
    version: manifest.version,
    revision: manifest.revision,
    gcEpoch,
    manifest,
  };
}

export const CHANGE_SET_COLUMNS = 'changeset_hash, ops, change_type, meaning, created_at';
export type ChangeSetRow = readonly [
  changesetHash: ContentHash,
  ops: Uint8Array | null,
  changeType: ChangeType,
  meaning: string,
  createdAt: string,
];

export function toChangeSet(
  row: readonly [...ChangeSetRow, ...unknown[]],
  key: Omit<KeyOf<'change-set'>, 'kind'>,
): ChangeSetRecord {
  const [changesetHash, ops, changeType, meaning, createdAt] = row;
  const { changedPaths, changedKeys, impactedSlices, isErased = false }: ChangeSetMeaning = JSON.parse(meaning);
  return {
    kind: 'change-set',
    tenantId: key.tenantId,
    entityKey: key.entityKey,
    fromVersion: key.fromVersion,
    toVersion: key.toVersion,
    ruleSet: { id: key.ruleSet.id, version: key.ruleSet.version },
    changesetHash,
    ops,
    changeType,
    changedPaths,
    changedKeys,
    impactedSlices,
    isErased,
    createdAt,
  };
}

type ChangeSetMeaning = Pick<ChangeSetRecord, 'changedPaths' | 'changedKeys' | 'impactedSlices'> &
  Partial<Pick<ChangeSetRecord, 'isErased'>>;

export function changeSetMeaning({ changedPaths, changedKeys, impactedSlices, isErased }: ChangeSetRecord): string {
  return JSON.stringify({ changedPaths, changedKeys, impactedSlices, ...(isErased && { isErased }) });
}

export const HINT_COLUMNS = 'entity_key, rule_set, slice_type, version, revision, slice_hash, indexed_at';
export type HintRow = readonly [
  entityKey: EntityKey,
  ruleSet: string,
  sliceType: string,
  version: Version,
  revision: number,
  sliceHash: ContentHash | null,
  indexedAt: string,
];

export function toHint(row: HintRow, partition: Pick<HintRecord, 'tenantId' | 'indexKey' | 'shard'>): HintRecord {
  const [entityKey, ruleSet, sliceType, version, revision, sliceHash, indexedAt] = row;
  return {
    kind: 'hint',
    tenantId: partition.tenantId,
    indexKey: partition.indexKey,
    shard: partition.shard,
    entityKey,
    ruleSet: toRef(ruleSet),
    sliceType,
    version,
    revision,
    sliceHash,
    indexedAt,
  };
}
