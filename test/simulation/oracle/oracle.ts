import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { EntityKey } from '../../../src/domain/identity.ts';
import type { ChangeSetRecord } from '../../../src/domain/records.ts';
import type { ViewResult } from '../../../src/domain/view/view-result.ts';
import type { CollectSlicesResult } from '../../../src/flows/runtime/collection/collection-calls.ts';
import type { IndexedEntity } from '../../../src/flows/runtime/listing-calls.ts';
import type {
  IngestResult,
  InsertRawdataResult,
  ResumeResult,
  SlicingResult,
} from '../../../src/flows/runtime/runtime.ts';
import type { PayloadStore } from '../../../src/ports/payload-store.ts';
import type { RangeQuery, Store } from '../../../src/ports/store.ts';
import type { InnerStores } from '../alteration.ts';
import type { ContractModels } from '../contract-models.ts';
import { isWrite } from '../describe-call.ts';
import type { StatusMove } from '../moving-registry.ts';
import type { PayloadStep } from '../simulated-payloads.ts';
import type { StoreStep } from '../simulated-store.ts';
import { Violation } from '../violation.ts';
import { checkChangeSet } from './change-set-checks.ts';
import { checkSlicesStay, SliceEpochs, withPayloads } from './collection-checks.ts';
import { checkCommits, type Moment } from './commit-checks.ts';
import { checkFinally } from './final-checks.ts';
import { checkInputs, Submissions } from './input-checks.ts';
import { Ledger } from './ledger.ts';
import { checkFollowedOrOwed } from './owed-checks.ts';
import { entityAddress, readRawData } from './read-store.ts';
import { checkStatus, checkVisibleOrOwed } from './status-checks.ts';
import {
  checkToldIndexed,
  checkToldInserted,
  checkToldResumed,
  checkToldSliced,
  checkToldView,
} from './told-checks.ts';
import { type Touched, writesOf } from './touched.ts';

/**
 * Knows what was sent and what is in, and computes from that alone what the store must show after every step. It reads
 * the store beneath the simulation, and only what the step may have touched; at the end it reads all of it.
 */
export class Oracle {
  readonly #store: Store;
  readonly #payloads: PayloadStore;
  readonly #ledger: Ledger;
  readonly #submissions = new Submissions();
  readonly #epochs = new SliceEpochs();

  constructor({ store, payloads }: InnerStores, models: ContractModels, moves: readonly StatusMove[]) {
    this.#store = store;
    this.#payloads = payloads;
    this.#ledger = new Ledger(models, moves);
  }

  /** A client sends a version, for the first time or once more after it has died. */
  submit(entityKey: string, payload: JsonObject | null): void {
    this.#submissions.submit(this.#ledger, entityKey, payload);
  }

  toldInserted(told: InsertRawdataResult, payload: JsonObject | null): void {
    checkToldInserted(this.#ledger, told, payload);
  }

  /** A batch tells the outcome of each input, in their order, and ends after the last. */
  toldInTurn(index: number, expected: number): void {
    if (index === expected) return;
    throw new Violation('L12 every input has its outcome, in their order', `${index} where ${expected} was expected`);
  }

  toldSliced(told: SlicingResult): void {
    checkToldSliced(this.#ledger, told);
  }

  toldIngested({ ruleSets }: IngestResult): void {
    for (const ruleSet of ruleSets) if ('slicing' in ruleSet) this.toldSliced(ruleSet.slicing);
  }

  toldResumed(told: ResumeResult): void {
    checkToldResumed(told);
  }

  toldCollected({ examined, referenced, young, collected, left }: CollectSlicesResult): void {
    if (examined === referenced + young + collected + left) return;
    throw new Violation(
      'L12 the counts of a collection add up',
      `${referenced}+${young}+${collected}+${left} of ${examined}`,
    );
  }

  toldIndexed(told: IndexedEntity, asked: Parameters<typeof checkToldIndexed>[2]): void {
    checkToldIndexed(this.#ledger, told, asked);
  }

  toldView(told: ViewResult<JsonObject>, asked: Parameters<typeof checkToldView>[2]): void {
    checkToldView(this.#ledger, told, asked);
  }

  async afterStep({ client, errand, method, args }: StoreStep, step: number): Promise<void> {
    const { sinceStep, readsOnly, operation } = errand;
    if (method === 'range') checkNoScan(errand, args);
    if (!isWrite(method)) return;
    if (readsOnly) throw new Violation('L10 a view writes nothing', `${client} ${operation}: ${method}`);
    for (const touched of writesOf(method, args)) await this.#look(touched, { step, sinceStep });
  }

  async afterPayloadStep({ client, errand, method, entityKey }: PayloadStep): Promise<void> {
    if (method !== 'delete') return;
    if (errand.readsOnly) throw new Violation('L10 a view writes nothing', `${client} ${errand.operation}: ${method}`);
    await withPayloads(this.#payloads, await readRawData(this.#store, entityKey));
  }

  checkFinally(step: number): Promise<void> {
    return checkFinally({
      store: this.#store,
      payloads: this.#payloads,
      ledger: this.#ledger,
      submissions: this.#submissions,
      step,
    });
  }

  /** What a call has changed is there as soon as it has answered, however much of it it was. */
  async #look(touched: Touched, moment: Moment): Promise<void> {
    switch (touched.what) {
      case 'raw data': {
        const records = await withPayloads(this.#payloads, await readRawData(this.#store, touched.entityKey));
        return checkInputs(this.#ledger, this.#submissions, touched.entityKey, records, moment);
      }
      case 'slice':
        return this.#epochs.check(this.#store, touched.key);
      case 'slices':
        return checkSlicesStay(this.#store, this.#ledger, touched);
      case 'commit':
        return checkCommits(this.#store, this.#ledger, touched, moment);
      case 'status':
        return this.#lookAtStatus(touched.entityKey);
      case 'change set':
        return this.#lookAtChangeSet(touched.record);
    }
  }

  async #lookAtStatus(entityKey: EntityKey): Promise<void> {
    const [status] = await this.#store.batchGet([{ kind: 'status', ...entityAddress(entityKey) }]);
    if (status === undefined) return;
    checkStatus(this.#ledger, status);
    this.#ledger.statuses.set(entityKey, status);
    checkVisibleOrOwed(this.#ledger, entityKey);
    checkFollowedOrOwed(this.#ledger, entityKey);
  }

  async #lookAtChangeSet(record: ChangeSetRecord): Promise<void> {
    const [stored] = await this.#store.batchGet([record]);
    if (stored !== undefined) checkChangeSet(this.#ledger, stored);
  }
}

/** Listings of all entities are for those who ask for them; whoever looks for debts lists by their state. */
function checkNoScan({ operation, lists }: StoreStep['errand'], [query]: readonly unknown[]): void {
  // A range's first argument is its query.
  const { range } = query as RangeQuery;
  const isListing = range === 'entities' || range === 'by-state';
  if (isListing && !lists) throw new Violation('L11 nothing is found by a scan', `${operation}: ${range}`);
}
