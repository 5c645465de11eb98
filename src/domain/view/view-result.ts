import type { ContentHash } from '../canonical/hash.ts';
import type { ContractRefText } from '../contracts/contract-ref.ts';
import type { ErrorReport } from '../errors.ts';
import type { Pins, PipelineState, SliceHashes } from '../records.ts';

/** What a view answers: whole or, on its contract's word, partial. Two types, so that one cannot pass for the other. */
export type ViewResult<Data> = ViewComplete<Data> | ViewPartial<Data>;

export interface ViewComplete<Data> {
  readonly status: 'complete';
  readonly data: Data;
  readonly meta: ViewMeta;
}

export interface ViewPartial<Data> {
  readonly status: 'partial';
  /** What is there: fields of left-out slices are absent, or their contract's defaults. */
  readonly data: Partial<Data>;
  /** The slices that were left out, sorted. */
  readonly missing: readonly MissingSlice[];
  readonly meta: ViewMeta;
}

export interface MissingSlice {
  readonly sliceType: string;
  readonly reason: 'tombstone';
  /** View fields that it would have given, sorted. */
  readonly fields: readonly string[];
}

export interface ViewMeta {
  readonly viewRef: ContractRefText;
  readonly viewHash: ContentHash;
  readonly ruleSetRef: ContractRefText;
  readonly ruleSetHash: ContentHash;
  readonly version: number;
  readonly revision: number;
  readonly manifestHash: ContentHash;
  readonly slicingId: ContentHash;
  readonly changesetHash: ContentHash | null;
  readonly sliceHashes: SliceHashes;
  readonly pins: Pins;
  readonly decisionTraceId: string;
  /** Where `'active'` is not the newest version, or the newest is not settled; `null` otherwise. */
  readonly behind: BehindReport | null;
  readonly warnings: readonly string[];
}

export interface BehindReport {
  readonly newestVersion: number;
  readonly state: PipelineState;
  /** What holds the newest version up; `null` while it is merely owed. */
  readonly reason: ErrorReport | null;
}
