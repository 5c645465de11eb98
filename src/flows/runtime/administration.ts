import type { CallOptions } from './call-options.ts';
import type {
  CollectInput,
  CollectOptions,
  CollectPayloadsResult,
  CollectSlicesResult,
} from './collection/collection-calls.ts';
import type {
  EraseEntityInput,
  EraseEntityOptions,
  EraseEntityResult,
  ErasureOrder,
  ListErasuresInput,
} from './erasure/erasure-calls.ts';
import type { ResultPage } from './listing-calls.ts';

/** Calls that nobody makes in passing: they walk through all of a tenant's entities. */
export interface Administration {
  /**
   * Deletes payloads that no version refers to, beside whoever goes on writing. Its cursor goes on where it was stopped.
   * @throws `payload_store.absent`
   */
  collectPayloads(input: CollectInput, options?: CollectOptions<CollectPayloadsResult>): Promise<CollectPayloadsResult>;
  /** Deletes slices that no commit names, beside whoever goes on writing. Its cursor goes on where it was stopped. */
  collectSlices(input: CollectInput, options?: CollectOptions<CollectSlicesResult>): Promise<CollectSlicesResult>;
  /**
   * Deletes an entity and takes its content out of every record and payload, and out of what others copied from it; keys
   * and hashes stay. It is recorded before anything is taken out: by whom, when, why; and what was found, behind it.
   * Reading what was erased says so: `rawdata.erased`, `slice.erased`.
   * @throws `rawdata.missing`, `payload_store.absent`
   */
  eraseEntity(input: EraseEntityInput, options?: EraseEntityOptions): Promise<EraseEntityResult>;
  /** Every order to erase, by entity key and number, those that were never completed too. */
  listErasures(input: ListErasuresInput, options?: CallOptions): Promise<ResultPage<ErasureOrder>>;
}
