import type { ContentHash } from '../domain/canonical/hash.ts';
import type { ContractRef } from '../domain/contracts/contract-ref.ts';
import type { EntityKey, TenantId, Version } from '../domain/identity.ts';
import type {
  ChangeSetRecord,
  ContractBindingRecord,
  ContractSnapshotRecord,
  EntityAddress,
  HeadRecord,
  HeadState,
  HintRecord,
  IndexStateRecord,
  ManifestRecord,
  PipelineState,
  RawDataRecord,
  RawDataSummary,
  SliceRecord,
  StatusRecord,
} from '../domain/records.ts';

/**
 * Where records live: what a sorted key-value store with conditional writes can serve. Nothing is atomic but one
 * record's write, `insert` and `commit`; every read is strongly consistent; every list is ordered by UTF-8 bytes.
 *
 * A call that rejects with a soft error may or may not have been applied: the same call again is safe, and says so.
 * A call that resolves is durable. Soft errors: `store.unavailable`, `store.timeout`, `store.throttled`, `store.full`
 * (this one: nothing of the call was applied).
 */
export interface Store {
  /** For messages and logs, e.g. `sqlite:./catalogue.db`; holds no secret. */
  readonly name: string;

  /** The records under the keys, in the keys' order; `undefined` where there is none. One round trip for up to 100. */
  batchGet<const Keys extends readonly RecordKey[]>(keys: Keys): Promise<RecordsOf<Keys>>;

  /** One page of a key range. `after` is the `next` of the page before. */
  range<Q extends RangeQuery>(query: Q): Promise<Page<RangeItem<Q>>>;

  /**
   * Puts each record unless its key is taken; each on its own. What is there is never altered, but for a slice's
   * `gcEpoch`, which a later put raises and never lowers.
   */
  putOnce(records: readonly OnceRecord[]): Promise<readonly PutOnceOutcome[]>;

  /** Puts each hint unless the one that is there has an equal or higher (version, revision). */
  putHints(hints: readonly HintRecord[]): Promise<void>;

  /** Deletes a hint if it still has exactly this version and revision. */
  deleteHint(hint: HintRecord): Promise<'deleted' | 'kept'>;

  /** Replaces a status whose counter is still `expectedCounter`; `next.counter` is one more. */
  updateStatus(next: StatusRecord, expectedCounter: number): Promise<'updated' | 'conflict'>;

  /** Replaces an index state whose counter is still `expectedCounter` (`null`: there is none); `next.counter` is one more. */
  updateIndexState(next: IndexStateRecord, expectedCounter: number | null): Promise<'updated' | 'conflict'>;

  /**
   * Atomic: puts the RawData if its version is free, and moves the status from `expectedCounter` (`null`: there is
   * none) to `next`; with the entity's first version its directory entry as well. `conflict` changes nothing.
   */
  insert(change: InsertChange): Promise<'inserted' | 'conflict'>;

  /**
   * Atomic: puts the manifest if its key is free, moves or guards the head, and moves the status where it is given one.
   * Anything but `committed` changes nothing. `manifest_exists` is said before anything else.
   */
  commit(change: CommitChange): Promise<CommitOutcome>;

  /**
   * A capability, for stores whose transactions take any number of records: the writes one after the other, with
   * nobody in between and all or none of them. `refused`: one of them met something else than it was made for (a
   * conflict, a key that is taken by other content, a head that moved), and nothing was applied. It only saves round
   * trips: whatever it does could have been done by single calls.
   */
  writeTogether?(writes: readonly Write[]): Promise<'written' | 'refused'>;

  /** Waits for what was accepted, then releases everything. Calls after it reject with `store.closed`. */
  close(): Promise<void>;
}

export type RecordKey =
  | ({ readonly kind: 'raw-data'; readonly version: Version } & EntityAddress)
  | ({ readonly kind: 'status' } & EntityAddress)
  | ({ readonly kind: 'change-set'; readonly fromVersion: Version | 0; readonly toVersion: Version } & RuleSetAddress)
  | ({ readonly kind: 'slice'; readonly sliceType: string; readonly sliceHash: ContentHash } & RuleSetAddress)
  | ({ readonly kind: 'manifest'; readonly version: Version; readonly revision: number } & RuleSetAddress)
  | ({ readonly kind: 'head' } & RuleSetAddress)
  | { readonly kind: 'contract-snapshot'; readonly contentHash: ContentHash }
  | { readonly kind: 'contract-binding'; readonly contractKind: string; readonly ref: ContractRef }
  | { readonly kind: 'index-state'; readonly tenantId: TenantId; readonly ruleSet: ContractRef };

