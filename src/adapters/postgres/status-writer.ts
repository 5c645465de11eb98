import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { IndexStateRecord, StatusRecord } from '../../domain/records.ts';
import { quoteIdentifier, type Session } from './database.ts';

export const STATUS_KEY = 'tenant_id = $1 AND entity_key = $2';
// $1 and $2 are tenant and entity; $3 to $13 the rest of a status; $14 the counter that it has to be at.
export const STATUS_SET = `
  version = $3, raw_hash = $4, schema_ref = $5, is_deleted = $6, counter = $7, state = $8, owed = $9,
  last_deployed_at = $10, updated_at = $11, fanned_out_to = $12, fills = $13`;
/** Statuses and index states: one conditional statement each. */
export class StatusWriter {
  readonly #update: string;
  readonly #insertIndexState: string;
  readonly #updateIndexState: string;
  readonly #lock: string;

  constructor(schema: string) {
    const owner = quoteIdentifier(schema);
    this.#update = `UPDATE ${owner}.status SET ${STATUS_SET} WHERE ${STATUS_KEY} AND counter = $14 RETURNING 1`;
    this.#insertIndexState = `
      INSERT INTO ${owner}.index_state
        (tenant_id, rule_set, state, counter, writer_token, rebuild_cursor, changed_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING 1`;
    this.#updateIndexState = `
      UPDATE ${owner}.index_state
      SET state = $3, counter = $4, writer_token = $5, rebuild_cursor = $6, changed_at = $7
      WHERE tenant_id = $1 AND rule_set = $2 AND counter = $8 RETURNING 1`;
    this.#lock = `
      SELECT 1 FROM ${owner}.status JOIN unnest($1::text[], $2::text[]) AS wanted (tenant_id, entity_key)
        USING (tenant_id, entity_key)
      ORDER BY tenant_id, entity_key FOR UPDATE OF status`;
  }

  async update(session: Session, next: StatusRecord, expectedCounter: number): Promise<'updated' | 'conflict'> {
    const moved = await session.rows(this.#update, [...statusValues(next), expectedCounter]);
    return moved.length > 0 ? 'updated' : 'conflict';
  }

  async updateIndexState(
    session: Session,
    next: IndexStateRecord,
    expectedCounter: number | null,
  ): Promise<'updated' | 'conflict'> {
    const { tenantId, ruleSet, state, counter, writerToken, rebuildCursor, changedAt } = next;
    const values = [tenantId, formatRef(ruleSet), state, counter, writerToken, rebuildCursor, changedAt];
    const moved =
      expectedCounter === null
        ? await session.rows(this.#insertIndexState, values)
        : await session.rows(this.#updateIndexState, [...values, expectedCounter]);
    return moved.length > 0 ? 'updated' : 'conflict';
  }

  /** Takes the rows of several entities in the order of their keys, before anything else of them is touched. */
  async lock(
    session: Session,
    entities: readonly { readonly tenantId: string; readonly entityKey: string }[],
  ): Promise<void> {
    await session.rows(this.#lock, [
      entities.map(({ tenantId }) => tenantId),
      entities.map(({ entityKey }) => entityKey),
    ]);
  }
}

export function statusValues(status: StatusRecord): readonly unknown[] {
  const { tenantId, entityKey, version, rawHash, schema, isDeleted, counter, state, owed } = status;
  const { lastDeployedAt, updatedAt, fannedOutTo, fills } = status;
  const key = [tenantId, entityKey, version, rawHash, formatRef(schema), isDeleted, counter, state];
  return [...key, JSON.stringify(owed), lastDeployedAt, updatedAt, fannedOutTo, fills];
}
