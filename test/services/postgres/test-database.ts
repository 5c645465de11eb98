/** Schemas of their own for the tests, in the database that the run was given. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migratePostgres, openPostgresStore, type PostgresStoreOptions } from '../../../src/adapters/postgres/index.ts';
import type { Store } from '../../../src/ports/store.ts';

/** A name that no other test has. */
export function freshSchema(): string {
  return `test_${randomUUID().replaceAll('-', '')}`;
}

/** A store in a schema of its own; the schema goes with the database when the run is over. */
export async function openFreshStore(url: string, options: PostgresStoreOptions = {}): Promise<Store> {
  const schema = freshSchema();
  await migratePostgres({ connectionString: url, schema });
  return openPostgresStore({ connectionString: url, schema, ...options });
}

/** Runs statements beside the adapter, as a person with `psql` would. */
export async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
