/** slicewise: a contract-first deterministic data runtime. Adapters have sub-paths of their own. */
export type { ContentHash } from './domain/canonical/hash.ts';
export type { JsonArray, JsonObject, JsonPrimitive, JsonValue } from './domain/canonical/json-value.ts';
export type { DiffOp } from './domain/changeset/diff.ts';
export type { ContractRef, ContractRefText } from './domain/contracts/contract-ref.ts';
export type { ContractKind, RegisteredContract, SourcePosition } from './domain/contracts/registered-contract.ts';
export { type ErrorCategory, type ErrorReport, hasCode, isSlicewiseError, SlicewiseError } from './domain/errors.ts';
export type { ImpactedSliceKey, ImpactReason } from './domain/inverted-index/impacted-slices.ts';
export type {
  ChangeType,
  CompletedErasure,
  ErasureCounts,
  OwedMark,
  Pin,
  Pins,
  PipelineState,
  RebuildReason,
  SliceHashes,
  SlicingMode,
} from './domain/records.ts';
export type {
  BehindReport,
  MissingSlice,
  ViewComplete,
  ViewMeta,
  ViewPartial,
  ViewResult,
} from './domain/view/view-result.ts';
export type { RetryPolicy } from './flows/retry.ts';
export type { Administration } from './flows/runtime/administration.ts';
export type { CallOptions } from './flows/runtime/call-options.ts';
export type {
  CollectInput,
  CollectOptions,
  CollectPayloadsResult,
  CollectSlicesResult,
} from './flows/runtime/collection/collection-calls.ts';
export { createRuntime } from './flows/runtime/create-runtime.ts';
export type {
  EraseEntityInput,
  EraseEntityOptions,
  EraseEntityResult,
  ErasureOrder,
  ErasureProgress,
  ListErasuresInput,
} from './flows/runtime/erasure/erasure-calls.ts';
export type {
  FanOutChange,
  FanOutPlan,
  FanOutProgress,
  FanOutResult,
  FollowedChange,
  PlanFanOutInput,
  PlanFanOutsInput,
  PlannedChange,
  RefusedFollower,
  StaleHint,
} from './flows/runtime/fan-out/fan-out-calls.ts';
export type {
  IndexInput,
  MarkedIndex,
  ReindexCounts,
  ReindexInput,
  ReindexResult,
} from './flows/runtime/inverted-index/reindex-calls.ts';
export type {
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
} from './flows/runtime/listing-calls.ts';
export type {
  ApplyFanOutOptions,
  BatchCalls,
  BatchOptions,
  BatchOutcome,
  ContractUse,
  CreateChangeSetInput,
  CreateChangeSetResult,
  ExplainedSlice,
  ExplainInput,
  Explanation,
  IngestedRuleSet,
  IngestInput,
  IngestResult,
  InsertOptions,
  InsertRawdataInput,
  InsertRawdataResult,
  Items,
  MovedSource,
  QueryViewInput,
  ReindexOptions,
  ResumeInput,
  ResumeOptions,
  ResumeResult,
  Runtime,
  SliceSummary,
  SlicingInput,
  SlicingResult,
  VersionContent,
} from './flows/runtime/runtime.ts';
export type { CreateRuntimeOptions } from './flows/runtime/runtime-options.ts';
export type { Clock } from './ports/clock.ts';
export type { ContractRegistry } from './ports/contract-registry.ts';
export type { Logger } from './ports/logger.ts';
export type { PayloadStore } from './ports/payload-store.ts';
export type { Store, StoreTransaction } from './ports/store.ts';
