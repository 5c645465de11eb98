import type { ContentHash } from './canonical/hash.ts';
import type { CanonicalJson } from './canonical/json-value.ts';
import type { ContractRef, ContractRefText } from './contracts/contract-ref.ts';
import type { ErrorReport } from './errors.ts';
import type { EntityKey, TenantId, Version } from './identity.ts';

/**
 * The records of a store and their keys, one per thing that the runtime remembers (design: records). Adapters decide
 * how a key is laid out; what is unique, ordered and atomic is decided here and in the store port.
 * Times are ISO 8601 in UTC; they are metadata and reach no hash (rfc-v4-002 §8).
 */

export interface EntityAddress {
  readonly tenantId: TenantId;
  readonly entityKey: EntityKey;
}

/** Where a large payload lies: tenant, entity, hash and a generation (a collected place is never used again). */
export interface PayloadLocation extends EntityAddress {
  readonly rawHash: ContentHash;
  readonly generation: number;
}

/** Canonical bytes beside the record, or outside it, or none: the version is deleted, or its content was erased. */
export type RawDataBody =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'external'; readonly location: PayloadLocation; readonly payloadBytes: number }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'erased'; readonly payloadBytes: number };

export interface RawDataRecord extends EntityAddress {
  readonly kind: 'raw-data';
  readonly version: Version;
  readonly schema: ContractRef;
  readonly rawHash: ContentHash;
  readonly body: RawDataBody;
  readonly ingestedAt: string;
}

/** A version without its payload: what a listing shows. */
export interface RawDataSummary extends EntityAddress {
  readonly version: Version;
  readonly schema: ContractRef;
  readonly rawHash: ContentHash;
  readonly isDeleted: boolean;
  /** Its content was taken out by an erasure; what it was is known by its hash alone. */
  readonly isErased: boolean;
  /** Canonical bytes, also of what was erased; 0 for a deleted version. */
  readonly payloadBytes: number;
  readonly ingestedAt: string;
}

export type PipelineState = 'IDLE' | 'BUILDING' | 'READY' | 'ACTIVE' | 'FAILED';

/** What is owed under one rule set: its slicing (or re-check) has not settled at the newest version. */
export type OwedMark =
  | { readonly state: 'IDLE' }
  | { readonly state: 'BUILDING'; readonly claimToken: string; readonly claimedAt: string }
  | { readonly state: 'FAILED'; readonly lastError: ErrorReport };

/** One per entity: its newest version and what is still owed for it (rfc-v4-004 appendix: STATUS, INV-DP2). */
export interface StatusRecord extends EntityAddress {
  readonly kind: 'status';
  readonly version: Version;
  readonly rawHash: ContentHash;
  readonly schema: ContractRef;
  readonly isDeleted: boolean;
  /** Raised by one by every update; what every update compares. From 1. */
  readonly counter: number;
  /** Derived from `owed` and `fannedOutTo`; stored because entities are listed by it. */
  readonly state: PipelineState;
  /** Rule set ref → what is owed under it. Empty when nothing is. */
  readonly owed: Readonly<Record<ContractRefText, OwedMark>>;
  /**
   * The newest version up to which everything that follows from this entity's changes is known to be done (design:
   * fan-out); below `version`, the fan-out from it is owed.
   */
  readonly fannedOutTo: Version | 0;
  /**
   * How often somebody may have counted on what is not so any more: a slice that others may join was committed for a
   * version that fan-outs had passed, or may have been about to, and a fan-out that was planned before knows nothing of
   * it; or an erasure takes away what was never committed, and whoever has put it must not commit.
   */
  readonly fills: number;
  readonly lastDeployedAt: string | null;
  readonly updatedAt: string;
}

export type ChangeType = 'created' | 'updated' | 'deleted' | 'restored';

