import { storeForeign, storeFormatNewer, storeFormatOlder, storeUnavailable } from '../../ports/store-errors.ts';
import { type Database, quoteIdentifier, type Session } from './database.ts';
import { FORMAT_VERSION } from './migrations.ts';

const RUN_MIGRATIONS = 'Run `slicewise admin create-tables --store postgres://…`, or call `migratePostgres`.';

/**
 * Looks whether a database is one that this code can use.
 *
 * @throws `store.foreign` (no tables of ours, or another encoding), `store.format_newer`, `store.format_older`,
 * `store.unavailable` (a standby, which answers with what was)
 */
export async function checkFormat(database: Database): Promise<void> {
  const [row] = await database.rows<readonly [encoding: string, isStandby: boolean]>(
    "SELECT current_setting('server_encoding'), pg_is_in_recovery()",
  );
  const [encoding, isStandby] = row ?? ['', false];
  const store = database.name;
  if (isStandby) {
    const found = 'a standby, which may lag behind';
    throw storeUnavailable({ store, found, advice: 'Connect to the primary.' });
  }
  if (encoding !== 'UTF8') {
    const found = `a database in ${encoding}`;
    throw storeForeign({ store, found, advice: "Create one with ENCODING 'UTF8', which keeps every character." });
  }
  const found = await readFormat(database, database.schema);
  if (found === null) throw storeForeign({ store, found: 'no tables', advice: RUN_MIGRATIONS });
  if (found > FORMAT_VERSION) throw storeFormatNewer({ store, found, supported: FORMAT_VERSION });
  if (found < FORMAT_VERSION) throw storeFormatOlder({ store, found, supported: FORMAT_VERSION });
}

/** The newest migration that ran; `null` where none ever did. */
export async function readFormat(session: Session, schema: string): Promise<number | null> {
  const table = `${quoteIdentifier(schema)}.migration`;
  const [there] = await session.rows<readonly [isThere: boolean]>('SELECT to_regclass($1) IS NOT NULL', [table]);
  if (there?.[0] !== true) return null;
  const [row] = await session.rows<readonly [number | null]>(`SELECT max(format) FROM ${table}`);
  return row?.[0] ?? null;
}
