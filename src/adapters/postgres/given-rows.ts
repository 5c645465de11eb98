/** Rows as parameters: one array for each column, so that a statement's text is the same for any number of rows. */

export interface Column<Source> {
  readonly name: string;
  readonly type: 'text' | 'bigint' | 'bytea' | 'boolean';
  readonly of: (source: Source) => string | number | boolean | Uint8Array | null;
}

/** `unnest($1::text[], …)`, whose columns are those given. */
export function unnest(columns: readonly { readonly type: string }[]): string {
  return `unnest(${columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')})`;
}

export function namesOf(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => name).join(', ');
}

export function arraysOf<Source>(columns: readonly Column<Source>[], sources: readonly Source[]): readonly unknown[] {
  return columns.map((column) => sources.map(column.of));
}

/** The values of some columns as one text, which equals the text of a row that holds the same. */
export function textOf<Source>(columns: readonly Column<Source>[], source: Source): string {
  return JSON.stringify(columns.map((column) => column.of(source)));
}

/** Inserts in the order of the keys: two such statements never wait for each other in a circle. */
export function insertGiven<Source>(
  table: string,
  keys: readonly Column<Source>[],
  content: readonly Column<Source>[],
): string {
  const columns = [...keys, ...content];
  return `
    INSERT INTO ${table} (${namesOf(columns)})
    SELECT * FROM ${unnest(columns)} AS given (${namesOf(columns)}) ORDER BY ${namesOf(keys)}`;
}
