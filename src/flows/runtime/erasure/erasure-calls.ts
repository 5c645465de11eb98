import type { ErasureCounts } from '../../../domain/records.ts';
import type { CallOptions } from '../call-options.ts';
import type { EntityInput } from '../entity-input.ts';
import type { FollowedChange } from '../fan-out/fan-out-calls.ts';

export interface EraseEntityInput extends EntityInput {
  /** Why; it stays in the store, so it names no personal data. */
  readonly reason: string;
  /** Who ordered it; it stays in the store as well. */
  readonly by: string;
  /** `true`: only counts, and changes nothing. Default `false`. */
  readonly dryRun?: boolean;
}

export interface EraseEntityOptions extends CallOptions {
  /** Called after each page of entities that were looked at for copies. */
  readonly onProgress?: (progress: ErasureProgress) => void;
}

export interface ErasureProgress {
  /** Entities that were looked at for copies. */
  readonly entities: number;
  /** Of these, those that had joined the entity. */
  readonly parents: number;
}

export interface EraseEntityResult extends EntityInput {
  /** The newest version: a deleted one. This one and all before it have no content any more. */
  readonly version: number;
  /** Whether the deleted version was in before, or was put in for the erasure. */
  readonly deletion: 'there' | 'inserted';
  /** How those that join the entity followed its deletion; `null` of a dry run. */
  readonly followed: FollowedChange | null;
  /** What has no content any more; of a dry run: what would have none. */
  readonly counts: ErasureCounts;
  /** `exists`: an earlier erasure up to the same version is recorded, and its record stands; `null` of a dry run. */
  readonly record: 'stored' | 'exists' | null;
}
