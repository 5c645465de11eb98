import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { storeForeign, storeFormatNewer, storeFormatOlder, storeUnavailable } from '../../ports/store-errors.ts';
import { loadNodeSqlite } from './load-node-sqlite.ts';
import { isBusy, toStoreError } from './sqlite-errors.ts';
import { APPLICATION_ID, CREATE_TABLES, FORMAT_VERSION, PAGE_BYTES } from './sqlite-layout.ts';

export interface DatabaseFile {
  /** As the caller wrote it; relative to the working directory. */
  readonly path: string;
  /** For messages. */
  readonly store: string;
}

export interface StoreDatabaseFile extends DatabaseFile {
  /** Milliseconds for which a statement may wait, holding the event loop, for another process' lock. */
  readonly lockWaitMs: number;
}

// Opening happens once and before any work, so it may wait for a process that is just creating the same file.
const OPEN_WAIT_MS = 10_000;
const WAL_ATTEMPTS = 50;
// 64 MB of pages: fewer and larger checkpoints; measured in ADR 0020.
const CHECKPOINT_PAGES = 8_000;
const CACHE_KIB = 65_536;

/**
 * Opens a store's file, or makes it, and its folder, where there is none.
 *
 * @throws `store.foreign`, `store.format_newer`, `store.format_older` before anything is written.
 */
export function openStoreDatabase(file: StoreDatabaseFile): DatabaseSync {
  return openChecked(file, (database) => {
    const found = formatOf(database, file.store);
    if (found === null) createTables(database, file.store);
    else if (found < FORMAT_VERSION) throw storeFormatOlder({ store: file.store, found, supported: FORMAT_VERSION });
    enterWal(database);
    database.exec(`
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA temp_store = MEMORY;
      PRAGMA secure_delete = FAST;
      PRAGMA busy_timeout = ${file.lockWaitMs};
    `);
  });
}

/** Opens a store's file as it is, whatever its format up to ours. */
export function openForUpgrade(file: DatabaseFile, formatMax: number): DatabaseSync {
  return openChecked(file, (database) => {
    formatOf(database, file.store, formatMax);
    database.exec('PRAGMA synchronous = FULL');
  });
}

/**
 * The format that the file says; `null` for an empty one.
 *
 * @throws `store.foreign`, `store.format_newer`
 */
export function formatOf(database: DatabaseSync, store: string, formatMax: number = FORMAT_VERSION): number | null {
  const applicationId = readPragma(database, 'application_id');
  const found = readPragma(database, 'user_version');
  if (applicationId !== APPLICATION_ID) {
    const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get();
    if (applicationId === 0 && found === 0 && tables?.['count'] === 0) return null;
    throw storeForeign({
      store,
      found: "another application's SQLite file",
      advice: 'Nothing was changed; name the path of a slicewise store, or one where nothing is yet.',
    });
  }
  if (found > formatMax) throw storeFormatNewer({ store, found, supported: formatMax });
  return found;
}

function openChecked(file: DatabaseFile, prepare: (database: DatabaseSync) => void): DatabaseSync {
  const { DatabaseSync } = loadNodeSqlite();
  const path = resolve(file.path);
  makeFolder(dirname(path), file.store);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: OPEN_WAIT_MS });
    prepare(database);
    return database;
  } catch (error) {
    database?.close();
    throw toStoreError(error, file.store);
  }
}

function makeFolder(folder: string, store: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw storeUnavailable({ store, found, advice: 'Check that the path can be written by this process.', cause });
  }
}

function createTables(database: DatabaseSync, store: string): void {
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have made them while this one waited for the lock.
    if (formatOf(database, store) === null) {
      database.exec(CREATE_TABLES);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.exec(`PRAGMA user_version = ${FORMAT_VERSION}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** SQLite does not wait for locks while it changes the journal mode, so this asks again. */
function enterWal(database: DatabaseSync): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || attempt === WAL_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * attempt);
    }
  }
}

function readPragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
