import type { DatabaseOptions } from './database.ts';

/** `postgres://role:password@host/database?schema=name`; the schema is ours, the rest is for `pg`. */
export function parsePostgresUrl(url: string): Pick<DatabaseOptions, 'connectionString' | 'schema'> {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema');
  parsed.searchParams.delete('schema');
  return { connectionString: parsed.href, ...(schema !== null && { schema }) };
}
