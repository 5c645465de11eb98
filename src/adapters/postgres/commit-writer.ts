import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { ManifestRecord } from '../../domain/records.ts';
import type { CommitChange, CommitOutcome, HeadChange } from '../../ports/store.ts';
import type { BatchReader } from './batch-reader.ts';
import { quoteIdentifier, type Session } from './database.ts';
import { hasSqlState, UNIQUE_VIOLATION } from './postgres-errors.ts';
import { manifestContent } from './row-codec.ts';
import type { StatusWriter } from './status-writer.ts';

const KEY = 'tenant_id = $1 AND entity_key = $2 AND rule_set = $3';

/**
 * A manifest and its head in one statement: the head's row is taken first, so that of any commits of an entity under a
 * rule set one goes on and the others see what it left.
 */
export class CommitWriter {
  readonly #first: string;
  readonly #advance: string;
  readonly #stay: string;
  readonly #reader: BatchReader;
  readonly #statuses: StatusWriter;

  constructor(schema: string, reader: BatchReader, statuses: StatusWriter) {
    this.#reader = reader;
    this.#statuses = statuses;
    const owner = quoteIdentifier(schema);
    const isFree = `NOT EXISTS (SELECT FROM ${owner}.manifest WHERE ${KEY} AND version = $4 AND revision = $5)`;
    const put = `
      INSERT INTO ${owner}.manifest (tenant_id, entity_key, rule_set, version, revision, manifest_hash, content)
      SELECT $1::text, $2::text, $3::text, $4::bigint, $5::bigint, $6::text, $7::text FROM moved`;
    this.#first = `
      WITH moved AS (
        INSERT INTO ${owner}.head (tenant_id, entity_key, rule_set, version, revision, gc_epoch)
        SELECT $1::text, $2::text, $3::text, $4::bigint, $5::bigint, $8::bigint WHERE ${isFree}
        ON CONFLICT DO NOTHING RETURNING 1
      ) ${put} RETURNING 1`;
    this.#advance = `
      WITH moved AS (
        UPDATE ${owner}.head SET version = $4, revision = $5, gc_epoch = $8
        WHERE ${KEY} AND version = $9 AND revision = $10 AND gc_epoch = $11 AND ${isFree} RETURNING 1
      ) ${put} RETURNING 1`;
    // Held until the end, so that no collection moves the epoch in between.
    this.#stay = `
      WITH moved AS MATERIALIZED (
        SELECT 1 FROM ${owner}.head WHERE ${KEY} AND gc_epoch = $8 FOR SHARE
      ) ${put} ON CONFLICT DO NOTHING RETURNING 1`;
  }

  /** All or nothing inside a transaction that is taken back where the answer is `refused`; without a status by itself. */
  async apply(session: Session, { manifest, head, status }: CommitChange): Promise<'committed' | 'refused'> {
    if (status && (await this.#statuses.update(session, status.next, status.expectedCounter)) === 'conflict') {
      return 'refused';
    }
    return (await this.#put(session, manifest, head)) ? 'committed' : 'refused';
  }

  /** Why a commit was refused: what stood against it stays, so it can be looked for behind it. */
  async explainRefusal(session: Session, { manifest, status }: CommitChange): Promise<CommitOutcome> {
    const [there, current] = await this.#reader.read(session, [manifest, { ...manifest, kind: 'status' }]);
    if (there?.kind === 'manifest') return { outcome: 'manifest_exists', manifest: there };
    const counter = current?.kind === 'status' ? current.counter : null;
    return { outcome: status && counter !== status.expectedCounter ? 'status_moved' : 'head_moved' };
  }

  async #put(session: Session, manifest: ManifestRecord, head: HeadChange): Promise<boolean> {
    const { tenantId, entityKey, ruleSet, version, revision, manifestHash } = manifest;
    const key = [tenantId, entityKey, formatRef(ruleSet), version, revision];
    const values = [...key, manifestHash, manifestContent(manifest)];
    try {
      return (await session.rows(...this.#statementFor(head, values))).length > 0;
    } catch (error) {
      // Another commit took the manifest's key between the look at it and the put: the head's move went back with it.
      if (hasSqlState(error, UNIQUE_VIOLATION)) return false;
      throw error;
    }
  }

  #statementFor(head: HeadChange, values: readonly unknown[]): [text: string, values: readonly unknown[]] {
    if (head.move === 'stay') return [this.#stay, [...values, head.expectedGcEpoch]];
    const { gcEpoch } = head.next;
    if (head.expected === null) return [this.#first, [...values, gcEpoch]];
    const { version, revision, gcEpoch: expectedGcEpoch } = head.expected;
    return [this.#advance, [...values, gcEpoch, version, revision, expectedGcEpoch]];
  }
}
