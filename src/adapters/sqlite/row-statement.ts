import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** A statement that answers each row as an array of its columns, in their order. */
export interface RowStatement<Row> {
  get(...values: readonly SQLInputValue[]): Row | undefined;
  all(...values: readonly SQLInputValue[]): Row[];
}

/** Arrays, because naming the columns of a row costs up to a quarter of reading it. */
export function prepareRows<Row extends readonly unknown[]>(database: DatabaseSync, sql: string): RowStatement<Row> {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  // A row holds what was parsed before it was written and the layout fixes each column's type, so the caller's `Row`
  // only says again what the writer knew.
  return statement as unknown as RowStatement<Row>;
}
