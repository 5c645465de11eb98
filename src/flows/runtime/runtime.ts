import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { JsonObject } from '../../domain/canonical/json-value.ts';
import type { DiffOp } from '../../domain/changeset/diff.ts';
import type { ContractRefText } from '../../domain/contracts/contract-ref.ts';
import type { ErrorReport, SlicewiseError } from '../../domain/errors.ts';
import type { ChangeType, Pins, RebuildReason, SlicingMode } from '../../domain/records.ts';
import type { BehindReport, ViewResult } from '../../domain/view/view-result.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import type { Administration } from './administration.ts';
import type { CallOptions } from './call-options.ts';
import type { EntityInput } from './entity-input.ts';
import type {
  FanOutPlan,
  FanOutProgress,
  FanOutResult,
  FollowedChange,
  PlanFanOutInput,
  PlanFanOutsInput,
} from './fan-out/fan-out-calls.ts';
import type {
  IndexInput,
  MarkedIndex,
  ReindexCounts,
  ReindexInput,
  ReindexResult,
} from './inverted-index/reindex-calls.ts';
import type {
  ActiveVersion,
  ActiveVersionInput,
  EntityStatus,
  GetRawdataInput,
  IndexedEntity,
  ListByStateInput,
  ListEntitiesInput,
  ListManifestsInput,
  ListVersionsInput,
  LookUpIndexInput,
  ManifestSummary,
  Rawdata,
  ResultPage,
  SweepIndexInput,
  SweepIndexResult,
  VersionSummary,
} from './listing-calls.ts';

/**
 * The runtime (rfc-v4-001 §2-1): RawData in, ChangeSets, Slices and Views out, under contracts.
 *
 * Every call may be made again with the same input: what is done already is `unchanged`. (One exception: a call with
 * version `'next'` whose outcome is not known names the version that it tried, and is repeated with that.) Hard errors
 * (`InvariantViolation`, `ContractError`, `ValidationError`, `VersionGap`, `Missing`) are final for their input; soft
 * ones (`error.retryable`) have been tried as often as the retry policy says.
 */
export interface Runtime extends Administration {
  /** Puts one version of an entity. @throws `rawdata.*`, `canonical.*`, `contract.*`, `version.*` */
  insertRawdata(input: InsertRawdataInput, options?: InsertOptions): Promise<InsertRawdataResult>;
  /** Computes and puts the canonical diff of two consecutive versions (rfc-v4-001 §9-1). @throws `changeset.*` */
  createChangeSet(input: CreateChangeSetInput, options?: CallOptions): Promise<CreateChangeSetResult>;
  /** Builds the slices of one version under one rule set and commits them (rfc-v4-001 §9-3). @throws `slicing.*`, `join.*` */
  slicing(input: SlicingInput, options?: CallOptions): Promise<SlicingResult>;
  /** Reads a view of one version; computes and writes nothing (rfc-v4-001 §1-6). @throws `view.*` */
  queryView<Data = JsonObject>(input: QueryViewInput, options?: CallOptions): Promise<ViewResult<Data>>;
  /**
   * The one call per change: insert, changeset, slicing under every ACTIVE rule set of the entity's type. Within a
   * transaction of the caller's it only inserts; the rest stays owed until `resume`, or the next call for the entity.
   */
  ingest(input: IngestInput, options?: InsertOptions): Promise<IngestResult>;

  /** Which slices a change of one entity concerns, its own and those of entities that join it; writes nothing. @throws `fan_out.*` */
  planFanOut(input: PlanFanOutInput, options?: CallOptions): Promise<FanOutPlan>;
  /** The same for many changes: one plan, in which each parent is built again once. @throws `fan_out.*` */
  planFanOuts(input: PlanFanOutsInput, options?: CallOptions): Promise<FanOutPlan>;
  /** Builds what a plan names; may be made again, and elsewhere. @throws `fan_out.superseded`, `fan_out.plan_*` */
  applyFanOut(plan: FanOutPlan, options?: ApplyFanOutOptions): Promise<FanOutResult>;

  /** The same calls over many inputs: bounded concurrency, outcomes in the order of the input, memory flat. */
  readonly batch: BatchCalls;

