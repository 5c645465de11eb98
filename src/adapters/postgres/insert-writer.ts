import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { RawDataRecord } from '../../domain/records.ts';
import type { InsertChange, InsertOutcome } from '../../ports/store.ts';
import type { BatchReader } from './batch-reader.ts';
import { quoteIdentifier, type Session } from './database.ts';
import { isCollecting, lockLocations } from './payload-locations.ts';
import { STATUS_KEY, STATUS_SET, statusValues } from './status-writer.ts';

const STATUS_VALUES = `
  $1::text, $2::text, $3::bigint, $4::text, $5::text, $6::boolean, $7::bigint, $8::text, $9::text, $10::text, $11::text,
  $12::bigint, $13::bigint`;
const STATUS_COLUMNS = `
  tenant_id, entity_key, version, raw_hash, schema_ref, is_deleted, counter, state, owed, last_deployed_at, updated_at,
  fanned_out_to, fills`;

/** RawData and the status that moves with it, in one conditional statement that raises no error where it is refused. */
export class InsertWriter {
  readonly #schema: string;
  readonly #reader: BatchReader;
  readonly #insertFirst: string;
  readonly #insertNext: string;

  constructor(schema: string, reader: BatchReader) {
    this.#schema = schema;
    this.#reader = reader;
    const owner = quoteIdentifier(schema);
    // Whoever else puts a version of the entity moves its status first: once this statement has that row, nobody does.
    const isFree = (version: string) =>
      `NOT EXISTS (SELECT FROM ${owner}.raw_data WHERE ${STATUS_KEY} AND version = ${version})`;
    const putRawData = (first: number) => {
      const at = (offset: number) => `$${first + offset}`;
      return `
        INSERT INTO ${owner}.raw_data
          (tenant_id, entity_key, version, schema_ref, raw_hash, payload, location, payload_bytes, ingested_at)
        SELECT $1, $2, ${at(0)}::bigint, ${at(1)}::text, ${at(2)}::text, ${at(3)}::bytea, ${at(4)}::text,
          ${at(5)}::bigint, ${at(6)}::text
        FROM moved RETURNING 1`;
    };
    this.#insertFirst = `
      WITH moved AS (
        INSERT INTO ${owner}.status (${STATUS_COLUMNS}) SELECT ${STATUS_VALUES} WHERE ${isFree('$14')}
        ON CONFLICT DO NOTHING RETURNING 1
      ) ${putRawData(14)}`;
    this.#insertNext = `
      WITH moved AS (
        UPDATE ${owner}.status SET ${STATUS_SET} WHERE ${STATUS_KEY} AND counter = $14 AND ${isFree('$15')} RETURNING 1
      ) ${putRawData(15)}`;
  }

  /** @param session a transaction where the payload lies outside */
  async insert(session: Session, change: InsertChange): Promise<InsertOutcome> {
    const { body } = change.rawData;
    if (body.kind === 'external') {
      await lockLocations(session, [body.location], 'together');
      if (await isCollecting(session, this.#schema, body.location)) return this.#refuse(session, change);
    }
    const { rawData, status, expectedCounter } = change;
    const given = [...statusValues(status), ...(expectedCounter === null ? [] : [expectedCounter])];
    const statement = expectedCounter === null ? this.#insertFirst : this.#insertNext;
    const put = await session.rows(statement, [...given, ...rawDataValues(rawData)]);
    return put.length > 0 ? 'inserted' : 'conflict';
  }

  /** A conflict is said before anything else. */
  async #refuse(session: Session, { rawData, status, expectedCounter }: InsertChange): Promise<InsertOutcome> {
    const [version, current] = await this.#reader.read(session, [rawData, status]);
    const counter = current?.kind === 'status' ? current.counter : null;
    return version !== undefined || counter !== expectedCounter ? 'conflict' : 'collecting';
  }
}

function rawDataValues({ version, schema, rawHash, body, ingestedAt }: RawDataRecord): readonly unknown[] {
  const payload = body.kind === 'inline' ? body.bytes : null;
  const location = body.kind === 'external' ? JSON.stringify(body.location) : null;
  const payloadBytes = body.kind === 'external' ? body.payloadBytes : (payload?.byteLength ?? 0);
  return [version, formatRef(schema), rawHash, payload, location, payloadBytes, ingestedAt];
}
