import { type ErrorCategory, hasCode, SlicewiseError } from '../domain/errors.ts';

/**
 * What a store may reject with, and the guard for each. Soft (the same call again is safe): `store.unavailable`,
 * `store.timeout`, `store.throttled`, `store.full`. Hard: `store.closed`, `store.corrupt`, `store.foreign`,
 * `store.format_newer`, `store.format_older`, `store.record_refused`, `store.transaction_refused`.
 */

export interface StoreFailure {
  /** The store's `name`. */
  readonly store: string;
  readonly found: string;
  readonly advice: string;
  readonly cause?: unknown;
}

/** The storage could not do it now: an I/O error, a lost connection. */
export function storeUnavailable(failure: StoreFailure): SlicewiseError {
  return storeError('StorageUnavailable', 'store.unavailable', 'storage that answers', failure);
}

/** No answer in time, e.g. another process held the write lock for too long. */
export function storeTimeout(failure: StoreFailure): SlicewiseError {
  return storeError('Timeout', 'store.timeout', 'an answer in time', failure);
}

/** The storage asked to slow down. */
export function storeThrottled(failure: StoreFailure): SlicewiseError {
  return storeError('Throttled', 'store.throttled', 'capacity for this call', failure);
}

/** No room left; nothing of the call was applied. Soft: it works again once there is room. */
export function storeFull(failure: StoreFailure): SlicewiseError {
  return storeError('StorageUnavailable', 'store.full', 'room to write', failure);
}

/** What lies in the storage is damaged. */
export function storeCorrupt(failure: StoreFailure): SlicewiseError {
  return storeError('InvariantViolation', 'store.corrupt', 'a sound store', failure);
}

/** The storage holds something else than a slicewise store. */
export function storeForeign(failure: StoreFailure): SlicewiseError {
  return storeError('ValidationError', 'store.foreign', 'a slicewise store', failure);
}

/** One record that the storage cannot take; the others of its group are not concerned. */
export function storeRecordRefused(failure: StoreFailure): SlicewiseError {
  return storeError('ValidationError', 'store.record_refused', 'a record that the storage can hold', failure);
}

/** A caller's transaction that an insert cannot join; nothing was changed. */
export function storeTransactionRefused(failure: StoreFailure): SlicewiseError {
  return storeError('ValidationError', 'store.transaction_refused', 'an open transaction on its own database', failure);
}

export function storeClosed(store: string): SlicewiseError {
  return storeError('Aborted', 'store.closed', 'an open store', {
    store,
    found: 'that it was closed',
    advice: 'Open it again, or close it only after the last call.',
  });
}

export interface StoreFormats {
  readonly store: string;
  readonly found: number;
  readonly supported: number;
}

export function storeFormatNewer({ store, found, supported }: StoreFormats): SlicewiseError {
  return new SlicewiseError({
    category: 'ValidationError',
    code: 'store.format_newer',
    message:
      `store ${store}: expected format ${supported} or lower, found format ${found}, which a newer slicewise wrote. ` +
      'Nothing was changed; use that version of slicewise.',
    details: { store, found, supported },
  });
}

export function storeFormatOlder({ store, found, supported }: StoreFormats): SlicewiseError {
  return new SlicewiseError({
    category: 'ValidationError',
    code: 'store.format_older',
    message:
      `store ${store}: expected format ${supported}, found the older format ${found}. ` +
      'Nothing was changed; make a copy of it, then run `slicewise admin upgrade`.',
    details: { store, found, supported },
  });
}

export const isStoreUnavailable = (error: unknown): error is SlicewiseError => hasCode(error, 'store.unavailable');
export const isStoreTimeout = (error: unknown): error is SlicewiseError => hasCode(error, 'store.timeout');
export const isStoreThrottled = (error: unknown): error is SlicewiseError => hasCode(error, 'store.throttled');
export const isStoreFull = (error: unknown): error is SlicewiseError => hasCode(error, 'store.full');
export const isStoreCorrupt = (error: unknown): error is SlicewiseError => hasCode(error, 'store.corrupt');
export const isStoreForeign = (error: unknown): error is SlicewiseError => hasCode(error, 'store.foreign');
export const isStoreClosed = (error: unknown): error is SlicewiseError => hasCode(error, 'store.closed');
export const isStoreFormatNewer = (error: unknown): error is SlicewiseError => hasCode(error, 'store.format_newer');
export const isStoreFormatOlder = (error: unknown): error is SlicewiseError => hasCode(error, 'store.format_older');
export const isStoreRecordRefused = (error: unknown): error is SlicewiseError => hasCode(error, 'store.record_refused');
export const isStoreTransactionRefused = (error: unknown): error is SlicewiseError =>
  hasCode(error, 'store.transaction_refused');

function storeError(category: ErrorCategory, code: string, expected: string, failure: StoreFailure): SlicewiseError {
  return new SlicewiseError({
    category,
    code,
    message: `store ${failure.store}: expected ${expected}, found ${failure.found}. ${failure.advice}`,
    details: { store: failure.store },
    cause: failure.cause,
  });
}