  /** One version as it came in, in canonical form. @throws `rawdata.missing`, `rawdata.corrupt` */
  getRawdata(input: GetRawdataInput, options?: CallOptions): Promise<Rawdata>;
  /** An entity's versions, newest first unless asked otherwise. */
  listVersions(input: ListVersionsInput, options?: CallOptions): Promise<ResultPage<VersionSummary>>;
  /** An entity's commits under one rule set, newest first unless asked otherwise. */
  listManifests(input: ListManifestsInput, options?: CallOptions): Promise<ResultPage<ManifestSummary>>;
  /** A tenant's entities in key order. */
  listEntities(input: ListEntitiesInput, options?: CallOptions): Promise<ResultPage<string>>;
  /** A tenant's entities in one pipeline state, in key order. */
  listByState(input: ListByStateInput, options?: CallOptions): Promise<ResultPage<EntityStatus>>;
  /** Where one entity's pipeline stands, and what is owed for it; `null` where it has no version. */
  getStatus(input: EntityInput, options?: CallOptions): Promise<EntityStatus | null>;
  /**
   * Who is under an index key, by entity key, rule set and slice type, shards merged; an entry that its head does not
   * bear out says so. @throws `index.key_invalid`, `index.unknown`
   */
  lookUpIndex(input: LookUpIndexInput, options?: CallOptions): Promise<ResultPage<IndexedEntity>>;
  /** Deletes what is stale under an index key, unless it is written again meanwhile. @throws as `lookUpIndex` */
  sweepIndex(input: SweepIndexInput, options?: CallOptions): Promise<SweepIndexResult>;
  /** The newest committed version and revision under a rule set, whatever the pipeline state; `null` before the first. */
  activeVersion(input: ActiveVersionInput, options?: CallOptions): Promise<ActiveVersion | null>;
  /** Finishes what a crash, a refused slicing's mended contract or an insert-only load left owed, fan-out included. */
  resume(input: ResumeInput, options?: ResumeOptions): Promise<ResumeResult>;
  /**
   * Puts every entry of a rule set into a tenant's inverted index again, beside whoever goes on writing. Until it is done,
   * and from `markIndexIncomplete` on, the index is not trusted: fan-outs go on as each join's `onIndexMissing` says.
   * @throws `index.overtaken`
   */
  reindex(input: ReindexInput, options?: ReindexOptions): Promise<ReindexResult>;
  /** Says that entries of a rule set may be gone from a tenant's inverted index: before they are dropped, at the latest. */
  markIndexIncomplete(input: IndexInput, options?: CallOptions): Promise<MarkedIndex>;
  /** Everything about one slice or view: inputs, pins, contracts, hashes, why it was built again. */
  explain(input: ExplainInput, options?: CallOptions): Promise<Explanation>;
  /** Waits for the calls that are under way, then closes the store. */
  close(): Promise<void>;
}

/** What a fan-out reports while it goes on. */
export interface ApplyFanOutOptions extends CallOptions {
  /** Called after each follower. */
  readonly onProgress?: (progress: FanOutProgress) => void;
}

export interface ReindexOptions extends CallOptions {
  /** Called after each page of entities. */
  readonly onProgress?: (progress: ReindexCounts) => void;
}

export interface InsertOptions extends CallOptions {
  /**
   * A transaction of the caller's that the insert joins, so that both stand or fall together: made by the store's
   * adapter, e.g. `postgresTransaction(client)`. The caller commits it, and does so soon: other writers of the entity wait
   * for it. @throws `store.transaction_refused` where the store joins none
   */
  readonly within?: StoreTransaction;
}

/**
 * What a version holds: a payload as a value or as JSON text (checked more strictly than `JSON.parse`), or its deletion.
 * It is read while the call is under way: leave it as it is until the call resolves.
 */
export type VersionContent =
  | { readonly payload: unknown; readonly payloadJson?: never; readonly deleted?: never }
  | { readonly payloadJson: string | Uint8Array; readonly payload?: never; readonly deleted?: never }
  | { readonly deleted: true; readonly payload?: never; readonly payloadJson?: never };

interface VersionInput extends EntityInput {
  /** `'next'`: one above the newest; content equal to the newest version's is `unchanged`. */
  readonly version: number | 'next';
  /** `id@version`. May be left out where exactly one ACTIVE Schema has the entity's type. */
  readonly schemaRef?: string;
}

export type InsertRawdataInput = VersionInput & VersionContent;
export type IngestInput = VersionInput & VersionContent;

/** What every result of a decision carries (rfc-v4-002 §11). */
export interface DecisionIdentifiers {
  /** From the decision's inputs: the same decision has the same id, in results and in log lines. */
  readonly decisionTraceId: string;
}

export interface ContractUse {
  readonly ref: ContractRefText;
  readonly contentHash: ContentHash;
}

