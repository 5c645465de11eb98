import type { ContentHash } from '../domain/canonical/hash.ts';
import type { ContractRef } from '../domain/contracts/contract-ref.ts';
import type { EntityKey, TenantId, Version } from '../domain/identity.ts';
import type {
  ChangeSetRecord,
  CollectingRecord,
  ContractBindingRecord,
  ContractSnapshotRecord,
  EntityAddress,
  ErasableRecord,
  ErasureRecord,
  HeadRecord,
  HeadState,
  HintRecord,
  IndexStateRecord,
  ManifestRecord,
  PayloadLocation,
  PipelineState,
  RawDataRecord,
  RawDataSummary,
  SliceRecord,
  StatusRecord,
  StoredSliceSummary,
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
   * Puts each record unless its key is taken; each on its own. What is there is never altered, but for a slice: a put
   * with a higher `gcEpoch` raises that, and gives an erased one its content again (`stored`). None lowers it.
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
   * none) to `next`; with the entity's first version its directory entry as well. `collecting`: the record for the
   * location of its external body is there. Anything but `inserted` changes nothing; `conflict` is said before
   * `collecting`.
   */
  insert(change: InsertChange): Promise<InsertOutcome>;

  /**
   * Atomic: puts the manifest if its key is free, moves or guards the head, and moves the status where it is given one.
   * Anything but `committed` changes nothing. `manifest_exists` is said before anything else.
   */
  commit(change: CommitChange): Promise<CommitOutcome>;

  /**
   * Raises a head's `gcEpoch` by one if it is still `expected`, and compares nothing else (design: collection). No head
   * is a conflict.
   */
  raiseGcEpoch(address: RuleSetAddress, expected: number): Promise<'raised' | 'conflict'>;

  /** Deletes a slice if its `gcEpoch` is lower than `belowEpoch`. */
  deleteSlice(key: KeyOf<'slice'>, belowEpoch: number): Promise<'deleted' | 'kept'>;

  /**
   * Puts each record, which has no content any more, in the place of the one under its key; each on its own. Where none
   * is there, none comes. A slice's `gcEpoch` is raised and never lowered; a head keeps its own, and is left alone once it
   * is at another version or revision.
   */
  erase(records: readonly ErasableRecord[]): Promise<void>;

  /** Puts an erasure that is completed in the place of the same one (key and hash), unless that is completed already. */
  completeErasure(record: ErasureRecord): Promise<'completed' | 'kept'>;

  /**
   * A capability, for stores whose transactions take any number of records: the writes one after the other, with
   * nobody in between and all or none of them. `refused`: one of them met something else than it was made for (a
   * conflict, a key that is taken by other content, a head that moved), and nothing was applied. It only saves round
   * trips: whatever it does could have been done by single calls.
   */
  writeTogether?(writes: readonly Write[]): Promise<'written' | 'refused'>;

  /**
   * A capability, for stores on a database that callers write to as well: the store as a transaction of the caller's sees
   * and changes it. Nothing of it is there for anybody else before the caller commits, and nothing ever if they roll back.
   * A refused insert leaves the transaction as usable as it was; where a call rejects, it is lost, and no error is
   * retryable.
   * @throws `store.transaction_refused` (another store's transaction, or none that is open)
   */
  within?(transaction: StoreTransaction): StoreWithin;

  /** Waits for what was accepted, then releases everything. Calls after it reject with `store.closed`. */
  close(): Promise<void>;
}

/** A transaction that the caller opened and ends; made by the adapter of the store, which alone looks into it. */
export interface StoreTransaction {
  /** Of which adapter, for messages. */
  readonly adapter: string;
}

/** What can be done inside a caller's transaction. */
export type StoreWithin = Pick<Store, 'batchGet' | 'insert'>;

export type RecordKey =
  | ({ readonly kind: 'raw-data'; readonly version: Version } & EntityAddress)
  | ({ readonly kind: 'status' } & EntityAddress)
  | ({ readonly kind: 'change-set'; readonly fromVersion: Version | 0; readonly toVersion: Version } & RuleSetAddress)
  | ({ readonly kind: 'slice'; readonly sliceType: string; readonly sliceHash: ContentHash } & RuleSetAddress)
  | ({ readonly kind: 'manifest'; readonly version: Version; readonly revision: number } & RuleSetAddress)
  | ({ readonly kind: 'head' } & RuleSetAddress)
  | ({ readonly kind: 'collecting' } & PayloadLocation)
  | ({ readonly kind: 'erasure'; readonly number: number } & EntityAddress)
  | { readonly kind: 'contract-snapshot'; readonly contentHash: ContentHash }
  | { readonly kind: 'contract-binding'; readonly contractKind: string; readonly ref: ContractRef }
  | { readonly kind: 'index-state'; readonly tenantId: TenantId; readonly ruleSet: ContractRef };

export type KeyOf<Kind extends RecordKey['kind']> = Extract<RecordKey, { kind: Kind }>;

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
  collecting: CollectingRecord;
  erasure: ErasureRecord;
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
  /** Administration. An entity's slices without their payloads, by rule set, slice type and hash. */
  | ({ readonly range: 'slices' } & EntityAddress & PageRequest)
  /** Administration. An entity's heads, by rule set. */
  | ({ readonly range: 'heads' } & EntityAddress & PageRequest)
  /** Administration. An entity's ChangeSets, by rule set, then versions as numbers. */
  | ({ readonly range: 'change-sets' } & EntityAddress & PageRequest)
  /** A tenant's entities, by entity key; those whose key begins with `prefix` when given. */
  | ({ readonly range: 'entities'; readonly tenantId: TenantId; readonly prefix?: string } & PageRequest)
  /** The same of one pipeline state, with their statuses; a page may hold one that has just left it. */
  | ({
      readonly range: 'by-state';
      readonly tenantId: TenantId;
      readonly state: PipelineState;
      readonly prefix?: string;
    } & PageRequest)
  /** Administration. A tenant's erasures, or one entity's, by entity key and number. */
  | ({ readonly range: 'erasures'; readonly tenantId: TenantId; readonly entityKey?: EntityKey } & PageRequest)
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
  slices: StoredSliceSummary;
  heads: HeadRecord;
  'change-sets': ChangeSetRecord;
  entities: EntityKey;
  'by-state': StatusRecord;
  hints: HintRecord;
  erasures: ErasureRecord;
}

export type RangeItem<Q extends RangeQuery> = RangeItems[Q['range']];

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; `null` when this was the last. */
  readonly next: string | null;
}

export type OnceRecord =
  | ChangeSetRecord
  | SliceRecord
  | ContractSnapshotRecord
  | ContractBindingRecord
  | CollectingRecord
  | ErasureRecord;

export type PutOnceOutcome =
  | { readonly outcome: 'stored' }
  /** The content hash of what is there: the same content again, or other content under the same key. */
  | { readonly outcome: 'exists'; readonly contentHash: ContentHash };

export interface InsertChange {
  readonly rawData: RawDataRecord;
  readonly status: StatusRecord;
  readonly expectedCounter: number | null;
}

export type InsertOutcome = 'inserted' | 'conflict' | 'collecting';

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
