import type { CallOptions } from '../call-options.ts';

/** A collection deletes what nothing refers to (design: collection). */
export interface CollectInput {
  readonly tenantId: string;
  /** `true`: only counts, and deletes nothing. Default `false`. */
  readonly dryRun?: boolean;
  /**
   * Younger ones are left alone, by the storage's own time: they may belong to a slicing or an insert that is still under
   * way, which would have to begin again. Nothing is ever wrong, however short it is. Default 24 hours.
   */
  readonly olderThanMs?: number;
  /** The `cursor` of a collection that was stopped. @throws `cursor.invalid` */
  readonly cursor?: string;
}

export interface CollectOptions<Progress> extends CallOptions {
  /** Called after each entity. */
  readonly onProgress?: (progress: Progress) => void;
}

interface CollectCounts {
  /** Entities that were looked at. */
  readonly entities: number;
  /** Payloads, or slices, that were looked at; the four below add up to it. */
  readonly examined: number;
  readonly referenced: number;
  /** That nothing refers to, but younger than asked for. */
  readonly young: number;
  /** Deleted; of a dry run: that would be. */
  readonly collected: number;
  /**
   * That nobody may delete now: they were put again, are being collected by another, or gave an index entry that their
   * version may still need. The next collection looks again.
   */
  readonly left: number;
  /** Where to go on if it is stopped; `null` once all entities were looked at. */
  readonly cursor: string | null;
}

export interface CollectPayloadsResult extends CollectCounts {
  /** Of the payloads that were collected. */
  readonly collectedBytes: number;
}

export type CollectSlicesResult = CollectCounts;