export interface InsertRawdataResult extends EntityInput, DecisionIdentifiers {
  readonly outcome: 'inserted' | 'unchanged';
  readonly version: number;
  readonly schema: ContractUse;
  readonly rawHash: ContentHash;
  readonly deleted: boolean;
}

export interface CreateChangeSetInput extends EntityInput {
  /** 0: nothing before. */
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly ruleSetRef: string;
  /** Must be the rule set's own schema when given. */
  readonly schemaRef?: string;
}

export interface CreateChangeSetResult extends EntityInput, DecisionIdentifiers {
  readonly outcome: 'created' | 'unchanged';
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly ruleSet: ContractUse;
  readonly changesetHash: ContentHash;
  readonly changeType: ChangeType;
  readonly ops: readonly DiffOp[];
  readonly changedPaths: readonly string[];
  readonly changedKeys: readonly string[];
  readonly impactedSlices: readonly string[];
}

interface SlicingInputBase extends EntityInput {
  readonly version: number;
  readonly ruleSetRef: string;
}

export type SlicingInput =
  | (SlicingInputBase & { readonly mode: 'FULL_REBUILD'; readonly fromVersion?: never })
  /** From the manifest of the version just before; its ChangeSet must exist. */
  | (SlicingInputBase & { readonly mode: 'INCREMENTAL'; readonly fromVersion: number });

export interface SlicingResult extends EntityInput, DecisionIdentifiers {
  /** `unchanged`: the version was committed before; it was computed again to the same hashes. */
  readonly outcome: 'committed' | 'unchanged';
  readonly version: number;
  readonly revision: number;
  readonly ruleSet: ContractUse;
  readonly requestedMode: SlicingMode;
  /** What was done. */
  readonly mode: SlicingMode;
  /**
   * Why an INCREMENTAL was built FULL; `null` if it was not. `base_missing`: the version before is not sliced under this
   * rule set. `committed_before`: what is committed is computed again from nothing.
   */
  readonly fallback: 'base_missing' | 'committed_before' | null;
  readonly manifestHash: ContentHash;
  readonly slicingId: ContentHash;
  readonly changesetHash: ContentHash | null;
  /** Every slice type of the rule set, sorted. */
  readonly slices: readonly SliceSummary[];
  readonly pins: Pins;
  /** Declared and join-implied index keys of the slices that were built, sorted. */
  readonly indexKeys: readonly string[];
  /** Whether nothing is owed under this rule set any more; `false` below the entity's newest version. */
  readonly settled: boolean;
  readonly warnings: readonly string[];
}

export interface SliceSummary {
  readonly sliceType: string;
  readonly sliceHash: ContentHash;
  readonly tombstone: boolean;
  /** Why it was built; `null`: shared with the base. */
  readonly rebuilt: RebuildReason | null;
}

export interface QueryViewInput extends EntityInput {
  readonly viewRef: string;
  /** `'active'`: the rule set head's; it has to be written. */
  readonly version: number | 'active';
  /** Exactly this revision; without it the version's newest. */
  readonly revision?: number;
}

export interface IngestResult extends InsertRawdataResult {
  /**
   * `settled`: every rule set follows this version. `refused`: the version is in, at least one rule set refused to
   * slice it, see `ruleSets`. `superseded`: a newer version is in, which is the one that gets sliced. `owed`: it went into
   * a transaction of the caller's; after its commit, `resume` or the next call slices it.
   */
  readonly slicing: 'settled' | 'refused' | 'superseded' | 'owed';
  /** What became of those that join the entity. */
  readonly fanOut: FollowedChange;
  /** Per ACTIVE rule set of the entity's type, sorted by ref. */
  readonly ruleSets: readonly IngestedRuleSet[];
}

export type IngestedRuleSet =
  | {
      readonly ruleSetRef: ContractRefText;
      readonly outcome: 'committed' | 'unchanged';
      readonly slicing: SlicingResult;
    }
  /** It followed this version before. */
  | { readonly ruleSetRef: ContractRefText; readonly outcome: 'settled' }
  | { readonly ruleSetRef: ContractRefText; readonly outcome: 'superseded' }
  /** Not looked at: the version went into a transaction of the caller's. */
  | { readonly ruleSetRef: ContractRefText; readonly outcome: 'owed' }
  | ({
      readonly ruleSetRef: ContractRefText;
      readonly outcome: 'refused';
      readonly error: ErrorReport;
    } & DecisionIdentifiers);

