import { isSlicewiseError, type SlicewiseError } from '../../domain/errors.ts';
import {
  type StoreFailure,
  storeCorrupt,
  storeForeign,
  storeFull,
  storeRecordRefused,
  storeThrottled,
  storeTimeout,
  storeUnavailable,
} from '../../ports/store-errors.ts';

// https://www.postgresql.org/docs/current/errcodes-appendix.html
export const UNIQUE_VIOLATION = '23505';

const UNAVAILABLE = 'Check that the server is up and takes connections, then call again.';
const RACE = 'Transactions stood in each other’s way, and this one was taken back; call again.';
const NO_TABLES =
  'Make the tables with `slicewise admin create-tables` or `migratePostgres`, or mend the schema’s name.';

type Fail = (failure: StoreFailure) => SlicewiseError;

/** By the whole SQLSTATE, then by its class. */
const BY_STATE: Readonly<Record<string, readonly [fail: Fail, advice: string]>> = {
  '25006': [storeUnavailable, 'Connect to the primary: this server is read-only.'],
  '25P02': [storeUnavailable, 'Roll the transaction back, and run all of it again.'],
  '3D000': [storeForeign, 'Mend the name of the database, or create it.'],
  '3F000': [storeForeign, NO_TABLES],
  '42P01': [storeForeign, NO_TABLES],
  '42703': [storeForeign, NO_TABLES],
  '42501': [storeUnavailable, 'Grant the role what docs/reference/postgres.md lists.'],
  '53000': [storeThrottled, 'Give the server more resources, or the pool fewer connections, then call again.'],
  '53100': [storeFull, 'Nothing of this call was stored; free disk space, then call again.'],
  '53300': [storeThrottled, 'Give the pool fewer connections, or put a pooler in front, then call again.'],
  '55P03': [storeThrottled, RACE],
  '57014': [storeTimeout, 'Look for who holds a lock on the row, or give the statement more time, then call again.'],
  '08': [storeUnavailable, UNAVAILABLE],
  '25': [storeUnavailable, 'Roll the transaction back, and run all of it again.'],
  '28': [storeUnavailable, 'Check the role and its password.'],
  '40': [storeThrottled, RACE],
  '53': [storeUnavailable, 'Give the server more resources, then call again.'],
  '57': [storeUnavailable, UNAVAILABLE],
  '58': [storeUnavailable, 'Check the disk and the memory of the server, then call again.'],
  XX: [storeCorrupt, 'Stop writing to it, look into the server’s log, and restore a backup.'],
};

const IN_RECORD = 'Look at the record; no other was concerned.';

/**
 * What the store rejects with for an error of `pg`, of the server or of its own code: a defect of ours stays as it is,
 * so that it is looked for in the code and not in the record.
 */
export function toStoreError(error: unknown, store: string): unknown {
  if (isSlicewiseError(error) || !(error instanceof Error)) return error;
  const state = sqlStateOf(error);
  const cause = state === undefined ? error : withoutRows(error, state);
  const failure = (advice: string): StoreFailure => ({ store, found: describeError(error), advice, cause });
  if (state !== undefined) {
    const [fail, advice] = BY_STATE[state] ?? BY_STATE[state.slice(0, 2)] ?? [storeRecordRefused, IN_RECORD];
    return fail(failure(advice));
  }
  if (isTimeout(error))
    return storeTimeout(failure('Look at the load of the server and of the pool, then call again.'));
  if (isLostConnection(error)) return storeUnavailable(failure(UNAVAILABLE));
  // Only JSON.parse throws it here, on what was written as JSON; its message quotes from that.
  if (error instanceof SyntaxError) {
    return storeCorrupt({
      store,
      found: 'JSON that does not parse',
      advice: 'Stop writing to it, and restore a backup.',
    });
  }
  return error;
}

/** As it may be logged: what the server says beside its message may repeat a whole row. */
function withoutRows({ name, message, stack }: Error, code: string): Error {
  return Object.assign(new Error(message), { name, stack, code });
}

/** Whether the server refused a statement, and its connection goes on. */
export function isOfStatement(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'ERROR';
}

export function hasSqlState(error: unknown, state: string): boolean {
  return error instanceof Error && sqlStateOf(error) === state;
}

function sqlStateOf(error: Error): string | undefined {
  // Only the server's own errors have a severity; Node's have codes of another shape.
  if (!('code' in error) || !('severity' in error) || typeof error.code !== 'string') return undefined;
  return error.code;
}

/** `pg` tells these apart by their texts alone. */
function isTimeout({ message }: Error): boolean {
  return message === 'Query read timeout' || /timeout exceeded when trying to connect|connection timeout/.test(message);
}

function isLostConnection(error: Error): boolean {
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)) return true;
  if (error instanceof AggregateError) return true;
  return /^(Connection terminated|Client has encountered a connection error|Client was closed|The server does not support)/.test(
    error.message,
  );
}

/** `AggregateError` says nothing of its own: one address of a host after the other did not answer. */
function describeError(error: Error): string {
  if (error.message !== '') return error.message;
  return error instanceof AggregateError
    ? error.errors.map((each) => describeError(Object(each))).join('; ')
    : error.name;
}
