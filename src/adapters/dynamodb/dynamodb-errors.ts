import {
  type CancellationReason,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import type { SlicewiseError } from '../../domain/errors.ts';
import {
  type StoreFailure,
  storeCorrupt,
  storeForeign,
  storeRecordRefused,
  storeThrottled,
  storeTimeout,
  storeUnavailable,
} from '../../ports/store-errors.ts';
import { DamagedItem } from './item.ts';
import { RetriesExhausted } from './retries-exhausted.ts';

const THROTTLED: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'ThrottledException',
  'Throttling',
  'RequestLimitExceeded',
]);
const THROTTLED_REASONS: ReadonlySet<string> = new Set(['ProvisionedThroughputExceeded', 'ThrottlingError']);

const CONTENDED: ReadonlySet<string> = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
  'ReplicatedWriteConflictException',
]);

const TIMEOUTS: ReadonlySet<string> = new Set(['TimeoutError', 'RequestTimeout', 'RequestTimeoutException']);
const TIMEOUT_CODES: ReadonlySet<string> = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT']);
/** Of connections that were lost; the SDK names them timeouts too. */
const LOST_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

const NO_TABLE: ReadonlySet<string> = new Set(['ResourceNotFoundException', 'TableNotFoundException']);

/** Their messages may repeat what a request was signed with, so none of them is passed on. */
const NOT_ALLOWED: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'ExpiredToken',
  'ExpiredTokenException',
  'AccessDeniedException',
  'SignatureDoesNotMatch',
]);

/** DynamoDB asked to slow down; the request was not applied. */
export function isThrottled(error: unknown): boolean {
  return THROTTLED.has(nameOf(error)) || reasonsOf(error).some((code) => THROTTLED_REASONS.has(code));
}

/** Another transaction was at one of the same items; the request was not applied. */
export function isContended(error: unknown): boolean {
  // One that also met a condition is settled by that.
  const reasons = reasonsOf(error);
  if (reasons.includes('ConditionalCheckFailed')) return false;
  return CONTENDED.has(nameOf(error)) || reasons.includes('TransactionConflict');
}

/** Why each write of a transaction that was cancelled did not go in, in their order; `undefined` for other errors. */
export function cancellationOf(error: unknown): readonly CancellationReason[] | undefined {
  return error instanceof TransactionCanceledException ? error.CancellationReasons : undefined;
}

/**
 * What the store rejects with for an error of the SDK or of its own code: a defect of ours stays as it is, so that it
 * is looked for in the code and not in the store.
 */
export function toStoreError(error: unknown, store: string): unknown {
  if (error instanceof RetriesExhausted) return fromCause(error.cause, store, ` after ${error.attempts} tries`);
  return fromCause(error, store, '');
}

function fromCause(error: unknown, store: string, tries: string): unknown {
  const corrupt = (found: string) => storeCorrupt({ store, found, advice: RESTORE });
  if (error instanceof DamagedItem) return corrupt(error.message);
  // Only JSON.parse throws it here, on what was written as JSON; its message quotes from that.
  if (error instanceof SyntaxError) return corrupt('JSON that does not parse');
  return fromSdk(error, store, tries) ?? withoutItems(error);
}

/** As it may be logged: what the service throws may hold items, as the reasons of a cancelled transaction do. */
function withoutItems(error: unknown): unknown {
  if (!(error instanceof DynamoDBServiceException)) return error;
  const { name, message, stack } = error;
  return Object.assign(new Error(message), { name, stack });
}

const RESTORE = 'Look at the item; restore the table to a point in time before it was damaged.';

function fromSdk(error: unknown, store: string, tries: string): SlicewiseError | undefined {
  const name = nameOf(error);
  const said = `${name}${tries}`;
  const cause = withoutItems(error);
  const failure = (found: string, advice: string): StoreFailure => ({ store, found, advice, cause });
  if (NOT_ALLOWED.has(name)) return storeUnavailable({ store, found: said, advice: CHECK_CREDENTIALS });
  if (isThrottled(error)) return storeThrottled(failure(said, SLOW_DOWN));
  if (isContended(error)) return storeThrottled(failure(`${said}: other transactions at the same items`, CALL_AGAIN));
  if (isTimeout(error)) return storeTimeout(failure(said, CALL_AGAIN));
  if (NO_TABLE.has(name)) return storeForeign(failure(`${said}: a table that is not there`, CREATE_TABLES));
  if (isRefusedRecord(error)) return storeRecordRefused(failure(messageOf(error), SMALLER_RECORD));
  if (isServerFault(error)) return storeUnavailable(failure(said, CALL_AGAIN));
  // Its name is no more than `Error`.
  if (isNetworkFault(error)) return storeUnavailable(failure(`${codeOf(error)}${tries}`, CALL_AGAIN));
  return undefined;
}

const CHECK_CREDENTIALS =
  "Check the process' credentials, its clock, and that its policy allows what docs/reference/dynamodb/iam.md lists.";
const SLOW_DOWN = 'Send less at once, or raise what the tables may take.';
const CALL_AGAIN = 'Call again; whatever was applied is found to be there.';
const CREATE_TABLES = 'Make the tables with `createTables`, or name the prefix and region of those that are there.';
const SMALLER_RECORD = 'Look at the record; DynamoDB takes items of up to 400 KB.';

function isRefusedRecord(error: unknown): boolean {
  const refusals = ['ValidationException', 'ItemCollectionSizeLimitExceededException'];
  if (refusals.includes(nameOf(error))) return true;
  return reasonsOf(error).some((code) => code === 'ValidationError' || code === 'ItemCollectionSizeLimitExceeded');
}

function isTimeout(error: unknown): boolean {
  const code = codeOf(error);
  return TIMEOUT_CODES.has(code) || (TIMEOUTS.has(nameOf(error)) && !LOST_CODES.has(code));
}

function isServerFault(error: unknown): boolean {
  return typeof error === 'object' && error !== null && '$fault' in error && error.$fault === 'server';
}

/** Of Node's sockets and name lookups, which all carry a system error code. */
function isNetworkFault(error: unknown): boolean {
  return /^(E[A-Z]+|CERT_\w+|ERR_(TLS|SSL)\w+|UNABLE_TO_\w+)$/.test(codeOf(error));
}

function reasonsOf(error: unknown): readonly string[] {
  return cancellationOf(error)?.map(({ Code }) => Code ?? 'None') ?? [];
}

function messageOf(error: unknown): string {
  const reasons = cancellationOf(error)?.map(({ Message }) => Message);
  if (reasons) return reasons.filter((message) => message).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
