import type { SlicewiseError } from '../../domain/errors.ts';
import {
  type StoreFailure,
  storeCorrupt,
  storeForeign,
  storeFull,
  storeRecordRefused,
  storeTimeout,
  storeUnavailable,
} from '../../ports/store-errors.ts';

// https://sqlite.org/rescode.html: the low byte of an extended result code.
const PRIMARY_CODE_MASK = 0xff;
const BUSY = 5;
const LOCKED = 6;
const NOMEM = 7;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const NOTADB = 26;

/** These concern the file or the machine, so every record of a transaction would fail alike. */
const ENVIRONMENT: ReadonlySet<number> = new Set([
  BUSY,
  LOCKED,
  NOMEM,
  READONLY,
  IOERR,
  CORRUPT,
  FULL,
  CANTOPEN,
  PROTOCOL,
  NOTADB,
]);

export function isBusy(error: unknown): boolean {
  const code = primaryCodeOf(error);
  return code === BUSY || code === LOCKED || code === PROTOCOL;
}

/** Whether the record, or our own code with it, is to blame, so that others may go on without it. */
export function isRecordFault(error: unknown): boolean {
  const code = primaryCodeOf(error);
  return code === undefined || !ENVIRONMENT.has(code);
}

/**
 * What the store rejects with for an error of node:sqlite or of its own code: a defect of ours stays as it is, so that
 * it is looked for in the code and not in the record.
 */
export function toStoreError(error: unknown, store: string): unknown {
  const failure = (found: string, advice: string): StoreFailure => ({ store, found, advice, cause: error });
  const code = primaryCodeOf(error);
  if (code !== undefined) return fromPrimaryCode(code, (advice) => failure(messageOf(error), advice));
  // Only JSON.parse throws it here, on what was written as JSON; its message quotes from that.
  if (error instanceof SyntaxError) return storeCorrupt({ store, found: 'JSON that does not parse', advice: RESTORE });
  return error;
}

const RESTORE = 'Stop writing to it, check it with `PRAGMA integrity_check`, and restore a backup.';

function fromPrimaryCode(code: number, failure: (advice: string) => StoreFailure): SlicewiseError {
  switch (code) {
    case BUSY:
    case LOCKED:
    case PROTOCOL:
      return storeTimeout(
        failure('Another process holds the write lock; try again, or give it less to do in one transaction.'),
      );
    case FULL:
      return storeFull(failure('Nothing of this call was stored; free disk space, then call again.'));
    case CORRUPT:
      return storeCorrupt(failure(RESTORE));
    case NOTADB:
      return storeForeign(failure('Name the path of a slicewise store, or one where nothing is yet.'));
    case READONLY:
    case CANTOPEN:
      return storeUnavailable(failure('Check that the path can be written by this process.'));
    case IOERR:
    case NOMEM:
      return storeUnavailable(failure('Check the disk and the memory of the machine, then call again.'));
    default:
      return storeRecordRefused(failure('Look at the record; the others of its group were not concerned.'));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function primaryCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & PRIMARY_CODE_MASK;
}