export interface ChangeSetRecord extends EntityAddress {
  readonly kind: 'change-set';
  /** 0: nothing before. */
  readonly fromVersion: Version | 0;
  readonly toVersion: Version;
  readonly ruleSet: ContractRef;
  readonly changesetHash: ContentHash;
  /**
   * Canonical bytes of the diff ops; `null` where they are too large to keep and are computed again when asked for, or
   * were erased.
   */
  readonly ops: Uint8Array | null;
  readonly changeType: ChangeType;
  /** Pointers, sorted. */
  readonly changedPaths: readonly string[];
  /** Top-level members, sorted. */
  readonly changedKeys: readonly string[];
  /** Slice types, sorted. */
  readonly impactedSlices: readonly string[];
  /** Its ops, paths and keys were taken out by an erasure. */
  readonly isErased: boolean;
  readonly createdAt: string;
}

export interface SliceRecord extends EntityAddress {
  readonly kind: 'slice';
  readonly ruleSet: ContractRef;
  readonly sliceType: string;
  readonly sliceHash: ContentHash;
  readonly isTombstone: boolean;
  /**
   * `null` in JSON for a tombstone. Put as bytes; read as whichever the store has at hand. No text at all (`null`): it
   * was taken out by an erasure.
   */
  readonly payload: CanonicalJson | null;
  /** The collection epoch that its attempt read; a later put raises it and never lowers it. */
  readonly gcEpoch: number;
  readonly slicedAt: string;
}

/** A slice without its payload: what a collection and an erasure go by. */
export interface StoredSliceSummary extends Omit<SliceRecord, 'kind' | 'payload'> {
  readonly isErased: boolean;
}

/** The source that one join used; absence is recorded too. */
export interface Pin {
  /** `null`: the entity names no source. */
  readonly entityKey: EntityKey | null;
  /** `null`: nothing was there. */
  readonly version: Version | null;
  /** Raw hash, or slice hash where the source is a slice type. */
  readonly hash: ContentHash | null;
  /** Of the canonical projection; of `null` where there was none. */
  readonly projectionHash: ContentHash;
}

export type Pins = Readonly<Record<string, Pin>>;
export type SliceHashes = Readonly<Record<string, ContentHash>>;

/** The commit record: what exists at (entity, rule set, version, revision). Its hash covers key, slices and pins. */
export interface ManifestRecord extends EntityAddress {
  readonly kind: 'manifest';
  readonly ruleSet: ContractRef;
  readonly version: Version;
  readonly revision: number;
  readonly manifestHash: ContentHash;
  /** Slice type → slice hash, every type of the rule set. */
  readonly slices: SliceHashes;
  /** Join name → pin, every join of the rule set. */
  readonly pins: Pins;
  readonly meta: ManifestMeta;
}

/** Beside the hash: how this manifest came about. The first commit's stand. */
export interface ManifestMeta {
  readonly mode: SlicingMode;
  readonly rawHash: ContentHash;
  readonly slicingId: ContentHash;
  readonly changesetHash: ContentHash | null;
  /** Why each slice type that was built again was: an own change, a join, or everything. */
  readonly rebuilt: Readonly<Record<string, RebuildReason>>;
  /** Every contract that took part: `RuleSet product-core@1.3.0` → content hash. */
  readonly contracts: Readonly<Record<string, ContentHash>>;
  readonly slicedAt: string;
  /** Slices that it names were erased, because they held copies of what was: nobody may share them. Else left out. */
  readonly hasErasedSlices?: true;
}

export type SlicingMode = 'FULL_REBUILD' | 'INCREMENTAL';

export type RebuildReason =
  | { readonly reason: 'full' }
  | { readonly reason: 'change'; readonly paths: readonly string[] }
  | { readonly reason: 'join'; readonly joins: readonly string[] };

export interface HeadState {
  readonly version: Version;
  readonly revision: number;
  /** Raised by a collection of slices; 0 before the first. */
  readonly gcEpoch: number;
}

/** One per (entity, rule set): the newest version and revision, with the newest manifest inline. */
export interface HeadRecord extends EntityAddress, HeadState {
  readonly kind: 'head';
  readonly ruleSet: ContractRef;
  readonly manifest: ManifestRecord;
}

/** `*` stands for the join-implied hint, one per join key. */
export const JOIN_HINT_SLICE_TYPE = '*';

