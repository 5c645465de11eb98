import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { JsonObject } from '../../domain/canonical/json-value.ts';
import type { ContractRefText } from '../../domain/contracts/contract-ref.ts';
import type { OwedMark, Pins, PipelineState, SliceHashes, SlicingMode } from '../../domain/records.ts';
import type { EntityInput } from './entity-input.ts';

export interface GetRawdataInput extends EntityInput {
  readonly version: number | 'newest';
}

export interface Rawdata extends EntityInput {
  readonly version: number;
  readonly schemaRef: ContractRefText;
  readonly rawHash: ContentHash;
  readonly deleted: boolean;
  /** `null` for a deleted version. */
  readonly payload: JsonObject | null;
  readonly ingestedAt: string;
}

export interface PageInput {
  /** Items a page, 1 to 1,000. Default 100. */
  readonly limit?: number;
  /** The `cursor` of the page before, of the same listing. @throws `cursor.invalid` */
  readonly cursor?: string;
}

export interface OrderInput {
  readonly order?: 'ascending' | 'descending';
}

export interface ListVersionsInput extends EntityInput, PageInput, OrderInput {}
export interface ListManifestsInput extends EntityInput, PageInput, OrderInput {
  readonly ruleSetRef: string;
}
export interface ListEntitiesInput extends PageInput {
  readonly tenantId: string;
  /** Of the entity key, e.g. `product#`. */
  readonly prefix?: string;
}
export interface ListByStateInput extends PageInput {
  readonly tenantId: string;
  readonly state: PipelineState;
}

export interface ResultPage<Item> {
  readonly items: readonly Item[];
  /** Opaque; `null` when this was the last page. */
  readonly cursor: string | null;
}

export interface VersionSummary {
  readonly version: number;
  readonly schemaRef: ContractRefText;
  readonly rawHash: ContentHash;
  readonly deleted: boolean;
  /** Its content was taken out by an erasure. */
  readonly erased: boolean;
  readonly payloadBytes: number;
  readonly ingestedAt: string;
}

export interface ManifestSummary {
  readonly version: number;
  readonly revision: number;
  readonly manifestHash: ContentHash;
  readonly slices: SliceHashes;
  readonly pins: Pins;
  readonly mode: SlicingMode;
  readonly slicedAt: string;
}

export interface EntityStatus extends EntityInput {
  readonly version: number;
  readonly rawHash: ContentHash;
  readonly deleted: boolean;
  readonly state: PipelineState;
  readonly owed: Readonly<Record<ContractRefText, OwedMark>>;
  /** Up to which version what joins this entity is known to have followed it; below `version`, that is owed too. */
  readonly fannedOutTo: number;
  readonly lastDeployedAt: string | null;
  readonly updatedAt: string;
}

export interface ActiveVersionInput extends EntityInput {
  readonly ruleSetRef: string;
}

export interface ActiveVersion {
  readonly version: number;
  readonly revision: number;
  readonly manifestHash: ContentHash;
}

export interface LookUpIndexInput extends PageInput {
  readonly tenantId: string;
  /** `IDX#{index_type}#{index_value}#{entity_type}`, e.g. `IDX#brand#ACME#product`; `%`, `#` and controls escaped. */
  readonly indexKey: string;
}

/** Who is under an index key, as its entry says it and its head bears it out. */
export interface IndexedEntity extends EntityInput {
  readonly ruleSetRef: ContractRefText;
  /** Whose content gave the entry; `*`: a join's key, whatever the slice. */
  readonly sliceType: string;
  /** Of the head where that bears the entry out, however old the entry; else of the commit that it was written for. */
  readonly version: number;
  readonly revision: number;
  /**
   * `true`: the head bears it out. `pending`: written for a commit above the head, which may still come. `stale`:
   * nothing bears it out any more; a join's entry is swept by the next fan-out that reads it, any by `sweepIndex`.
   * `unreadable`: its rule set is not known, or the slice that would tell is damaged; `explain` says which.
   */
  readonly standing: 'true' | 'pending' | 'stale' | 'unreadable';
}

export interface SweepIndexInput {
  readonly tenantId: string;
  /** As for `lookUpIndex`. */
  readonly indexKey: string;
}

export interface SweepIndexResult {
  /** How many entries were read. */
  readonly entries: number;
  /** How many of them were stale, and are gone. */
  readonly swept: number;
}
