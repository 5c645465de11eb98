import { type SlicewiseError, validationError } from '../domain/errors.ts';
import type { EntityAddress, PayloadLocation } from '../domain/records.ts';

/**
 * Where RawData payloads from 100 KB live; content-addressed, so a put of what is there already is a no-op. Rejects as a
 * store does: soft errors are `store.unavailable`, `store.timeout`, `store.throttled` and `store.full`, and the same
 * call again is safe.
 */
export interface PayloadStore {
  /** For messages and logs; holds no secret. */
  readonly name: string;
  /** Durable when it resolves; atomic: a reader sees all of it or nothing. */
  put(location: PayloadLocation, bytes: Uint8Array): Promise<void>;
  /** The bytes as they lie there, `undefined` where there are none. The caller checks the hash. */
  get(location: PayloadLocation): Promise<Uint8Array | undefined>;
  /**
   * Administration. What lies there of one entity, each location once, in any order; what a put that was cut short has
   * left as well. What is put or deleted between two pages may be listed or not.
   */
  list(query: PayloadQuery): Promise<PayloadPage>;
  /** Administration. Nobody finds it there once it resolves; where there is nothing, nothing happens. */
  delete(location: PayloadLocation): Promise<void>;
}

export interface PayloadQuery extends EntityAddress {
  /** At most this many items; from 1 to 1,000. A page may hold fewer, or none. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

export interface PayloadPage {
  readonly items: readonly StoredPayload[];
  /** Where the next page begins; `null` when this was the last. */
  readonly next: string | null;
}

export interface StoredPayload {
  readonly location: PayloadLocation;
  readonly payloadBytes: number;
  /** ISO 8601, by the clock of the storage. */
  readonly storedAt: string;
}

/** Stands where no payload store was given: a payload that needs one is refused, and no record is written for it. */
export const NO_PAYLOAD_STORE: PayloadStore = {
  name: 'no payload store',
  put: (location) => Promise.reject(noPayloadStore(location)),
  get: () => Promise.resolve(undefined),
  list: (query) => Promise.reject(noPayloadStore(query)),
  delete: (location) => Promise.reject(noPayloadStore(location)),
};

function noPayloadStore({ entityKey }: EntityAddress): SlicewiseError {
  return validationError(
    'payload_store.absent',
    `${entityKey}: expected a payload store for a payload from 100 KB, found none. ` +
      'Give `createRuntime` a `payloadStore`, e.g. `createFilePayloadStore({ dir })`, or a command `--payload-store`.',
    { entityKey },
  );
}
