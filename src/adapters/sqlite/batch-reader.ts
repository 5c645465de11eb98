import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { HeadRecord, StatusRecord } from '../../domain/records.ts';
import type { KeyOf, RecordKey, StoredRecord } from '../../ports/store.ts';
import type { RecordReader } from './record-reader.ts';
import { HEAD_COLUMNS, type HeadRow, STATUS_COLUMNS, type StatusRow, toHead, toStatus } from './row-codec.ts';
import { prepareRows, type RowStatement } from './row-statement.ts';
import { isOneSliceSet, SliceSetReader } from './slice-set-reader.ts';

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
    return (keys.length === 2 ? this.#readPair(keys[0], keys[1]) : undefined) ?? this.#readTogether(keys);
  }

  /** In one read transaction, which takes the file's locks once instead of once per key. */
  #readTogether(keys: readonly RecordKey[]): readonly (StoredRecord | undefined)[] {
    this.#begin.run();
    try {
      const found: (StoredRecord | undefined)[] = [];
      for (let key = keys[0]; key !== undefined; key = keys[found.length]) {
        const pair = this.#readPair(key, keys[found.length + 1]);
        if (pair === undefined) found.push(this.#records.read(key));
        else found.push(...pair);
      }
      return found;
    } finally {
      this.#end.run();
    }
  }

  /** A head and its entity's status, neighbours in either order; `undefined` for other keys, or where one is missing. */
  #readPair(first: RecordKey | undefined, second: RecordKey | undefined): readonly StoredRecord[] | undefined {
    if (first?.kind === 'head' && isStatusOf(first, second)) return this.#readActive(first, second);
    if (second?.kind === 'head' && isStatusOf(second, first)) return this.#readActive(second, first)?.toReversed();
    return undefined;
  }

  #readActive(head: KeyOf<'head'>, status: KeyOf<'status'>): readonly [HeadRecord, StatusRecord] | undefined {
    const row = this.#active.get(head.tenantId, head.entityKey, formatRef(head.ruleSet));
    if (row === undefined) return undefined;
    const [gcEpoch, version, revision, manifestHash, content, ...statusRow] = row;
    return [toHead([gcEpoch, version, revision, manifestHash, content], head), toStatus(statusRow, status)];
  }
}

function isStatusOf(head: KeyOf<'head'>, key: RecordKey | undefined): key is KeyOf<'status'> {
  return key?.kind === 'status' && head.entityKey === key.entityKey && head.tenantId === key.tenantId;
}
