import { checkFormat } from './check-format.ts';
import { type Database, type DatabaseOptions, openDatabase, quoteIdentifier } from './database.ts';
import { MIGRATIONS } from './migrations.ts';

/** One thing about a table that is not as `migratePostgres` makes it. */
export interface PostgresFinding {
  readonly table: string;
  /** `table`, or `trigger NAME`: what refuses changes, or records them. */
  readonly setting: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * Says which tables of store and contract registry are not there, and which triggers that guard them are gone or switched
 * off; nothing where all is well. Changes nothing.
 *
 * @throws `store.foreign`, `store.format_newer`, `store.format_older`, `store.corrupt` (another history than this code's),
 * `store.driver_missing`, `store.unavailable`, `store.timeout`
 */
export async function checkPostgres(options: DatabaseOptions): Promise<readonly PostgresFinding[]> {
  const database = await openDatabase({ connectionsMax: 1, ...options });
  try {
    await checkFormat(database);
    return differencesIn(await lookAt(database));
  } finally {
    await database.close();
  }
}

const THERE = 'one';
const NONE = 'none';
const ON = 'on';

/** How Postgres writes whether a trigger fires (`pg_trigger.tgenabled`). */
const FIRES: Readonly<Record<string, string>> = { O: ON, A: ON, R: 'on replicas only', D: 'off' };

/** Table → its triggers, each with whether it fires. */
type Tables = ReadonlyMap<string, ReadonlyMap<string, string>>;

async function lookAt(database: Database): Promise<Tables> {
  const rows = await database.rows<readonly [table: string, trigger: string | null, enabled: string | null]>(
    `SELECT c.relname::text, t.tgname::text, t.tgenabled::text
     FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
     WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p')`,
    [quoteIdentifier(database.schema)],
  );
  const byTable = Map.groupBy(rows, ([table]) => table);
  return new Map([...byTable].map(([table, found]) => [table, new Map(found.flatMap(triggerOf))]));
}

function triggerOf([, trigger, enabled]: readonly [string, string | null, string | null]) {
  return trigger === null || enabled === null ? [] : [[trigger, FIRES[enabled] ?? enabled] as const];
}

function differencesIn(found: Tables): readonly PostgresFinding[] {
  return expectedTables().flatMap(([table, triggers]) => {
    const there = found.get(table);
    if (there === undefined) return [{ table, setting: 'table', expected: THERE, found: NONE }];
    return triggers
      .map((trigger) => ({ table, setting: `trigger ${trigger}`, expected: ON, found: there.get(trigger) ?? NONE }))
      .filter((finding) => finding.found !== finding.expected);
  });
}

/** Read off the steps that make them, so that no second list can fall behind. */
function expectedTables(): readonly (readonly [table: string, triggers: readonly string[]])[] {
  const sql = MIGRATIONS.map((migration) => migration.sql).join('\n');
  const triggers = [...sql.matchAll(/CREATE TRIGGER (\w+)[^;]*? ON \{schema\}\.(\w+)/g)];
  return [...sql.matchAll(/CREATE TABLE \{schema\}\.(\w+)/g)].map(([, table = '']) => [
    table,
    triggers.flatMap(([, trigger = '', owner]) => (owner === table ? [trigger] : [])),
  ]);
}
