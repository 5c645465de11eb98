import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openStoreDatabase } from '../../src/adapters/sqlite/open-database.ts';
import type { RecordedRow } from '../subject/recorded-rows.ts';

/** The rows of an entity, as they lie in a store's file. */
export type EntityRows = readonly RecordedRow[];

/** What a step wrote of an entity: the rows that are new, or not as they were. */
export function rowsWritten(before: EntityRows, after: EntityRows): EntityRows {
  const known = new Set(before.map(textOf));
  return after.filter((row) => !known.has(textOf(row)));
}

function textOf({ table, values }: RecordedRow): string {
  return JSON.stringify([table, values.map((value) => (value instanceof Uint8Array ? [...value] : value))]);
}

/** Gets the given rows by their keys and puts others, in one transaction for a batch of entities. */
export function openBareWriter(path: string) {
  const database = openStoreDatabase({ path, store: path, lockWaitMs: 0 });
  const statements = new Map<string, TableStatements>();
  const of = (table: string): TableStatements => {
    const known = statements.get(table) ?? prepareTable(database, table);
    statements.set(table, known);
    return known;
  };
  return {
    get: (row: RecordedRow): unknown => {
      const { get, keyAt } = of(row.table);
      return get.get(...keyAt.map((at) => row.values[at] ?? null));
    },
    put: (row: RecordedRow): void => {
      of(row.table).put.run(...row.values);
    },
    together: (work: () => void): void => {
      database.exec('BEGIN IMMEDIATE');
      work();
      database.exec('COMMIT');
    },
    close: () => database.close(),
  };
}

interface TableStatements {
  readonly get: StatementSync;
  readonly put: StatementSync;
  /** Where in a row the columns of its key are. */
  readonly keyAt: readonly number[];
}

function prepareTable(database: DatabaseSync, table: string): TableStatements {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all().map(nameOf);
  const key = database
    .prepare(`SELECT name FROM pragma_index_info('${keyIndexOf(database, table)}')`)
    .all()
    .map(nameOf);
  const where = key.map((name) => `${name} = ?`).join(' AND ');
  const get = database.prepare(`SELECT * FROM ${table} WHERE ${where}`);
  get.setReturnArrays(true);
  return {
    get,
    put: database.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`),
    keyAt: key.map((name) => columns.indexOf(name)),
  };
}

function keyIndexOf(database: DatabaseSync, table: string): string {
  return nameOf(database.prepare(`SELECT name FROM pragma_index_list('${table}') WHERE "unique" = 1`).get() ?? {});
}

function nameOf(row: Record<string, unknown>): string {
  return String(row['name']);
}
