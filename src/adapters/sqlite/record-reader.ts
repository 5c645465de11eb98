import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type {
  ChangeSetRecord,
  ContractBindingRecord,
  ContractSnapshotRecord,
  SliceRecord,
} from '../../domain/records.ts';
import type { RecordKey, RecordOf, StoredRecord } from '../../ports/store.ts';
import {
  bytes,
  bytesOrNull,
  contentHash,
  type Row,
  text,
  toHead,
  toManifest,
  toRawData,
  toStatus,
} from './row-codec.ts';

type KeyOf<Kind extends RecordKey['kind']> = Extract<RecordKey, { kind: Kind }>;

/** Gets single records by key. */
export class RecordReader {
  readonly #rawData: StatementSync;
  readonly #status: StatementSync;
  readonly #changeSet: StatementSync;
  readonly #slice: StatementSync;
  readonly #manifest: StatementSync;
  readonly #head: StatementSync;
  readonly #snapshot: StatementSync;
  readonly #binding: StatementSync;

  constructor(database: DatabaseSync) {
    this.#rawData = database.prepare(`
      SELECT version, schema_ref, raw_hash, payload, location, payload_bytes, ingested_at
      FROM raw_data WHERE tenant_id = ? AND entity_key = ? AND version = ?`);
    this.#status = database.prepare(`
      SELECT version, raw_hash, schema_ref, is_deleted, counter, state, owed, last_deployed_at, updated_at
      FROM status WHERE tenant_id = ? AND entity_key = ?`);
    this.#changeSet = database.prepare(`
      SELECT changeset_hash, ops, change_type, meaning, created_at FROM change_set
      WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND from_version = ? AND to_version = ?`);
    this.#slice = database.prepare(`
      SELECT is_tombstone, payload, gc_epoch, sliced_at FROM slice
      WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND slice_type = ? AND slice_hash = ?`);
    // A view reads many at once; naming the columns of each row would cost as much again as reading it.
    this.#slice.setReturnArrays(true);
    this.#manifest = database.prepare(`
      SELECT version, revision, manifest_hash, content FROM manifest
      WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND version = ? AND revision = ?`);
    this.#head = database.prepare(`
      SELECT manifest.version, manifest.revision, gc_epoch, manifest_hash, content
      FROM head JOIN manifest USING (commit_number)
      WHERE head.tenant_id = ? AND head.entity_key = ? AND head.rule_set = ?`);
    this.#snapshot = database.prepare('SELECT document, recorded_at FROM contract_snapshot WHERE content_hash = ?');
    this.#binding = database.prepare(
      'SELECT content_hash, recorded_at FROM contract_binding WHERE contract_kind = ? AND ref = ?',
    );
  }

  read<K extends RecordKey>(key: K): RecordOf<K> | undefined {
    // Each branch reads the kind that its key names, which TypeScript cannot follow.
    return this.#read(key) as RecordOf<K> | undefined;
  }

  #read(key: RecordKey): StoredRecord | undefined {
    switch (key.kind) {
      case 'raw-data': {
        const row = this.#rawData.get(key.tenantId, key.entityKey, key.version);
        return row && toRawData(row, key);
      }
      case 'status': {
        const row = this.#status.get(key.tenantId, key.entityKey);
        return row && toStatus(row, key);
      }
      case 'change-set': {
        const { tenantId, entityKey, ruleSet, fromVersion, toVersion } = key;
        const row = this.#changeSet.get(tenantId, entityKey, formatRef(ruleSet), fromVersion, toVersion);
        return row && toChangeSet(row, key);
      }
      case 'slice': {
        const { tenantId, entityKey, ruleSet, sliceType, sliceHash } = key;
        const row = this.#slice.get(tenantId, entityKey, formatRef(ruleSet), sliceType, sliceHash);
        // Of a statement that returns arrays, in the order of its columns.
        return row && toSlice(row as unknown as SliceRow, key);
      }
      case 'manifest': {
        const { tenantId, entityKey, ruleSet, version, revision } = key;
        const row = this.#manifest.get(tenantId, entityKey, formatRef(ruleSet), version, revision);
        return row && toManifest(row, key);
      }
      case 'head': {
        const row = this.#head.get(key.tenantId, key.entityKey, formatRef(key.ruleSet));
        return row && toHead(row, key);
      }
      case 'contract-snapshot': {
        const row = this.#snapshot.get(key.contentHash);
        return row && toSnapshot(row, key);
      }
      case 'contract-binding': {
        const row = this.#binding.get(key.contractKind, formatRef(key.ref));
        return row && toBinding(row, key);
      }
    }
  }
}

function toChangeSet(row: Row, key: KeyOf<'change-set'>): ChangeSetRecord {
  const meaning: ChangeSetMeaning = JSON.parse(text(row, 'meaning'));
  return {
    kind: 'change-set',
    tenantId: key.tenantId,
    entityKey: key.entityKey,
    fromVersion: key.fromVersion,
    toVersion: key.toVersion,
    ruleSet: { id: key.ruleSet.id, version: key.ruleSet.version },
    changesetHash: contentHash(row, 'changeset_hash'),
    ops: bytesOrNull(row, 'ops'),
    // Written from a record, where it is one of the change types.
    changeType: text(row, 'change_type') as ChangeSetRecord['changeType'],
    changedPaths: meaning.changedPaths,
    changedKeys: meaning.changedKeys,
    impactedSlices: meaning.impactedSlices,
    createdAt: text(row, 'created_at'),
  };
}

type ChangeSetMeaning = Pick<ChangeSetRecord, 'changedPaths' | 'changedKeys' | 'impactedSlices'>;

export function changeSetMeaning({ changedPaths, changedKeys, impactedSlices }: ChangeSetMeaning): string {
  return JSON.stringify({ changedPaths, changedKeys, impactedSlices });
}

type SliceRow = readonly [isTombstone: number, payload: Uint8Array, gcEpoch: number, slicedAt: string];

function toSlice([isTombstone, payload, gcEpoch, slicedAt]: SliceRow, key: KeyOf<'slice'>): SliceRecord {
  return {
    kind: 'slice',
    tenantId: key.tenantId,
    entityKey: key.entityKey,
    ruleSet: { id: key.ruleSet.id, version: key.ruleSet.version },
    sliceType: key.sliceType,
    sliceHash: key.sliceHash,
    isTombstone: isTombstone === 1,
    payload,
    gcEpoch,
    slicedAt,
  };
}

function toSnapshot(row: Row, key: KeyOf<'contract-snapshot'>): ContractSnapshotRecord {
  return {
    kind: 'contract-snapshot',
    contentHash: key.contentHash,
    document: bytes(row, 'document'),
    recordedAt: text(row, 'recorded_at'),
  };
}

function toBinding(row: Row, key: KeyOf<'contract-binding'>): ContractBindingRecord {
  return {
    kind: 'contract-binding',
    contractKind: key.contractKind,
    ref: { id: key.ref.id, version: key.ref.version },
    contentHash: contentHash(row, 'content_hash'),
    recordedAt: text(row, 'recorded_at'),
  };
}
