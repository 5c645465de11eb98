import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import {
  type ChangeSetRecord,
  contentHashOf,
  type HintRecord,
  type IndexStateRecord,
  type ManifestRecord,
  type RawDataRecord,
  type SliceRecord,
  type StatusRecord,
} from '../../domain/records.ts';
import type {
  CommitChange,
  CommitOutcome,
  HeadChange,
  InsertChange,
  InsertOutcome,
  OnceRecord,
  PutOnceOutcome,
  Write,
} from '../../ports/store.ts';
import type { CollectionWriter } from './collection-writer.ts';
import type { RecordReader } from './record-reader.ts';
import { changeSetMeaning, ERASED, manifestContent } from './row-codec.ts';

const STORED: PutOnceOutcome = { outcome: 'stored' };

/**
 * The port's writes as conditional statements, each to be run inside a transaction of the write queue. A change of
 * two rows whose second condition fails takes its first row back, so that a conflict changes nothing and needs no
 * savepoint.
 */
export class RecordWriter {
  readonly #reader: RecordReader;
  readonly #collection: CollectionWriter;
  readonly #insertRawData: StatementSync;
  readonly #deleteRawData: StatementSync;
  readonly #insertStatus: StatementSync;
  readonly #updateStatus: StatementSync;
  readonly #insertChangeSet: StatementSync;
  readonly #insertSlice: StatementSync;
  readonly #raiseSliceEpoch: StatementSync;
  readonly #insertSnapshot: StatementSync;
  readonly #insertBinding: StatementSync;
  readonly #putHint: StatementSync;
  readonly #deleteHint: StatementSync;
  readonly #insertIndexState: StatementSync;
  readonly #updateIndexState: StatementSync;
  readonly #insertManifest: StatementSync;
  readonly #deleteManifest: StatementSync;
  readonly #insertHead: StatementSync;
  readonly #moveHead: StatementSync;
  readonly #guardHead: StatementSync;

