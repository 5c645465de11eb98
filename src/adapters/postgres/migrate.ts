import { type Database, type DatabaseOptions, openDatabase, quoteIdentifier, type Session } from './database.ts';
import { checkHistory, checksumOf, formatOf, readHistory } from './migration-history.ts';
import { MIGRATIONS, type Migration, sqlFor } from './migrations.ts';

// A step may build an index over all that is there.
const STEP_TIMEOUT_MS = 60 * 60 * 1000;

export interface MigrationReport {
  /** 0: there was nothing. */
  readonly from: number;
  readonly to: number;
  /** The descriptions of the steps that ran. Empty: it was up to date. */
  readonly steps: readonly string[];
}

/**
 * Makes the tables of store and contract registry, or brings them to the newest format: forward only, each step in a
 * transaction of its own, so that the same call goes on behind one that failed. Callers at the same time take turns.
 * Services of the format before may go on while it runs.
 *
 * @throws `store.format_newer`, `store.corrupt` (a step that ran was another one), `store.driver_missing`,
 * `store.unavailable` (also: the role may not create tables), `store.timeout`
 */
export async function migratePostgres(options: DatabaseOptions): Promise<MigrationReport> {
  const database = await openDatabase({ timeoutMs: STEP_TIMEOUT_MS, ...options });
  try {
    return await runMigrations(database, MIGRATIONS);
  } finally {
    await database.close();
  }
}

/** As `migratePostgres`, with the steps given. */
export async function runMigrations(database: Database, migrations: readonly Migration[]): Promise<MigrationReport> {
  const from = await database.transaction(async (session) => {
    await takeTurn(session, database);
    await makeHistory(session, database.schema);
    const ran = await readHistory(session, database.schema);
    checkHistory(ran, migrations, database.name);
    return formatOf(ran);
  });
  const steps: string[] = [];
  for (const migration of migrations) {
    if (await runStep(database, migration)) steps.push(migration.description);
  }
  return { from, to: Math.max(from, migrations.at(-1)?.to ?? 0), steps };
}

/** @returns whether it was this call that ran it */
function runStep(database: Database, migration: Migration): Promise<boolean> {
  const { schema } = database;
  return database.transaction(async (session) => {
    await takeTurn(session, database);
    if (formatOf(await readHistory(session, schema)) >= migration.to) return false;
    // Several statements in one go: nothing in them comes from outside but the quoted schema.
    await session.rows(sqlFor(migration, schema));
    await session.rows(
      `INSERT INTO ${quoteIdentifier(schema)}.migration (format, description, checksum) VALUES ($1, $2, $3)`,
      [migration.to, migration.description, checksumOf(migration)],
    );
    return true;
  });
}

/** Until the end of the transaction: a session's lock would outlive it behind a pooler. */
async function takeTurn(session: Session, { schema }: Database): Promise<void> {
  await session.rows('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`slicewise migration of ${schema}`]);
}

async function makeHistory(session: Session, schema: string): Promise<void> {
  const owner = quoteIdentifier(schema);
  const [there] = await session.rows<readonly [boolean]>('SELECT to_regnamespace($1) IS NOT NULL', [owner]);
  // A role that may not create schemas can be given one.
  if (there?.[0] !== true) await session.rows(`CREATE SCHEMA ${owner}`);
  await session.rows(`
    CREATE TABLE IF NOT EXISTS ${owner}.migration (
      format bigint PRIMARY KEY,
      description text NOT NULL,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
}
