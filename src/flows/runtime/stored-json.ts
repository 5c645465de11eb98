import type { JsonObject } from '../../domain/canonical/json-value.ts';

const decoder = new TextDecoder();

/** Parses canonical bytes that this runtime wrote: an object, or `null` for what is deleted or a tombstone. */
export function parseStored(bytes: Uint8Array): JsonObject | null {
  // Only canonical objects and `null` are ever stored as payloads.
  return JSON.parse(decoder.decode(bytes)) as JsonObject | null;
}
