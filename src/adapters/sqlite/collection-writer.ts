import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type {
  ChangeSetRecord,
  CollectingRecord,
  ErasableRecord,
  ErasureRecord,
  ManifestRecord,
  PayloadLocation,
  RawDataRecord,
  SliceRecord,
} from '../../domain/records.ts';
import type { KeyOf, PutOnceOutcome, RuleSetAddress } from '../../ports/store.ts';
import { completedText, orderedText } from './erasure-codec.ts';
import { changeSetMeaning, ERASED, manifestContent } from './row-codec.ts';

/** The port's writes for collection and erasure, each to be run inside a transaction of the write queue. */
export class CollectionWriter {
  readonly #database: DatabaseSync;
  readonly #insertCollecting: StatementSync;
  readonly #findCollecting: StatementSync;
  readonly #insertErasure: StatementSync;
  readonly #findErasure: StatementSync;
  readonly #completeErasure: StatementSync;
  readonly #raiseGcEpoch: StatementSync;
  readonly #deleteSlice: StatementSync;
  readonly #eraseRawData: StatementSync;
  readonly #eraseChangeSet: StatementSync;
  readonly #eraseSlice: StatementSync;
  readonly #eraseManifest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insertCollecting = database.prepare('INSERT INTO collecting VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#findCollecting = database.prepare(
      'SELECT 1 FROM collecting WHERE tenant_id = ? AND entity_key = ? AND raw_hash = ? AND generation = ?',
    );
    this.#insertErasure = database.prepare('INSERT INTO erasure VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#findErasure = database.prepare(
      'SELECT erasure_hash FROM erasure WHERE tenant_id = ? AND entity_key = ? AND number = ?',
    );
    this.#completeErasure = database.prepare(`
      UPDATE erasure SET completed = ?
      WHERE tenant_id = ? AND entity_key = ? AND number = ? AND erasure_hash = ? AND completed IS NULL`);
    this.#raiseGcEpoch = database.prepare(`
      UPDATE head SET gc_epoch = gc_epoch + 1
      WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND gc_epoch = ?`);
    this.#deleteSlice = database.prepare(`
      DELETE FROM slice WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND slice_type = ? AND slice_hash = ?
        AND gc_epoch < ?`);
    this.#eraseRawData = database.prepare(`
      UPDATE raw_data SET payload = ?, location = NULL WHERE tenant_id = ? AND entity_key = ? AND version = ?`);
    this.#eraseChangeSet = database.prepare(`
      UPDATE change_set SET ops = ?, meaning = ?
      WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND from_version = ? AND to_version = ?`);
    this.#eraseSlice = database.prepare(`
      UPDATE slice SET payload = ?, gc_epoch = max(gc_epoch, ?)
      WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND slice_type = ? AND slice_hash = ?`);
    this.#eraseManifest = database.prepare(`
      UPDATE manifest SET content = ?
      WHERE tenant_id = ? AND entity_key = ? AND rule_set = ? AND version = ? AND revision = ?`);
  }

  putCollecting({ tenantId, entityKey, rawHash, generation, startedAt }: CollectingRecord): PutOnceOutcome {
    const isNew = hasChanged(this.#insertCollecting.run(tenantId, entityKey, rawHash, generation, startedAt));
    return isNew ? { outcome: 'stored' } : { outcome: 'exists', contentHash: rawHash };
  }

  isCollecting({ tenantId, entityKey, rawHash, generation }: PayloadLocation): boolean {
    return this.#findCollecting.get(tenantId, entityKey, rawHash, generation) !== undefined;
  }

  putErasure(record: ErasureRecord): PutOnceOutcome {
    const { tenantId, entityKey, number, erasureHash } = record;
    const content = [orderedText(record), completedText(record)];
    const isNew = hasChanged(this.#insertErasure.run(tenantId, entityKey, number, erasureHash, ...content));
    if (isNew) return { outcome: 'stored' };
    const there = this.#findErasure.get(tenantId, entityKey, number);
    // The insert met it in this very transaction, and its column holds what was parsed before it was written.
    return { outcome: 'exists', contentHash: there?.['erasure_hash'] as ContentHash };
  }

  completeErasure(record: ErasureRecord): 'completed' | 'kept' {
    const { tenantId, entityKey, number, erasureHash } = record;
    const result = this.#completeErasure.run(completedText(record), tenantId, entityKey, number, erasureHash);
    return hasChanged(result) ? 'completed' : 'kept';
  }

  raiseGcEpoch({ tenantId, entityKey, ruleSet }: RuleSetAddress, expected: number): 'raised' | 'conflict' {
    return hasChanged(this.#raiseGcEpoch.run(tenantId, entityKey, formatRef(ruleSet), expected))
      ? 'raised'
      : 'conflict';
  }

  deleteSlice(key: KeyOf<'slice'>, belowEpoch: number): 'deleted' | 'kept' {
    const { tenantId, entityKey, ruleSet, sliceType, sliceHash } = key;
    const result = this.#deleteSlice.run(tenantId, entityKey, formatRef(ruleSet), sliceType, sliceHash, belowEpoch);
    return hasChanged(result) ? 'deleted' : 'kept';
  }

  /** Whole pages that are set free are overwritten as well, which would cost too much for every other write. */
  erase(records: readonly ErasableRecord[]): void {
    this.#database.exec('PRAGMA secure_delete = ON');
    try {
      for (const record of records) this.#erase(record);
    } finally {
      this.#database.exec('PRAGMA secure_delete = FAST');
    }
  }

  #erase(record: ErasableRecord): void {
    switch (record.kind) {
      case 'raw-data':
        this.#eraseVersion(record);
        break;
      case 'change-set':
        this.#eraseDiff(record);
        break;
      case 'slice':
        this.#emptySlice(record);
        break;
      case 'manifest':
        this.#replaceManifest(record);
        break;
      case 'head':
        // A head has no copy of its manifest here.
        this.#replaceManifest(record.manifest);
    }
  }

  #eraseVersion({ tenantId, entityKey, version, body }: RawDataRecord): void {
    this.#eraseRawData.run(body.kind === 'erased' ? ERASED : null, tenantId, entityKey, version);
  }

  #eraseDiff(record: ChangeSetRecord): void {
    const { tenantId, entityKey, ruleSet, fromVersion, toVersion, ops } = record;
    const ref = formatRef(ruleSet);
    this.#eraseChangeSet.run(ops, changeSetMeaning(record), tenantId, entityKey, ref, fromVersion, toVersion);
  }

  #emptySlice({ tenantId, entityKey, ruleSet, sliceType, sliceHash, gcEpoch }: SliceRecord): void {
    this.#eraseSlice.run(ERASED, gcEpoch, tenantId, entityKey, formatRef(ruleSet), sliceType, sliceHash);
  }

  #replaceManifest(manifest: ManifestRecord): void {
    const { tenantId, entityKey, ruleSet, version, revision } = manifest;
    this.#eraseManifest.run(manifestContent(manifest), tenantId, entityKey, formatRef(ruleSet), version, revision);
  }
}

function hasChanged(result: { readonly changes: number | bigint }): boolean {
  return Number(result.changes) > 0;
}
