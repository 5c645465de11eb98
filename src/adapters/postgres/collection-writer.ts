import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type {
  ChangeSetRecord,
  ErasableRecord,
  ErasureRecord,
  ManifestRecord,
  RawDataRecord,
  SliceRecord,
} from '../../domain/records.ts';
import type { KeyOf, RuleSetAddress } from '../../ports/store.ts';
import { quoteIdentifier, type Session } from './database.ts';
import { completedText } from './erasure-codec.ts';
import { changeSetMeaning, ERASED, manifestContent } from './row-codec.ts';

const ENTITY = 'tenant_id = $1 AND entity_key = $2';
const RULE_SET = `${ENTITY} AND rule_set = $3`;
const SLICE = `${RULE_SET} AND slice_type = $4 AND slice_hash = $5`;

/** What collections and erasures do (design: collection). */
export class CollectionWriter {
  readonly #owner: string;

  constructor(schema: string) {
    this.#owner = quoteIdentifier(schema);
  }

  async raiseGcEpoch(
    session: Session,
    { tenantId, entityKey, ruleSet }: RuleSetAddress,
    expected: number,
  ): Promise<'raised' | 'conflict'> {
    const raised = await session.rows(
      `UPDATE ${this.#owner}.head SET gc_epoch = gc_epoch + 1 WHERE ${RULE_SET} AND gc_epoch = $4 RETURNING 1`,
      [tenantId, entityKey, formatRef(ruleSet), expected],
    );
    return raised.length > 0 ? 'raised' : 'conflict';
  }

  async deleteSlice(session: Session, key: KeyOf<'slice'>, belowEpoch: number): Promise<'deleted' | 'kept'> {
    const { tenantId, entityKey, ruleSet, sliceType, sliceHash } = key;
    const deleted = await session.rows(
      `DELETE FROM ${this.#owner}.slice WHERE ${SLICE} AND gc_epoch < $6 RETURNING 1`,
      [tenantId, entityKey, formatRef(ruleSet), sliceType, sliceHash, belowEpoch],
    );
    return deleted.length > 0 ? 'deleted' : 'kept';
  }

  async completeErasure(session: Session, record: ErasureRecord): Promise<'completed' | 'kept'> {
    const { tenantId, entityKey, number, erasureHash } = record;
    const completed = await session.rows(
      `UPDATE ${this.#owner}.erasure SET completed = $5
       WHERE ${ENTITY} AND number = $3 AND erasure_hash = $4 AND completed IS NULL RETURNING 1`,
      [tenantId, entityKey, number, erasureHash, completedText(record)],
    );
    return completed.length > 0 ? 'completed' : 'kept';
  }

  async erase(session: Session, record: ErasableRecord): Promise<void> {
    switch (record.kind) {
      case 'raw-data':
        return this.#eraseVersion(session, record);
      case 'change-set':
        return this.#eraseDiff(session, record);
      case 'slice':
        return this.#emptySlice(session, record);
      case 'manifest':
        return this.#replaceManifest(session, record);
      case 'head':
        // A head has no copy of its manifest here.
        return this.#replaceManifest(session, record.manifest);
    }
  }

  async #eraseVersion(session: Session, { tenantId, entityKey, version, body }: RawDataRecord): Promise<void> {
    await session.rows(
      `UPDATE ${this.#owner}.raw_data SET payload = $4, location = NULL WHERE ${ENTITY} AND version = $3`,
      [tenantId, entityKey, version, body.kind === 'erased' ? ERASED : null],
    );
  }

  async #eraseDiff(session: Session, record: ChangeSetRecord): Promise<void> {
    const { tenantId, entityKey, ruleSet, fromVersion, toVersion, ops } = record;
    await session.rows(
      `UPDATE ${this.#owner}.change_set SET ops = $6, meaning = $7
       WHERE ${RULE_SET} AND from_version = $4 AND to_version = $5`,
      [tenantId, entityKey, formatRef(ruleSet), fromVersion, toVersion, ops, changeSetMeaning(record)],
    );
  }

  async #emptySlice(session: Session, record: SliceRecord): Promise<void> {
    const { tenantId, entityKey, ruleSet, sliceType, sliceHash, gcEpoch } = record;
    await session.rows(
      `UPDATE ${this.#owner}.slice SET payload = $7, gc_epoch = greatest(gc_epoch, $6) WHERE ${SLICE}`,
      [tenantId, entityKey, formatRef(ruleSet), sliceType, sliceHash, gcEpoch, ERASED],
    );
  }

  async #replaceManifest(session: Session, manifest: ManifestRecord): Promise<void> {
    const { tenantId, entityKey, ruleSet, version, revision } = manifest;
    await session.rows(
      `UPDATE ${this.#owner}.manifest SET content = $6 WHERE ${RULE_SET} AND version = $4 AND revision = $5`,
      [tenantId, entityKey, formatRef(ruleSet), version, revision, manifestContent(manifest)],
    );
  }
}
