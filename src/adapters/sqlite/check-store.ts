import { openStoreDatabase } from './open-database.ts';
import { toStoreError } from './sqlite-errors.ts';

const LOCK_WAIT_MS = 5_000;

/**
 * Reads a store's whole file and says what in it is damaged; nothing where all is well. Changes nothing, and may run
 * beside others.
 *
 * @throws `store.foreign`, `store.format_newer`, `store.format_older`, `store.unavailable`, `store.timeout`
 */
export async function checkSqliteStore(path: string): Promise<readonly string[]> {
  const store = `sqlite:${path}`;
  const database = openStoreDatabase({ path, store, lockWaitMs: LOCK_WAIT_MS });
  try {
    const findings = database
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => String(row['integrity_check']));
    return findings.filter((finding) => finding !== 'ok');
  } catch (error) {
    throw toStoreError(error, store);
  } finally {
    database.close();
  }
}
