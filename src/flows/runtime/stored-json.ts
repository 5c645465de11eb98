import type { CanonicalJson, JsonObject } from '../../domain/canonical/json-value.ts';

const decoder = new TextDecoder();

/** Parses canonical JSON that this runtime wrote: an object, or `null` for what is deleted or a tombstone. */
export function parseStored(json: CanonicalJson): JsonObject | null {
  // Only canonical objects and `null` are ever stored as payloads.
  return JSON.parse(typeof json === 'string' ? json : decoder.decode(json)) as JsonObject | null;
}
