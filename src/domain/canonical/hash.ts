/**
 * The hashes of design.md §4 and rfc-v4-002 §2: lower-case hex SHA-256, written `sha256:<hex>`, over canonical bytes
 * and, directly behind them, the refs that the content was made under. There are no separators, so two different
 * (content, ref) pairs can run together: whoever compares hashes compares the refs beside them.
 */
import { createHash, hash } from 'node:crypto';
import { canonicalBytes, canonicalRawDataBytes } from './canonicalize.ts';

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

/** The hash of one version's payload (rfc-v4-002 §2-2): canonical payload + schema id + schema version. */
export function hashRaw(canonicalPayload: Uint8Array, schema: HashedRef): ContentHash {
  return hashWithSuffix(canonicalPayload, schema.id + schema.version);
}

/** The hash of a slice: canonical payload (`null` for a tombstone) + rule set id + rule set version. */
export function hashSlice(canonicalPayload: Uint8Array, ruleSet: HashedRef): ContentHash {
  return hashWithSuffix(canonicalPayload, ruleSet.id + ruleSet.version);
}

/**
 * The hash of a ChangeSet: canonical diff operations + from + to (data versions, as plain decimals) + rule set id +
 * rule set version.
 */
export function hashChangeSet(canonicalOps: Uint8Array, from: number, to: number, ruleSet: HashedRef): ContentHash {
  return hashWithSuffix(canonicalOps, `${from}${to}${ruleSet.id}${ruleSet.version}`);
}

/** The hash of one canonical object: manifest, projection, plan, slicing id, contract (without its `status`). */
export function hashCanonical(value: unknown): ContentHash {
  return hashCanonicalBytes(canonicalBytes(value));
}

/** The hash of bytes that are canonical already. */
export function hashCanonicalBytes(bytes: Uint8Array): ContentHash {
  return asContentHash(hash('sha256', bytes, 'hex'));
}

/**
 * Checks a RawData payload, writes its canonical bytes and hashes them.
 *
 * @throws as `canonicalRawDataBytes`.
 */
export function canonicalRawData(payload: unknown, schema: HashedRef): HashedBytes {
  const bytes = canonicalRawDataBytes(payload);
  return { bytes, hash: hashRaw(bytes, schema) };
}

/**
 * Writes a slice payload's canonical bytes and hashes them.
 *
 * @throws as `canonicalBytes`.
 */
export function canonicalSlice(payload: unknown, ruleSet: HashedRef): HashedBytes {
  const bytes = canonicalBytes(payload);
  return { bytes, hash: hashSlice(bytes, ruleSet) };
}

function hashWithSuffix(bytes: Uint8Array, suffix: string): ContentHash {
  return asContentHash(createHash('sha256').update(bytes).update(suffix, 'utf8').digest('hex'));
}

function asContentHash(hex: string): ContentHash {
  // The one place where a hash is made: the brand says that it came from here.
  return `sha256:${hex}` as ContentHash;
}
