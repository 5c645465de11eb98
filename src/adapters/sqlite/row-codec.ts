import type { SQLOutputValue } from 'node:sqlite';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { ContractRef } from '../../domain/contracts/contract-ref.ts';
import type { EntityKey, Version } from '../../domain/identity.ts';
import type {
  HeadRecord,
  HintRecord,
  ManifestRecord,
  PipelineState,
  RawDataBody,
  RawDataRecord,
  RawDataSummary,
  StatusRecord,
} from '../../domain/records.ts';
import type { RuleSetAddress } from '../../ports/store.ts';

/**
 * Rows back to records. A row holds what was parsed before it was written and the layout fixes each column's type,
 * so the casts below only say again what the writer knew.
 */
export type Row = Record<string, SQLOutputValue>;

export const text = (row: Row, column: string): string => row[column] as string;
export const textOrNull = (row: Row, column: string): string | null => row[column] as string | null;
export const integer = (row: Row, column: string): number => row[column] as number;
export const bytes = (row: Row, column: string): Uint8Array => row[column] as Uint8Array;
export const bytesOrNull = (row: Row, column: string): Uint8Array | null => row[column] as Uint8Array | null;
export const contentHash = (row: Row, column: string): ContentHash => row[column] as ContentHash;
export const version = (row: Row, column: string): Version => row[column] as Version;
export const entityKey = (row: Row): EntityKey => row['entity_key'] as EntityKey;

export function contractRef(row: Row, column: string): ContractRef {
  const refText = text(row, column);
  const at = refText.indexOf('@');
  return { id: refText.slice(0, at), version: refText.slice(at + 1) };
}

type Address = Pick<RawDataRecord, 'tenantId' | 'entityKey'>;

export function toRawData(row: Row, { tenantId, entityKey }: Address): RawDataRecord {
  return {
    kind: 'raw-data',
    tenantId,
    entityKey,
    version: version(row, 'version'),
    schema: contractRef(row, 'schema_ref'),
    rawHash: contentHash(row, 'raw_hash'),
    body: toBody(row),
    ingestedAt: text(row, 'ingested_at'),
  };
}

function toBody(row: Row): RawDataBody {
  const payload = bytesOrNull(row, 'payload');
  if (payload) return { kind: 'inline', bytes: payload };
  const location = textOrNull(row, 'location');
  if (location === null) return { kind: 'deleted' };
  return { kind: 'external', location: JSON.parse(location), payloadBytes: integer(row, 'payload_bytes') };
}

export function toRawDataSummary(row: Row, { tenantId, entityKey }: Address): RawDataSummary {
  return {
    tenantId,
    entityKey,
    version: version(row, 'version'),
    schema: contractRef(row, 'schema_ref'),
    rawHash: contentHash(row, 'raw_hash'),
    isDeleted: integer(row, 'is_deleted') === 1,
    payloadBytes: integer(row, 'payload_bytes'),
    ingestedAt: text(row, 'ingested_at'),
  };
}

export function toStatus(row: Row, { tenantId, entityKey }: Address): StatusRecord {
  return {
    kind: 'status',
    tenantId,
    entityKey,
    version: version(row, 'version'),
    rawHash: contentHash(row, 'raw_hash'),
    schema: contractRef(row, 'schema_ref'),
    isDeleted: integer(row, 'is_deleted') === 1,
    counter: integer(row, 'counter'),
    // The writer's own list of states.
    state: text(row, 'state') as PipelineState,
    owed: JSON.parse(text(row, 'owed')),
    lastDeployedAt: textOrNull(row, 'last_deployed_at'),
    updatedAt: text(row, 'updated_at'),
  };
}

export function toManifest(row: Row, { tenantId, entityKey, ruleSet }: RuleSetAddress): ManifestRecord {
  const { slices, pins, meta }: ManifestContent = JSON.parse(text(row, 'content'));
  return {
    kind: 'manifest',
    tenantId,
    entityKey,
    ruleSet: { id: ruleSet.id, version: ruleSet.version },
    version: version(row, 'version'),
    revision: integer(row, 'revision'),
    manifestHash: contentHash(row, 'manifest_hash'),
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
export function toHead(row: Row, address: RuleSetAddress): HeadRecord {
  const manifest = toManifest(row, address);
  return {
    kind: 'head',
    tenantId: manifest.tenantId,
    entityKey: manifest.entityKey,
    ruleSet: { id: manifest.ruleSet.id, version: manifest.ruleSet.version },
    version: manifest.version,
    revision: manifest.revision,
    gcEpoch: integer(row, 'gc_epoch'),
    manifest,
  };
}

export function toHint(row: Row, partition: Pick<HintRecord, 'tenantId' | 'indexKey' | 'shard'>): HintRecord {
  return {
    kind: 'hint',
    tenantId: partition.tenantId,
    indexKey: partition.indexKey,
    shard: partition.shard,
    entityKey: entityKey(row),
    ruleSet: contractRef(row, 'rule_set'),
    sliceType: text(row, 'slice_type'),
    version: version(row, 'version'),
    revision: integer(row, 'revision'),
    // Written from a hint, where it is a hash or nothing.
    sliceHash: textOrNull(row, 'slice_hash') as ContentHash | null,
    indexedAt: text(row, 'indexed_at'),
  };
}
