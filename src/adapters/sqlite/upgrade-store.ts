import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { storeUnavailable } from '../../ports/store-errors.ts';
import { formatOf, openForUpgrade } from './open-database.ts';
import { toStoreError } from './sqlite-errors.ts';
import { CREATE_COLLECTION, CREATE_INDEX_STATE, FORMAT_VERSION } from './sqlite-layout.ts';

/** One step from a format to the next. */
export interface Migration {
  /** The format that it makes; it starts at the one before. */
  readonly to: number;
  /** What it does, for the person who upgrades. */
  readonly description: string;
  readonly migrate: (database: DatabaseSync) => void;
}

/** In order; a new format adds its entry at the end. Format 1 is the first, so nothing leads to it. */
export const MIGRATIONS: readonly Migration[] = [
  {
    to: 2,
    description:
      'statuses remember up to which version all that follows from an entity is done (`resume` finds out), and rule sets ' +
      'whether their index is complete; payloads and slices can be collected, and entities erased',
    // At the end, where a new store has it too: rows are written by position. Whoever wrote format 1 put the entries of
    // every commit into the index before it.
    migrate: (database) =>
      database.exec(`
        ALTER TABLE status ADD COLUMN fanned_out_to INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE status ADD COLUMN fills INTEGER NOT NULL DEFAULT 0;
        UPDATE status SET state = 'READY' WHERE state = 'ACTIVE';
        ALTER TABLE contract_binding ADD COLUMN is_indexed_from_start INTEGER NOT NULL DEFAULT 0;
        UPDATE contract_binding SET is_indexed_from_start = 1;
        ${CREATE_INDEX_STATE}
        ${CREATE_COLLECTION}
      `),
  },
];

export interface UpgradeReport {
  readonly from: number;
  readonly to: number;
  /** The descriptions of the steps that ran. Empty: it was up to date. */
  readonly steps: readonly string[];
}

/**
 * Brings a store's file to the newest format, each step in a transaction of its own: when one fails, the store stays
 * at the format before it and the same call goes on from there. Close every process that uses the store first.
 *
 * @throws `store.unavailable` (nothing there), `store.foreign`, `store.format_newer`, `store.timeout`
 */
export async function upgradeSqliteStore(path: string): Promise<UpgradeReport> {
  return runMigrations(path, MIGRATIONS, FORMAT_VERSION);
}

/** As `upgradeSqliteStore`, with the steps and the format to reach given. */
export function runMigrations(path: string, migrations: readonly Migration[], target: number): UpgradeReport {
  const store = `sqlite:${path}`;
  if (!existsSync(resolve(path))) {
    throw storeUnavailable({ store, found: 'no file at the path', advice: 'Name the path of an existing store.' });
  }
  const database = openForUpgrade({ path, store }, target);
  try {
    // An empty file is no store yet; opening it makes one of the newest format.
    const from = formatOf(database, store, target) ?? target;
    const steps: string[] = [];
    let to = from;
    for (const migration of migrations) {
      if (migration.to <= to || migration.to > target) continue;
      runStep(database, migration);
      to = migration.to;
      steps.push(migration.description);
    }
    return { from, to, steps };
  } catch (error) {
    throw toStoreError(error, store);
  } finally {
    database.close();
  }
}

function runStep(database: DatabaseSync, { to, migrate }: Migration): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    migrate(database);
    database.exec(`PRAGMA user_version = ${to}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