export interface RuleSetAddress extends EntityAddress {
  readonly ruleSet: ContractRef;
}

interface RecordsByKind {
  'raw-data': RawDataRecord;
  status: StatusRecord;
  'change-set': ChangeSetRecord;
  slice: SliceRecord;
  manifest: ManifestRecord;
  head: HeadRecord;
  'contract-snapshot': ContractSnapshotRecord;
  'contract-binding': ContractBindingRecord;
  'index-state': IndexStateRecord;
}

export type RecordOf<K extends RecordKey> = RecordsByKind[K['kind']];
/** The records under some keys, in the keys' order: a tuple for a tuple. */
export type RecordsOf<Keys extends readonly RecordKey[]> = {
  readonly [Index in keyof Keys]: RecordOf<Keys[Index]> | undefined;
};
export type StoredRecord = RecordsByKind[keyof RecordsByKind];

interface PageRequest {
  /** At most this many items; from 1 to 1,000. */
  readonly limit: number;
  readonly after?: string;
}

export type RangeQuery =
  /** An entity's versions without their payloads. */
  | ({ readonly range: 'versions'; readonly order: 'ascending' | 'descending' } & EntityAddress & PageRequest)
  /** An entity's manifests under a rule set, by (version, revision); of one version when given. */
  | ({
      readonly range: 'manifests';
      readonly order: 'ascending' | 'descending';
      readonly version?: Version;
    } & RuleSetAddress &
      PageRequest)
  /** A tenant's entities, by entity key; those whose key begins with `prefix` when given. */
  | ({ readonly range: 'entities'; readonly tenantId: TenantId; readonly prefix?: string } & PageRequest)
  /** The same of one pipeline state, with their statuses; a page may hold one that has just left it. */
  | ({
      readonly range: 'by-state';
      readonly tenantId: TenantId;
      readonly state: PipelineState;
      readonly prefix?: string;
    } & PageRequest)
  /** The hints of one index key and shard, by entity key, rule set and slice type. */
  | ({
      readonly range: 'hints';
      readonly tenantId: TenantId;
      readonly indexKey: string;
      readonly shard: number;
    } & PageRequest);

interface RangeItems {
  versions: RawDataSummary;
  manifests: ManifestRecord;
  entities: EntityKey;
  'by-state': StatusRecord;
  hints: HintRecord;
}

export type RangeItem<Q extends RangeQuery> = RangeItems[Q['range']];

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; `null` when this was the last. */
  readonly next: string | null;
}

export type OnceRecord = ChangeSetRecord | SliceRecord | ContractSnapshotRecord | ContractBindingRecord;

export type PutOnceOutcome =
  | { readonly outcome: 'stored' }
  /** The content hash of what is there: the same content again, or other content under the same key. */
  | { readonly outcome: 'exists'; readonly contentHash: ContentHash };

export interface InsertChange {
  readonly rawData: RawDataRecord;
  readonly status: StatusRecord;
  readonly expectedCounter: number | null;
}

export interface CommitChange {
  readonly manifest: ManifestRecord;
  readonly head: HeadChange;
  /** Where the commit makes something owed again; nearly every commit leaves the status alone. */
  readonly status?: StatusMove;
}

export interface StatusMove {
  /** Its counter is one more than `expectedCounter`. */
  readonly next: StatusRecord;
  readonly expectedCounter: number;
}

export type HeadChange =
  /** At or above the head: it must still be exactly `expected`; version, revision and epoch are compared. */
  | { readonly move: 'advance'; readonly expected: HeadState | null; readonly next: HeadRecord }
  /** Below the head: it stays, and only its epoch is compared. */
  | { readonly move: 'stay'; readonly expectedGcEpoch: number };

/** One call of the port as a part of `writeTogether`, with the outcome that it is made for. */
export type Write =
  /** `inserted` */
  | ({ readonly call: 'insert' } & InsertChange)
  /** Every record `stored`, or there with the same content. */
  | { readonly call: 'putOnce'; readonly records: readonly OnceRecord[] }
  | { readonly call: 'putHints'; readonly hints: readonly HintRecord[] }
  /** `committed` */
  | ({ readonly call: 'commit' } & CommitChange)
  /** `updated` */
  | ({ readonly call: 'updateStatus' } & StatusMove);

export type CommitOutcome =
  | { readonly outcome: 'committed' }
  /** The manifest's key is taken; this is what is there. */
  | { readonly outcome: 'manifest_exists'; readonly manifest: ManifestRecord }
  | { readonly outcome: 'head_moved' }
  /** Its counter is not the expected one. */
  | { readonly outcome: 'status_moved' };
