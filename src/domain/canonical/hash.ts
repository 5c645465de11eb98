/**
 * The hashes of design.md §4 and rfc-v4-002 §2: lower-case hex SHA-256, written `sha256:<hex>`, over canonical bytes
 * and, directly behind them, the refs that the content was made under. There are no separators, so two different
 * (content, ref) pairs can run together: whoever compares hashes compares the refs beside them.
 */
import { createHash, hash } from 'node:crypto';
import { type CanonicalMembers, membersOf } from './canonical-members.ts';
import { type Origin, writeCanonical, writeCanonicalRawData } from './canonical-writer.ts';
import type { CanonicalJson } from './json-value.ts';
import { copyOut } from './output.ts';

declare const contentHashBrand: unique symbol;

/** `sha256:` and 64 lower-case hex digits. */
export type ContentHash = `sha256:${string}` & { readonly [contentHashBrand]: true };

/** The id and SemVer of a contract, hashed as id + version. */
export interface HashedRef {
  readonly id: string;
  readonly version: string;
}

/** Canonical bytes (the caller's own) and the hash that goes with them. */
export interface HashedBytes {
  readonly bytes: Uint8Array;
  readonly hash: ContentHash;
}

/** The same of an object, and where in the bytes its members lie. */
export interface HashedMembers extends HashedBytes {
  readonly members: CanonicalMembers;
}

/** The hash of one version's payload (rfc-v4-002 §2-2): canonical payload + schema id + schema version. */
export function hashRaw(canonicalPayload: Uint8Array, schema: HashedRef): ContentHash {
  return hashWithSuffix(canonicalPayload, schema.id + schema.version);
}

/** The hash of a slice: canonical payload (`null` for a tombstone) + rule set id + rule set version. */
export function hashSlice(canonicalPayload: CanonicalJson, ruleSet: HashedRef): ContentHash {
  const suffix = ruleSet.id + ruleSet.version;
  if (typeof canonicalPayload !== 'string') return hashWithSuffix(canonicalPayload, suffix);
  // Text is hashed as its UTF-8 bytes.
  return asContentHash(hash('sha256', canonicalPayload + suffix, 'hex'));
}

/**
 * The hash of a ChangeSet: canonical diff operations + from + to (data versions, as plain decimals) + rule set id +
 * rule set version.
 */
export function hashChangeSet(canonicalOps: Uint8Array, from: number, to: number, ruleSet: HashedRef): ContentHash {
  return hashWithSuffix(canonicalOps, `${from}${to}${ruleSet.id}${ruleSet.version}`);
}

/** The hash of one canonical object: manifest, projection, plan, slicing id, contract (without its `status`). */
export function hashCanonical(value: unknown, origin: Origin = 'given'): ContentHash {
  return writeCanonical(value, hashWritten, origin);
}

function hashWritten(scratch: Uint8Array, length: number): ContentHash {
  return hashCanonicalBytes(scratch.subarray(0, length));
}

/** The hash of bytes that are canonical already. */
export function hashCanonicalBytes(bytes: Uint8Array): ContentHash {
  return asContentHash(hash('sha256', bytes, 'hex'));
}

/**
 * Checks a RawData payload, writes its canonical bytes and hashes them: `canonicalRawDataBytes` and `hashRaw` in one.
 *
 * @throws as `canonicalRawDataBytes`.
 */
export function canonicalRawData(payload: unknown, schema: HashedRef, origin: Origin = 'given'): HashedMembers {
  const suffix = schema.id + schema.version;
  return writeCanonicalRawData(
    payload,
    (scratch, length, ends) => {
      const { bytes, hash } = takeHashed(scratch, length, suffix);
      return { bytes, hash, members: membersOf(bytes, ends) };
    },
    origin,
  );
}

/**
 * Writes a slice payload's canonical bytes and hashes them: `canonicalBytes` and `hashSlice` in one.
 *
 * @throws as `canonicalBytes`.
 */
export function canonicalSlice(payload: unknown, ruleSet: HashedRef, origin: Origin = 'given'): HashedBytes {
  const suffix = ruleSet.id + ruleSet.version;
  return writeCanonical(payload, (scratch, length) => takeHashed(scratch, length, suffix), origin);
}

function takeHashed(scratch: Uint8Array, length: number, suffix: string): HashedBytes {
  const bytes = copyOut(scratch, length);
  const end = writeSuffix(scratch, length, suffix);
  const isWhole = end <= scratch.length;
  return { bytes, hash: isWhole ? hashCanonicalBytes(scratch.subarray(0, end)) : hashInParts(bytes, suffix) };
}

/** Content and suffix side by side, so that one call hashes both. */
const joined = new Uint8Array(16 * 1024);

function hashWithSuffix(bytes: Uint8Array, suffix: string): ContentHash {
  if (bytes.length > joined.length) return hashInParts(bytes, suffix);
  joined.set(bytes);
  const end = writeSuffix(joined, bytes.length, suffix);
  return end <= joined.length ? hashCanonicalBytes(joined.subarray(0, end)) : hashInParts(bytes, suffix);
}

function hashInParts(bytes: Uint8Array, suffix: string): ContentHash {
  return asContentHash(createHash('sha256').update(bytes).update(suffix, 'utf8').digest('hex'));
}

/** @returns where the suffix ends; beyond the end of `bytes` if it did not fit. */
function writeSuffix(bytes: Uint8Array, start: number, suffix: string): number {
  for (let index = 0; index < suffix.length; index += 1) {
    const unit = suffix.charCodeAt(index);
    if (unit >= 0x80) return writeEncoded(bytes, start, suffix);
    bytes[start + index] = unit;
  }
  return start + suffix.length;
}

const encoder = new TextEncoder();

function writeEncoded(bytes: Uint8Array, start: number, suffix: string): number {
  const encoded = encoder.encode(suffix);
  if (start + encoded.length <= bytes.length) bytes.set(encoded, start);
  return start + encoded.length;
}

function asContentHash(hex: string): ContentHash {
  // The one place where a hash is made: the brand says that it came from here.
  return `sha256:${hex}` as ContentHash;
}
