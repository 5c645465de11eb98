import type { SlicewiseError } from '../../domain/errors.ts';
import { type StoreFailure, storeThrottled, storeTimeout, storeUnavailable } from '../../ports/store-errors.ts';

const THROTTLED: ReadonlySet<string> = new Set([
  'SlowDown',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'Throttling',
]);
const TIMED_OUT: ReadonlySet<string> = new Set(['TimeoutError', 'RequestTimeout', 'RequestTimeoutException']);
/** Of connections that were lost; the SDK names them timeouts. */
const LOST_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);
const CONFIGURATION: ReadonlyMap<string, string> = new Map([
  ['NoSuchBucket', 'Make the bucket, or name another one.'],
  ['AccessDenied', "Give this process' role the permissions on the bucket."],
  ['Forbidden', "Give this process' role the permissions on the bucket."],
  ['InvalidAccessKeyId', "Check this process' credentials."],
  ['SignatureDoesNotMatch', "Check this process' credentials."],
  ['ExpiredToken', "Renew this process' credentials."],
  ['CredentialsProviderError', 'Give this process credentials, e.g. by its environment or its role.'],
  ['PermanentRedirect', "Name the bucket's own region."],
]);

/** The name that S3, the SDK or Node gave to a failure. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const isOfNode = error.name === 'Error' || LOST_CODES.has(code ?? '');
  return isOfNode && code !== undefined ? code : error.name;
}

/**
 * Soft, whatever it was: what S3 answers changes with its configuration. Only names and numbers of the failure are
 * passed on, because the SDK's errors hold the request with its signature.
 */
export function toPayloadError(error: unknown, store: string): SlicewiseError {
  const name = nameOf(error);
  const { httpStatusCode, requestId } = metadataOf(error);
  const status = httpStatusCode === undefined ? '' : `, HTTP ${httpStatusCode}`;
  const found = `${name}${status}${requestId === undefined ? '' : `, request ${requestId}`}`;
  const failure = (advice: string): StoreFailure => ({ store, found, advice, cause: new Error(found) });
  if (THROTTLED.has(name) || httpStatusCode === 429) return storeThrottled(failure('Call again later.'));
  if (TIMED_OUT.has(name)) return storeTimeout(failure('Call again; check the connection if it goes on.'));
  return storeUnavailable(failure(CONFIGURATION.get(name) ?? 'Call again; check the connection if it goes on.'));
}

interface AnswerMetadata {
  readonly httpStatusCode?: number;
  readonly requestId?: string;
}

function metadataOf(error: unknown): AnswerMetadata {
  const isAnswer = typeof error === 'object' && error !== null && '$metadata' in error;
  // The SDK's own shape.
  return isAnswer ? ((error.$metadata ?? {}) as AnswerMetadata) : {};
}
