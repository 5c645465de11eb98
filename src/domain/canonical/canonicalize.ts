/**
 * Canonical JSON: the I-JSON check (RFC 7493) and RFC 8785's form in one pass, as UTF-8 bytes. Those bytes are what is
 * hashed, stored and compared (rfc-v4-002 §1, design.md §4).
 *
 * What is enumerable must be JSON; what is not enumerable is not looked at. No getter and no `toJSON` is ever called.
 * Refused, each as a ValidationError with `details.pointer` (RFC 6901) of the place:
 * `canonical.lone_surrogate`, `canonical.not_finite`, `canonical.unsupported_type`, `canonical.sparse_array`,
 * `canonical.cycle`, `canonical.too_deep` (more than 256 levels).
 */
import { writeCanonical } from './canonical-writer.ts';
import { isPlainObject } from './json-value.ts';
import { LEAST_EXPONENT_MAGNITUDE, notAnObject } from './locate-refusal.ts';

/** The canonical form of a value as UTF-8 bytes, which the caller owns. */
export function canonicalBytes(value: unknown): Uint8Array {
  return writeCanonical(value, LEAST_EXPONENT_MAGNITUDE, takeBytes);
}

/** The canonical form of a value as a string. */
export function canonicalText(value: unknown): string {
  return writeCanonical(value, LEAST_EXPONENT_MAGNITUDE, decode);
}

/**
 * The canonical bytes of a RawData payload. Stricter than `canonicalBytes`: 64-bit ids must not round silently.
 *
 * @throws also `canonical.not_an_object` (the root is no plain object) and `canonical.unsafe_integer` (a number that
 * would be written as plain digits beyond ±(2^53−1)).
 */
export function canonicalRawDataBytes(payload: unknown): Uint8Array {
  if (!isPlainObject(payload)) throw notAnObject(payload);
  return writeCanonical(payload, Number.MAX_SAFE_INTEGER, takeBytes);
}

const decoder = new TextDecoder();

function takeBytes(scratch: Uint8Array, length: number): Uint8Array {
  return scratch.slice(0, length);
}

function decode(scratch: Uint8Array, length: number): string {
  return decoder.decode(scratch.subarray(0, length));
}