export interface BatchCalls {
  insertRawdata(
    items: Items<InsertRawdataInput>,
    options?: BatchOptions,
  ): AsyncIterable<BatchOutcome<InsertRawdataResult>>;
  createChangeSet(
    items: Items<CreateChangeSetInput>,
    options?: BatchOptions,
  ): AsyncIterable<BatchOutcome<CreateChangeSetResult>>;
  slicing(items: Items<SlicingInput>, options?: BatchOptions): AsyncIterable<BatchOutcome<SlicingResult>>;
  queryView<Data = JsonObject>(
    items: Items<QueryViewInput>,
    options?: BatchOptions,
  ): AsyncIterable<BatchOutcome<ViewResult<Data>>>;
  ingest(items: Items<IngestInput>, options?: BatchOptions): AsyncIterable<BatchOutcome<IngestResult>>;
}

export type Items<Input> = Iterable<Input> | AsyncIterable<Input>;

export interface BatchOptions extends CallOptions {
  /** Calls under way at once; inputs of one entity run one after the other, in order. Default 100. */
  readonly concurrency?: number;
}

/** One per input, in input order; the position is `index`. Nothing is dropped (L12). */
export type BatchOutcome<Result> =
  | { readonly index: number; readonly ok: true; readonly result: Result }
  | { readonly index: number; readonly ok: false; readonly error: SlicewiseError };

export interface ResumeInput {
  readonly tenantId: string;
  /** Only entities whose key begins so, e.g. `product#`. */
  readonly prefix?: string;
  /** What was refused before (a join's source was missing, …) is left alone unless told to try it again. */
  readonly refused?: 'leave' | 'retry';
}

export interface ResumeOptions extends CallOptions {
  /** Called after each entity, and after each debt that is tried again. */
  readonly onProgress?: (progress: ResumeResult) => void;
}

/** Counts of rule-set debts: `owed` is the sum of those that follow it, up to `leftToOthers`. */
export interface ResumeResult {
  readonly entities: number;
  readonly owed: number;
  readonly settled: number;
  /** Refused before, and left alone. */
  readonly leftRefused: number;
  readonly refused: number;
  /** Marks of ARCHIVED rule sets, dropped. */
  readonly droppedArchived: number;
  /** Under way elsewhere, or overtaken by a newer version. */
  readonly leftToOthers: number;
  /** Entities whose changes everything that joins them has followed now. */
  readonly fannedOut: number;
  /** Entities whose fan-out is still owed: more parents than `maxFanout`, a slice type that is not built, an incomplete index. */
  readonly fanOutOwed: number;
}

export type ExplainInput = EntityInput & {
  readonly version: number | 'active';
  readonly revision?: number;
} & (
    | { readonly sliceType: string; readonly ruleSetRef: string; readonly viewRef?: never }
    | { readonly viewRef: string; readonly sliceType?: never; readonly ruleSetRef?: never }
  );

export interface Explanation extends EntityInput, DecisionIdentifiers {
  readonly version: number;
  readonly revision: number;
  readonly ruleSet: ContractUse;
  readonly view: ContractUse | null;
  /** `RuleSet product-core@1.3.0` → content hash, as recorded at the commit. */
  readonly contracts: Readonly<Record<string, ContentHash>>;
  readonly rawHash: ContentHash;
  readonly schemaRef: ContractRefText;
  readonly mode: SlicingMode;
  readonly slicingId: ContentHash;
  readonly changesetHash: ContentHash | null;
  readonly manifestHash: ContentHash;
  readonly slicedAt: string;
  readonly slices: readonly ExplainedSlice[];
  readonly behind: BehindReport | null;
}

/** What a join took before and since. */
export interface MovedSource {
  readonly join: string;
  /** `null`: the entity names none. */
  readonly entityKey: string | null;
  /** `null`: nothing was there, or the commit before is not there any more. */
  readonly fromVersion: number | null;
  readonly toVersion: number | null;
}

export interface ExplainedSlice {
  readonly sliceType: string;
  readonly sliceHash: ContentHash;
  readonly tombstone: boolean;
  /** Why this commit built it; `null`: shared with the commit before. */
  readonly rebuilt: RebuildReason | null;
  /** The changes of joined entities for which it was built; empty where they were not the reason. */
  readonly movedSources: readonly MovedSource[];
  /** Canonical payload; `null` for a tombstone. */
  readonly payload: JsonObject | null;
  /** What the rule set reads to make it: output member → where from. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Of the joins that it uses. */
  readonly pins: Pins;
  /** View fields that read it; empty when a slice was asked for. */
  readonly readBy: readonly string[];
}
