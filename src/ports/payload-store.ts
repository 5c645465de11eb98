import { validationError } from '../domain/errors.ts';
import type { PayloadLocation } from '../domain/records.ts';

/** Where RawData payloads from 100 KB live; content-addressed, so a put of what is there already is a no-op. */
export interface PayloadStore {
  /** For messages and logs; holds no secret. */
  readonly name: string;
  /** Durable when it resolves; atomic: a reader sees all of it or nothing. */
  put(location: PayloadLocation, bytes: Uint8Array): Promise<void>;
  /** The bytes as they lie there, `undefined` where there are none. The caller checks the hash. */
  get(location: PayloadLocation): Promise<Uint8Array | undefined>;
}

/** Stands where no payload store was given: a payload that needs one is refused, and no record is written for it. */
export const NO_PAYLOAD_STORE: PayloadStore = {
  name: 'no payload store',
  put: (location) => Promise.reject(noPayloadStore(location)),
  get: () => Promise.resolve(undefined),
};

function noPayloadStore({ entityKey }: PayloadLocation) {
  return validationError(
    'payload_store.absent',
    `${entityKey}: expected a payload store for a payload from 100 KB, found none. ` +
      'Give `createRuntime` a `payloadStore`, e.g. `createFilePayloadStore({ dir })`.',
    { entityKey },
  );
}
