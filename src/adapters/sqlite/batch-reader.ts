import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { HeadRecord, StatusRecord } from '../../domain/records.ts';
import type { RecordKey, StoredRecord } from '../../ports/store.ts';
import type { RecordReader } from './record-reader.ts';
import { HEAD_COLUMNS, type HeadRow, STATUS_COLUMNS, type StatusRow, toHead, toStatus } from './row-codec.ts';
import { prepareRows, type RowStatement } from './row-statement.ts';
import { isOneSliceSet, SliceSetReader } from './slice-set-reader.ts';

type KeyOf<Kind extends RecordKey['kind']> = Extract<RecordKey, { kind: Kind }>;
type ActiveKeys = readonly [KeyOf<'head'>, KeyOf<'status'>];
type ActiveRow = readonly [...head: HeadRow, ...status: StatusRow];

/** Gets records by their keys, all at one moment of the file; what a view asks for, in a single statement. */
export class BatchReader {
  readonly #records: RecordReader;
  readonly #sliceSets: SliceSetReader;
  readonly #active: RowStatement<ActiveRow>;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;

  constructor(database: DatabaseSync, records: RecordReader) {
    this.#records = records;
    this.#sliceSets = new SliceSetReader(database);
    this.#active = prepareRows(
      database,
      `SELECT ${HEAD_COLUMNS}, ${STATUS_COLUMNS} FROM head JOIN manifest USING (commit_number)
       JOIN status ON status.tenant_id = head.tenant_id AND status.entity_key = head.entity_key
       WHERE head.tenant_id = ? AND head.entity_key = ? AND head.rule_set = ?`,
    );
    this.#begin = database.prepare('BEGIN');
    this.#end = database.prepare('COMMIT');
  }

  read(keys: readonly RecordKey[]): readonly (StoredRecord | undefined)[] {
    if (keys.length < 2) return keys.map((key) => this.#records.read(key));
    if (isOneSliceSet(keys)) return this.#sliceSets.read(keys);
    return (isActive(keys) ? this.#readActive(keys) : undefined) ?? this.#readTogether(keys);
  }

  /** `undefined` where one of them is missing: nothing is known of the other then. */
  #readActive([head, status]: ActiveKeys): readonly [HeadRecord, StatusRecord] | undefined {
    const row = this.#active.get(head.tenantId, head.entityKey, formatRef(head.ruleSet));
    if (row === undefined) return undefined;
    const [gcEpoch, version, revision, manifestHash, content, ...statusRow] = row;
    return [toHead([gcEpoch, version, revision, manifestHash, content], head), toStatus(statusRow, status)];
  }

  /** In one read transaction, which takes the file's locks once instead of once per key. */
  #readTogether(keys: readonly RecordKey[]): readonly (StoredRecord | undefined)[] {
    this.#begin.run();
    try {
      return keys.map((key) => this.#records.read(key));
    } finally {
      this.#end.run();
    }
  }
}

/** Whether the keys are of a head and of its entity's status. */
function isActive(keys: readonly RecordKey[]): keys is ActiveKeys {
  const [head, status] = keys;
  return (
    keys.length === 2 &&
    head?.kind === 'head' &&
    status?.kind === 'status' &&
    head.entityKey === status.entityKey &&
    head.tenantId === status.tenantId
  );
}
