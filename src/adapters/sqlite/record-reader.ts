import type { DatabaseSync } from 'node:sqlite';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type {
  CollectingRecord,
  ContractBindingRecord,
  ContractSnapshotRecord,
  IndexStateRecord,
} from '../../domain/records.ts';
import type { KeyOf, RecordKey, RecordOf, StoredRecord } from '../../ports/store.ts';
import { ERASURE_COLUMNS, type ErasureRow, toErasure } from './erasure-codec.ts';
import {
  CHANGE_SET_COLUMNS,
  type ChangeSetRow,
  HEAD_COLUMNS,
  type HeadRow,
  MANIFEST_COLUMNS,
  type ManifestRow,
  RAW_DATA_COLUMNS,
  type RawDataRow,
  SLICE_COLUMNS,
  type SliceRow,
  STATUS_COLUMNS,
  type StatusRow,
  toChangeSet,
  toHead,
  toManifest,
  toRawData,
  toSlice,
  toStatus,
} from './row-codec.ts';
import { prepareRows, type RowStatement } from './row-statement.ts';

/** Gets single records by key. */
export class RecordReader {
  readonly #rawData: RowStatement<RawDataRow>;
  readonly #status: RowStatement<StatusRow>;
  readonly #changeSet: RowStatement<ChangeSetRow>;
  readonly #slice: RowStatement<SliceRow>;
  readonly #manifest: RowStatement<ManifestRow>;
  readonly #head: RowStatement<HeadRow>;
  readonly #snapshot: RowStatement<SnapshotRow>;
  readonly #binding: RowStatement<BindingRow>;
  readonly #indexState: RowStatement<IndexStateRow>;
  readonly #collecting: RowStatement<readonly [startedAt: string]>;
  readonly #erasure: RowStatement<ErasureRow>;

  constructor(database: DatabaseSync) {
    this.#rawData = prepareRows(
      database,
      `SELECT ${RAW_DATA_COLUMNS} FROM raw_data WHERE tenant_id = ? AND entity_key = ? AND version = ?`,
    );
    this.#status = prepareRows(database, `SELECT ${STATUS_COLUMNS} FROM status WHERE tenant_id = ? AND entity_key = ?`);
    this.#changeSet = prepareRows(
      database,
      `SELECT ${CHANGE_SET_COLUMNS} FROM change_set
       WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND from_version = ? AND to_version = ?`,
    );
    this.#slice = prepareRows(
      database,
      `SELECT ${SLICE_COLUMNS} FROM slice
       WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND slice_type = ? AND slice_hash = ?`,
    );
    this.#manifest = prepareRows(
      database,
      `SELECT ${MANIFEST_COLUMNS} FROM manifest
       WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND version = ? AND revision = ?`,
    );
    this.#head = prepareRows(
      database,
      `SELECT ${HEAD_COLUMNS} FROM head JOIN manifest USING (commit_number)
       WHERE head.tenant_id = ? AND head.entity_key = ? AND head.rule_set = ?`,
    );
    this.#snapshot = prepareRows(
      database,
      'SELECT document, recorded_at FROM contract_snapshot WHERE content_hash = ?',
    );
    this.#binding = prepareRows(
      database,
      'SELECT content_hash, recorded_at, is_indexed_from_start FROM contract_binding WHERE contract_kind = ? AND ref = ?',
    );
    this.#indexState = prepareRows(
      database,
      `SELECT state, counter, writer_token, rebuild_cursor, changed_at FROM index_state
       WHERE tenant_id = ? AND rule_set = ?`,
    );
    this.#collecting = prepareRows(
      database,
      `SELECT started_at FROM collecting
       WHERE tenant_id = ? AND entity_key = ? AND raw_hash = ? AND generation = ?`,
    );
    this.#erasure = prepareRows(
      database,
      `SELECT ${ERASURE_COLUMNS} FROM erasure WHERE tenant_id = ? AND entity_key = ? AND number = ?`,
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
        return row && toSlice(row, key);
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
      case 'index-state': {
        const row = this.#indexState.get(key.tenantId, formatRef(key.ruleSet));
        return row && toIndexState(row, key);
      }
      case 'collecting': {
        const row = this.#collecting.get(key.tenantId, key.entityKey, key.rawHash, key.generation);
        return row && toCollecting(row, key);
      }
      case 'erasure': {
        const row = this.#erasure.get(key.tenantId, key.entityKey, key.number);
        return row && toErasure(row, key);
      }
    }
  }
}

type SnapshotRow = readonly [document: Uint8Array, recordedAt: string];

function toSnapshot([document, recordedAt]: SnapshotRow, key: KeyOf<'contract-snapshot'>): ContractSnapshotRecord {
  return { kind: 'contract-snapshot', contentHash: key.contentHash, document, recordedAt };
}

type BindingRow = readonly [contentHash: ContentHash, recordedAt: string, isIndexedFromStart: number];

function toBinding(row: BindingRow, key: KeyOf<'contract-binding'>): ContractBindingRecord {
  const [contentHash, recordedAt, isIndexedFromStart] = row;
  return {
    kind: 'contract-binding',
    contractKind: key.contractKind,
    ref: { id: key.ref.id, version: key.ref.version },
    contentHash,
    isIndexedFromStart: isIndexedFromStart === 1,
    recordedAt,
  };
}

type IndexStateRow = readonly [
  state: IndexStateRecord['state'],
  counter: number,
  writerToken: string,
  rebuildCursor: string | null,
  changedAt: string,
];

function toIndexState(row: IndexStateRow, { tenantId, ruleSet }: KeyOf<'index-state'>): IndexStateRecord {
  const [state, counter, writerToken, rebuildCursor, changedAt] = row;
  return {
    kind: 'index-state',
    tenantId,
    ruleSet: { id: ruleSet.id, version: ruleSet.version },
    state,
    counter,
    writerToken,
    rebuildCursor,
    changedAt,
  };
}

function toCollecting([startedAt]: readonly [string], key: KeyOf<'collecting'>): CollectingRecord {
  const { tenantId, entityKey, rawHash, generation } = key;
  return { kind: 'collecting', tenantId, entityKey, rawHash, generation, startedAt };
}
