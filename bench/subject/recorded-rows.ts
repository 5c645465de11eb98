import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { openStoreDatabase } from '../../src/adapters/sqlite/open-database.ts';
import { TENANT_ID } from './product-lines.ts';

/** One row as a store holds it: its table and its columns' values. */
export interface RecordedRow {
  readonly table: string;
  readonly values: readonly SQLInputValue[];
}

/** Tables in the order in which a document's rows are written. */
const TABLE_ORDER = ['raw_data', 'status', 'change_set', 'hint', 'slice', 'manifest', 'head'];

/**
 * The rows of a store file by entity key, all tables with an entity's rows included: what the reference writes is to
 * the byte what the adapter wrote, whatever its layout.
 */
export function readRecordedRows(path: string): ReadonlyMap<string, readonly RecordedRow[]> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = new Map<string, RecordedRow[]>();
    for (const table of entityTables(database)) {
      const statement = database.prepare(`SELECT * FROM ${table} WHERE tenant_id = ?`);
      for (const row of statement.iterate(TENANT_ID)) {
        const entityKey = String(row['entity_key']);
        const known = rows.get(entityKey) ?? [];
        known.push({ table, values: Object.values(row) });
        rows.set(entityKey, known);
      }
    }
    return rows;
  } finally {
    database.close();
  }
}

/** A bare SQLite file of the adapter's layout and settings, and one plain INSERT per table. */
export function openBareDatabase(path: string) {
  const database = openStoreDatabase({ path, store: path, lockWaitMs: 0 });
  const inserts = new Map<string, StatementSync>();
  for (const table of entityTables(database)) {
    const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
    inserts.set(table, database.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`));
  }
  const write = (row: RecordedRow): void => {
    const insert = inserts.get(row.table);
    if (insert === undefined) throw new Error(`bench: expected a table ${row.table}, found none.`);
    insert.run(...row.values);
  };
  return { database, write };
}

function entityTables(database: DatabaseSync): readonly string[] {
  const tables = database
    .prepare(
      `SELECT DISTINCT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c ON c.name = 'entity_key'
       WHERE t.type = 'table'`,
    )
    .all()
    .map((row) => String(row['name']));
  return tables.sort((left, right) => TABLE_ORDER.indexOf(left) - TABLE_ORDER.indexOf(right));
}
