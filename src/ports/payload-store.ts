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
