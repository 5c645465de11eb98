import { storeForeign, storeFormatOlder, storeUnavailable } from '../../ports/store-errors.ts';
import { type Database, quoteIdentifier } from './database.ts';
import { checkHistory, formatOf, readHistory } from './migration-history.ts';
import { FORMAT_VERSION, MIGRATIONS } from './migrations.ts';

const RUN_MIGRATIONS = 'Run `slicewise admin create-tables --store postgres://…`, or call `migratePostgres`.';

type Server = readonly [encoding: string, isStandby: boolean, hasHistory: boolean];

/**
 * Looks whether a database is one that this code can use, made by the steps that this code knows.
 *
 * @throws `store.foreign` (no tables of ours, or another encoding), `store.format_newer`, `store.format_older`,
 * `store.corrupt` (another step made a format, or one is not recorded), `store.unavailable` (a standby, which answers
 * with what was)
 */
export async function checkFormat(database: Database): Promise<void> {
  const [row] = await database.rows<Server>(
    "SELECT current_setting('server_encoding'), pg_is_in_recovery(), to_regclass($1) IS NOT NULL",
    [`${quoteIdentifier(database.schema)}.migration`],
  );
  const [encoding, isStandby, hasHistory] = row ?? ['', false, false];
  const store = database.name;
  if (isStandby) {
    const found = 'a standby, which may lag behind';
    throw storeUnavailable({ store, found, advice: 'Connect to the primary.' });
  }
  if (encoding !== 'UTF8') {
    const found = `a database in ${encoding}`;
    throw storeForeign({ store, found, advice: "Create one with ENCODING 'UTF8', which keeps every character." });
  }
  const ran = hasHistory ? await readHistory(database, database.schema) : [];
  if (ran.length === 0) throw storeForeign({ store, found: 'no tables', advice: RUN_MIGRATIONS });
  checkHistory(ran, MIGRATIONS, store);
  const found = formatOf(ran);
  if (found < FORMAT_VERSION) throw storeFormatOlder({ store, found, supported: FORMAT_VERSION });
}