  constructor(database: DatabaseSync, reader: RecordReader, collection: CollectionWriter) {
    this.#reader = reader;
    this.#collection = collection;
    const put = (table: string, columns: number) =>
      database.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(', ')}) ON CONFLICT DO NOTHING`);
    this.#insertRawData = put('raw_data', 9);
    this.#deleteRawData = database.prepare(
      'DELETE FROM raw_data WHERE tenant_id = ? AND entity_key = ? AND version = ?',
    );
    this.#insertStatus = put('status', 13);
    this.#updateStatus = database.prepare(`
      UPDATE status SET version = ?, raw_hash = ?, schema_ref = ?, is_deleted = ?, counter = ?, state = ?, owed = ?,
        last_deployed_at = ?, updated_at = ?, fanned_out_to = ?, fills = ?
      WHERE tenant_id = ? AND entity_key = ? AND counter = ?`);
    this.#insertChangeSet = put('change_set', 10);
    this.#insertSlice = database.prepare(`
      INSERT INTO slice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET payload = excluded.payload, gc_epoch = excluded.gc_epoch, sliced_at = excluded.sliced_at
      WHERE length(slice.payload) = 0 AND excluded.gc_epoch > slice.gc_epoch`);
    this.#raiseSliceEpoch = database.prepare(`
      UPDATE slice SET gc_epoch = ?1
      WHERE tenant_id = ?2 AND entity_key = ?3 AND rule_set = ?4 AND slice_type = ?5 AND slice_hash = ?6
        AND gc_epoch < ?1`);
    this.#insertSnapshot = put('contract_snapshot', 3);
    this.#insertBinding = put('contract_binding', 5);
    this.#putHint = database.prepare(`
      INSERT INTO hint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET version = excluded.version, revision = excluded.revision,
        slice_hash = excluded.slice_hash, indexed_at = excluded.indexed_at
      WHERE (excluded.version, excluded.revision) > (hint.version, hint.revision)`);
    this.#deleteHint = database.prepare(`
      DELETE FROM hint WHERE tenant_id = ? AND index_key = ? AND shard = ? AND entity_key = ? AND rule_set = ?
        AND slice_type = ? AND version = ? AND revision = ?`);
    this.#insertIndexState = put('index_state', 7);
    this.#updateIndexState = database.prepare(`
      UPDATE index_state SET state = ?, counter = ?, writer_token = ?, rebuild_cursor = ?, changed_at = ?
      WHERE tenant_id = ? AND rule_set = ? AND counter = ?`);
    this.#insertManifest = database.prepare(`
      INSERT INTO manifest (tenant_id, entity_key, rule_set, version, revision, manifest_hash, content)
      VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.#deleteManifest = database.prepare('DELETE FROM manifest WHERE commit_number = ?');
    this.#insertHead = put('head', 7);
    this.#moveHead = database.prepare(`
      UPDATE head SET version = ?, revision = ?, gc_epoch = ?, commit_number = ?
      WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND version = ? AND revision = ? AND gc_epoch = ?`);
    this.#guardHead = database.prepare(
      'SELECT 1 FROM head WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND gc_epoch = ?',
    );
  }

  /** @returns whether it ended as a write of `writeTogether` has to */
  apply(write: Write): boolean {
    switch (write.call) {
      case 'insert':
        return this.insert(write) === 'inserted';
      case 'putOnce':
        return write.records.every((record) => isThere(record, this.putOnce(record)));
      case 'putHints':
        for (const hint of write.hints) this.putHint(hint);
        return true;
      case 'commit':
        return this.commit(write).outcome === 'committed';
      case 'updateStatus':
        return this.updateStatus(write.next, write.expectedCounter) === 'updated';
    }
  }

  insert({ rawData, status, expectedCounter }: InsertChange): InsertOutcome {
    if (!this.#putRawData(rawData)) return 'conflict';
    const refused = this.#moveStatusOfInsert({ rawData, status, expectedCounter });
    if (refused === null) return 'inserted';
    this.#deleteRawData.run(rawData.tenantId, rawData.entityKey, rawData.version);
    return refused;
  }

  #moveStatusOfInsert({ rawData, status, expectedCounter }: InsertChange): 'conflict' | 'collecting' | null {
    const { body } = rawData;
    // Looked at before the status moves: then it does not have to be taken back.
    if (body.kind === 'external' && this.#collection.isCollecting(body.location)) {
      const counter = this.#reader.read(status)?.counter ?? null;
      return counter === expectedCounter ? 'collecting' : 'conflict';
    }
    const isMoved = expectedCounter === null ? this.#putStatus(status) : this.#moveStatus(status, expectedCounter);
    return isMoved ? null : 'conflict';
  }

  updateStatus(next: StatusRecord, expectedCounter: number): 'updated' | 'conflict' {
    return this.#moveStatus(next, expectedCounter) ? 'updated' : 'conflict';
  }

  putOnce(record: OnceRecord): PutOnceOutcome {
    switch (record.kind) {
      case 'change-set':
        return this.#putChangeSet(record) ? STORED : this.#exists(this.#reader.read(record)?.changesetHash);
      case 'slice':
        return this.#putSlice(record);
      case 'contract-snapshot': {
        const { contentHash, document, recordedAt } = record;
        const isNew = hasChanged(this.#insertSnapshot.run(contentHash, document, recordedAt));
        return isNew ? STORED : { outcome: 'exists', contentHash };
      }
      case 'contract-binding': {
        const { contractKind, ref, contentHash, isIndexedFromStart, recordedAt } = record;
        const values = [contractKind, formatRef(ref), contentHash, recordedAt, Number(isIndexedFromStart)];
        const isNew = hasChanged(this.#insertBinding.run(...values));
        return isNew ? STORED : this.#exists(this.#reader.read(record)?.contentHash);
      }
      case 'collecting':
        return this.#collection.putCollecting(record);
      case 'erasure':
        return this.#collection.putErasure(record);
    }
  }

  putHint(hint: HintRecord): void {
    const { tenantId, indexKey, shard, entityKey, ruleSet, sliceType, version, revision, sliceHash, indexedAt } = hint;
    const ref = formatRef(ruleSet);
    this.#putHint.run(tenantId, indexKey, shard, entityKey, ref, sliceType, version, revision, sliceHash, indexedAt);
  }

  deleteHint(hint: HintRecord): 'deleted' | 'kept' {
    const { tenantId, indexKey, shard, entityKey, ruleSet, sliceType, version, revision } = hint;
    const ref = formatRef(ruleSet);
    const result = this.#deleteHint.run(tenantId, indexKey, shard, entityKey, ref, sliceType, version, revision);
    return hasChanged(result) ? 'deleted' : 'kept';
  }

  updateIndexState(next: IndexStateRecord, expectedCounter: number | null): 'updated' | 'conflict' {
    const { tenantId, ruleSet, state, counter, writerToken, rebuildCursor, changedAt } = next;
    const key = [tenantId, formatRef(ruleSet)];
    const values = [state, counter, writerToken, rebuildCursor, changedAt];
    const result =
      expectedCounter === null
        ? this.#insertIndexState.run(...key, ...values)
        : this.#updateIndexState.run(...values, ...key, expectedCounter);
    return hasChanged(result) ? 'updated' : 'conflict';
  }

  commit({ manifest, head, status }: CommitChange): CommitOutcome {
    const { tenantId, entityKey, ruleSet, version, revision, manifestHash } = manifest;
    const ref = formatRef(ruleSet);
    const content = manifestContent(manifest);
    const put = this.#insertManifest.run(tenantId, entityKey, ref, version, revision, manifestHash, content);
    if (!hasChanged(put)) return { outcome: 'manifest_exists', manifest: this.#reader.read(manifest) ?? manifest };
    const refused = this.#moveHeadAndStatus({ manifest, head, ...(status && { status }) }, put.lastInsertRowid);
    if (refused === null) return { outcome: 'committed' };
    this.#deleteManifest.run(put.lastInsertRowid);
    return { outcome: refused };
  }

  #moveHeadAndStatus(
    { manifest, head, status }: CommitChange,
    commitNumber: number | bigint,
  ): 'head_moved' | 'status_moved' | null {
    // Looked at before the head moves: then neither has to be taken back.
    const isStatusThere = !status || this.#reader.read(status.next)?.counter === status.expectedCounter;
    if (!isStatusThere) return 'status_moved';
    if (!this.#moveOrGuardHead(manifest, head, commitNumber)) return 'head_moved';
    if (status) this.#moveStatus(status.next, status.expectedCounter);
    return null;
  }

  #moveOrGuardHead(manifest: ManifestRecord, head: HeadChange, commitNumber: number | bigint): boolean {
    const { tenantId, entityKey } = manifest;
    const ref = formatRef(manifest.ruleSet);
    if (head.move === 'stay') return this.#guardHead.get(tenantId, entityKey, ref, head.expectedGcEpoch) !== undefined;
    const { next, expected } = head;
    const result =
      expected === null
        ? this.#insertHead.run(tenantId, entityKey, ref, next.version, next.revision, next.gcEpoch, commitNumber)
        : this.#moveHead.run(
            next.version,
            next.revision,
            next.gcEpoch,
            commitNumber,
            tenantId,
            entityKey,
            ref,
            expected.version,
            expected.revision,
            expected.gcEpoch,
          );
    return hasChanged(result);
  }

  #putRawData(record: RawDataRecord): boolean {
    const { tenantId, entityKey, version, schema, rawHash, body, ingestedAt } = record;
    const payload = body.kind === 'inline' ? body.bytes : body.kind === 'erased' ? ERASED : null;
    const location = body.kind === 'external' ? JSON.stringify(body.location) : null;
    const bytes = 'payloadBytes' in body ? body.payloadBytes : (payload?.byteLength ?? 0);
    const ref = formatRef(schema);
    return hasChanged(
      this.#insertRawData.run(tenantId, entityKey, version, ref, rawHash, payload, location, bytes, ingestedAt),
    );
  }

  #putStatus(status: StatusRecord): boolean {
    const { tenantId, entityKey } = status;
    return hasChanged(this.#insertStatus.run(tenantId, entityKey, ...statusColumns(status)));
  }

  #moveStatus(next: StatusRecord, expectedCounter: number): boolean {
    const { tenantId, entityKey } = next;
    return hasChanged(this.#updateStatus.run(...statusColumns(next), tenantId, entityKey, expectedCounter));
  }

  #putChangeSet(record: ChangeSetRecord): boolean {
    const { tenantId, entityKey, ruleSet, fromVersion, toVersion, changesetHash, ops, changeType, createdAt } = record;
    return hasChanged(
      this.#insertChangeSet.run(
        tenantId,
        entityKey,
        formatRef(ruleSet),
        fromVersion,
        toVersion,
        changesetHash,
        ops,
        changeType,
        changeSetMeaning(record),
        createdAt,
      ),
    );
  }

  #putSlice(record: SliceRecord): PutOnceOutcome {
    const { tenantId, entityKey, ruleSet, sliceType, sliceHash, isTombstone, payload, gcEpoch, slicedAt } = record;
    const ref = formatRef(ruleSet);
    const tombstone = Number(isTombstone);
    const put = this.#insertSlice.run(
      tenantId,
      entityKey,
      ref,
      sliceType,
      sliceHash,
      tombstone,
      payloadColumn(payload),
      gcEpoch,
      slicedAt,
    );
    if (hasChanged(put)) return STORED;
    if (gcEpoch > 0) this.#raiseSliceEpoch.run(gcEpoch, tenantId, entityKey, ref, sliceType, sliceHash);
    return { outcome: 'exists', contentHash: sliceHash };
  }

  #exists(contentHash: ContentHash | undefined): PutOnceOutcome {
    // The insert met it in this very transaction, so it is there.
    return { outcome: 'exists', contentHash: contentHash as ContentHash };
  }
}

function payloadColumn(payload: SliceRecord['payload']): Uint8Array {
  if (payload === null) return ERASED;
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

function statusColumns(status: StatusRecord) {
  const { version, schema, rawHash, isDeleted, counter, state, lastDeployedAt, updatedAt, fannedOutTo, fills } = status;
  const ref = formatRef(schema);
  const owed = JSON.stringify(status.owed);
  return [
    version,
    rawHash,
    ref,
    Number(isDeleted),
    counter,
    state,
    owed,
    lastDeployedAt,
    updatedAt,
    fannedOutTo,
    fills,
  ];
}

function isThere(record: OnceRecord, put: PutOnceOutcome): boolean {
  return put.outcome === 'stored' || put.contentHash === contentHashOf(record);
}

function hasChanged(result: { readonly changes: number | bigint }): boolean {
  return Number(result.changes) > 0;
}
