import { LRUCache } from 'lru-cache';
import { freezeJson } from '../../domain/canonical/freeze-json.ts';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { CanonicalJson, JsonObject } from '../../domain/canonical/json-value.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { EntityAddress, ManifestRecord } from '../../domain/records.ts';
import type { RuleSetAddress } from '../../ports/store.ts';

/**
 * What never changes once it is committed may be remembered for ever: manifests of an exact revision, slices by hash,
 * payloads of a version as one schema sees them. Bounded in bytes; 0 turns it off.
 */
export interface RecordCache {
  manifest(address: RuleSetAddress, version: number, revision: number): ManifestRecord | undefined;
  rememberManifest(manifest: ManifestRecord): void;
  slice(address: RuleSetAddress, sliceType: string, sliceHash: ContentHash): CanonicalJson | undefined;
  rememberSlice(address: RuleSetAddress, sliceType: string, sliceHash: ContentHash, payload: CanonicalJson): void;
  joinSource(key: JoinSourceKey): JsonObject | undefined;
  rememberJoinSource(key: JoinSourceKey, payload: JsonObject, payloadBytes: number): void;
  /** All of it: an erasure takes out what never changes otherwise. */
  forget(): void;
}

/** A source's content as one join reads it: by the hash of what is stored and the contract that shapes it. */
export interface JoinSourceKey extends EntityAddress {
  readonly contentHash: ContentHash;
  readonly contractHash: ContentHash;
}

// A cached record costs its payload and about this much for its key and bookkeeping.
const ENTRY_OVERHEAD_BYTES = 300;

export function createRecordCache(maxBytes: number): RecordCache {
  if (maxBytes === 0) return NO_CACHE;
  const entries = new LRUCache<string, ManifestRecord | CanonicalJson | JsonObject>({ maxSize: maxBytes });
  // Each kind of key holds one kind of value.
  const recall = <Value>(key: string) => entries.get(key) as Value | undefined;
  const remember = (key: string, value: ManifestRecord | CanonicalJson | JsonObject, bytes: number) => {
    entries.set(key, value, { size: bytes + ENTRY_OVERHEAD_BYTES });
  };
  return {
    manifest: (address, version, revision) => recall(manifestKey(address, version, revision)),
    rememberManifest: (manifest) => {
      const sliceCount = Object.keys(manifest.slices).length + Object.keys(manifest.pins).length;
      // Answers share it with the cache.
      remember(manifestKey(manifest, manifest.version, manifest.revision), freezeJson(manifest), 200 * sliceCount);
    },
    slice: (address, type, hash) => recall(sliceKey(address, type, hash)),
    rememberSlice: (address, type, hash, payload) => remember(sliceKey(address, type, hash), payload, bytesOf(payload)),
    joinSource: (key) => recall(joinSourceKey(key)),
    rememberJoinSource: (key, payload, payloadBytes) => remember(joinSourceKey(key), payload, payloadBytes * 2),
    forget: () => entries.clear(),
  };
}

/** At most: a character of a text takes one or two. */
function bytesOf(payload: CanonicalJson): number {
  return typeof payload === 'string' ? payload.length * 2 : payload.length;
}

const NO_CACHE: RecordCache = {
  manifest: () => undefined,
  rememberManifest() {},
  slice: () => undefined,
  rememberSlice() {},
  joinSource: () => undefined,
  rememberJoinSource() {},
  forget() {},
};

function manifestKey({ tenantId, entityKey, ruleSet }: RuleSetAddress, version: number, revision: number): string {
  return `m\n${tenantId}\n${entityKey}\n${formatRef(ruleSet)}\n${version}\n${revision}`;
}

function sliceKey({ tenantId, entityKey, ruleSet }: RuleSetAddress, sliceType: string, sliceHash: ContentHash): string {
  return `s\n${tenantId}\n${entityKey}\n${formatRef(ruleSet)}\n${sliceType}\n${sliceHash}`;
}

function joinSourceKey({ tenantId, entityKey, contentHash, contractHash }: JoinSourceKey): string {
  return `j\n${tenantId}\n${entityKey}\n${contentHash}\n${contractHash}`;
}