/** An entry of the inverted index: this entity may carry this value (rfc-v4-001 §17). */
export interface HintRecord {
  readonly kind: 'hint';
  readonly tenantId: TenantId;
  /** `IDX#{index_type}#{index_value}#{entity_type}` (rfc-v4-001 §17-3). */
  readonly indexKey: string;
  readonly shard: number;
  readonly entityKey: EntityKey;
  readonly ruleSet: ContractRef;
  readonly sliceType: string;
  readonly version: Version;
  readonly revision: number;
  /** Advisory; `null` for a join-implied hint. */
  readonly sliceHash: ContentHash | null;
  readonly indexedAt: string;
}

/** A contract's content as it was when the store first used it; one partition per store, not per tenant. */
export interface ContractSnapshotRecord {
  readonly kind: 'contract-snapshot';
  readonly contentHash: ContentHash;
  /** Canonical bytes of the document without its status. */
  readonly document: Uint8Array;
  readonly recordedAt: string;
}

/** Which content a published (kind, id, version) has here, for ever. */
export interface ContractBindingRecord {
  readonly kind: 'contract-binding';
  readonly contractKind: string;
  readonly ref: ContractRef;
  readonly contentHash: ContentHash;
  /** Whether all that was ever committed under it was put into the inverted index first, as far as is known. */
  readonly isIndexedFromStart: boolean;
  readonly recordedAt: string;
}

/**
 * Whether a tenant's inverted index is complete for a rule set. There is none until somebody says that it is not: until
 * then the rule set's binding knows.
 */
export interface IndexStateRecord {
  readonly kind: 'index-state';
  readonly tenantId: TenantId;
  readonly ruleSet: ContractRef;
  readonly state: 'INCOMPLETE' | 'COMPLETE';
  /** Raised by one by every update; what every update compares. From 1. */
  readonly counter: number;
  /** Who wrote it, so that a writer whose answer got lost knows its own. */
  readonly writerToken: string;
  /** Where a rebuild goes on in the directory; `null`: at its start, or it is done. */
  readonly rebuildCursor: string | null;
  readonly changedAt: string;
}

/**
 * Says that a payload's location is being collected, or was: no insert may refer to it from then on. Put before the
 * references are read, and never removed, so that no collector, however late, deletes what somebody refers to.
 */
export interface CollectingRecord extends PayloadLocation {
  readonly kind: 'collecting';
  readonly startedAt: string;
}

/**
 * That somebody ordered personal data to be taken out of an entity, and why: put before anything is taken out, and
 * completed behind it.
 */
export interface ErasureRecord extends EntityAddress {
  readonly kind: 'erasure';
  /** The entity's orders are counted from 1. */
  readonly number: number;
  /** Of the entity, the number, who and why. */
  readonly erasureHash: ContentHash;
  /** Who ordered it. */
  readonly by: string;
  readonly reason: string;
  readonly orderedAt: string;
  /** `null`: it is under way, or was stopped; a later order may have completed it. */
  readonly completed: CompletedErasure | null;
}

export interface CompletedErasure {
  /** The newest version then: this one and all before it have no content any more. */
  readonly version: Version;
  readonly counts: ErasureCounts;
  readonly at: string;
}

/** How much of an entity has no content any more: what an erasure took out, and what those before it had. */
export interface ErasureCounts {
  readonly versions: number;
  readonly payloads: number;
  readonly changeSets: number;
  readonly slices: number;
  readonly hints: number;
  /** Other entities that had joined it, whose slices held copies. */
  readonly parents: number;
}

/** What an erasure takes content out of. */
export type ErasableRecord = RawDataRecord | ChangeSetRecord | SliceRecord | ManifestRecord | HeadRecord;

/** The hash by which two records under one key are the same content. */
export function contentHashOf(
  record:
    | ChangeSetRecord
    | SliceRecord
    | ContractSnapshotRecord
    | ContractBindingRecord
    | CollectingRecord
    | ErasureRecord,
): ContentHash {
  switch (record.kind) {
    case 'change-set':
      return record.changesetHash;
    case 'slice':
      return record.sliceHash;
    case 'contract-snapshot':
    case 'contract-binding':
      return record.contentHash;
    case 'collecting':
      return record.rawHash;
    case 'erasure':
      return record.erasureHash;
  }
}
