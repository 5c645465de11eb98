import type { CompletedErasure, ErasureCounts } from '../../../domain/records.ts';
import type { CallOptions } from '../call-options.ts';
import type { EntityInput } from '../entity-input.ts';
import type { FollowedChange } from '../fan-out/fan-out-calls.ts';
import type { PageInput } from '../listing-calls.ts';

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
  /** Under which number the order is recorded (`listErasures`); `null` of a dry run. */
  readonly order: number | null;
}

export interface ListErasuresInput extends PageInput {
  readonly tenantId: string;
  /** Of this entity alone. */
  readonly entityKey?: string;
}

/** That somebody ordered an entity to be erased, and what came of it. */
export interface ErasureOrder extends EntityInput {
  /** An entity's orders are counted from 1. */
  readonly order: number;
  /** Who ordered it. */
  readonly by: string;
  readonly reason: string;
  readonly orderedAt: string;
  /** `null`: it is under way, or was stopped; `eraseEntity` again completes what it left, under an order of its own. */
  readonly completed: CompletedErasure | null;
}
