/**
 * Canonical JSON: the I-JSON check (RFC 7493) and RFC 8785's form in one pass, as UTF-8 bytes. Those bytes are what is
 * hashed, stored and compared (rfc-v4-002 §1, design.md §4).
 *
 * Every enumerable member must be JSON. What is not enumerable, or is named by a symbol, is not looked at, as
 * JSON.stringify does it; no getter and no `toJSON` is ever called.
 * Refused, each as a ValidationError with `details.pointer` (RFC 6901) of the place:
 * `canonical.lone_surrogate`, `canonical.not_finite`, `canonical.unsupported_type`, `canonical.sparse_array`,
 * `canonical.cycle`, `canonical.too_deep` (more than 256 levels).
 */
import { writeCanonical, writeCanonicalRawData } from './canonical-writer.ts';
import { copyOut } from './output.ts';

/** The canonical form of a value as UTF-8 bytes, which the caller owns. */
export function canonicalBytes(value: unknown): Uint8Array {
  return writeCanonical(value, copyOut);
}

/** The canonical form of a value as a string. */
export function canonicalText(value: unknown): string {
  return writeCanonical(value, decode);
}

/**
 * The canonical bytes of a RawData payload. Stricter than `canonicalBytes`: 64-bit ids must not round silently.
 *
 * @throws also `canonical.not_an_object` (the root is no plain object) and `canonical.unsafe_integer` (a number that
 * would be written as plain digits beyond ±(2^53−1)).
 */
export function canonicalRawDataBytes(payload: unknown): Uint8Array {
  return writeCanonicalRawData(payload, copyOut);
}

const decoder = new TextDecoder();

/** The canonical text `null`: a deleted version's payload and a tombstone's. Never written to. */
export const CANONICAL_NULL: Uint8Array = canonicalBytes(null);

function decode(scratch: Uint8Array, length: number): string {
  return decoder.decode(scratch.subarray(0, length));
}
