import type {
  ErasableRecord,
  ErasureRecord,
  HintRecord,
  IndexStateRecord,
  StatusRecord,
} from '../../domain/records.ts';
import type {
  CommitChange,
  CommitOutcome,
  InsertChange,
  InsertOutcome,
  KeyOf,
  OnceRecord,
  Page,
  PutOnceOutcome,
  RangeItem,
  RangeQuery,
  RecordKey,
  RecordsOf,
  RuleSetAddress,
  Store,
} from '../../ports/store.ts';
import { storeClosed } from '../../ports/store-errors.ts';
import { BatchReader } from './batch-reader.ts';
import { CollectionWriter } from './collection-writer.ts';
import { type Connection, connect, type DynamoDbAccess } from './connect.ts';
import { toStoreError } from './dynamodb-errors.ts';
import { RangeReader } from './range-reader.ts';
import { RecordWriter } from './record-writer.ts';
import { DEFAULT_REQUEST_RETRY_POLICY, RequestRetries, type RequestRetryPolicy } from './request-retries.ts';
import { Requests } from './requests.ts';
import { DEFAULT_SHARDS, settleFormat } from './store-format.ts';
import { Transactions } from './transactions.ts';

export interface DynamoDbStoreOptions extends DynamoDbAccess {
  /** How requests that DynamoDB turned away (throttled, in conflict with a transaction) are made again. */
  readonly retry?: Partial<RequestRetryPolicy>;
  /**
   * Into how many partitions each tenant's listings are divided, where the store begins; after that what it began with
   * counts. Default 8.
   */
  readonly shards?: number;
}

/**
 * Opens a store in DynamoDB's tables, which `createTables` or a template has made (ADR 0036, 0037).
 *
 * Every read that decides anything is strongly consistent; what resolved is durable. Any number of processes may use one
 * store. Entities by state are found through an index that may be a moment late.
 *
 * @throws `store.foreign` where the tables are not there, `store.format_newer`, `store.format_older`,
 *   `store.unavailable`, `store.timeout`, `store.throttled`
 */
export async function openDynamoDbStore(options: DynamoDbStoreOptions = {}): Promise<Store> {
  const connection = await connect(options);
  try {
    const requests = await requestsOf(connection, options.retry);
    const { shards } = await settleFormat(requests, connection.name, options.shards ?? DEFAULT_SHARDS);
    return new DynamoDbStore(connection, requests, shards);
  } catch (error) {
    connection.close();
    throw toStoreError(error, connection.name);
  }
}

async function requestsOf({ client, tablePrefix }: Connection, retry: Partial<RequestRetryPolicy> = {}) {
  const isAlreadyRetried = (await client.config.maxAttempts()) > 1;
  const retries = new RequestRetries({ ...DEFAULT_REQUEST_RETRY_POLICY, ...retry }, !isAlreadyRetried);
  return new Requests(client, tablePrefix, retries);
}

class DynamoDbStore implements Store {
  readonly name: string;
  readonly #connection: Connection;
  readonly #batches: BatchReader;
  readonly #ranges: RangeReader;
  readonly #writer: RecordWriter;
  readonly #transactions: Transactions;
  readonly #collections: CollectionWriter;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  constructor(connection: Connection, requests: Requests, shards: number) {
    this.name = connection.name;
    this.#connection = connection;
    this.#batches = new BatchReader(requests);
    this.#ranges = new RangeReader(requests, this.#batches, shards);
    this.#writer = new RecordWriter(requests, connection.name, shards);
    this.#collections = new CollectionWriter(requests);
    this.#transactions = new Transactions(requests, this.#batches, shards);
  }

  batchGet<const Keys extends readonly RecordKey[]>(keys: Keys): Promise<RecordsOf<Keys>> {
    // Each record is of its key's kind; TypeScript does not follow a tuple through a loop.
    return this.#run(() => this.#batches.read(keys)) as Promise<RecordsOf<Keys>>;
  }

  range<Q extends RangeQuery>(query: Q): Promise<Page<RangeItem<Q>>> {
    return this.#run(() => this.#ranges.read(query));
  }

  putOnce(records: readonly OnceRecord[]): Promise<readonly PutOnceOutcome[]> {
    return this.#run(() => this.#writer.putOnce(records));
  }

  putHints(hints: readonly HintRecord[]): Promise<void> {
    return this.#run(() => this.#writer.putHints(hints));
  }

  deleteHint(hint: HintRecord): Promise<'deleted' | 'kept'> {
    return this.#run(() => this.#writer.deleteHint(hint));
  }

  updateStatus(next: StatusRecord, expectedCounter: number): Promise<'updated' | 'conflict'> {
    return this.#run(() => this.#writer.updateStatus(next, expectedCounter));
  }

  updateIndexState(next: IndexStateRecord, expectedCounter: number | null): Promise<'updated' | 'conflict'> {
    return this.#run(() => this.#writer.updateIndexState(next, expectedCounter));
  }

  insert(change: InsertChange): Promise<InsertOutcome> {
    return this.#run(() => this.#transactions.insert(change));
  }

  commit(change: CommitChange): Promise<CommitOutcome> {
    return this.#run(() => this.#transactions.commit(change));
  }

  raiseGcEpoch(address: RuleSetAddress, expected: number): Promise<'raised' | 'conflict'> {
    return this.#run(() => this.#collections.raiseGcEpoch(address, expected));
  }

  completeErasure(record: ErasureRecord): Promise<'completed' | 'kept'> {
    return this.#run(() => this.#collections.completeErasure(record));
  }

  deleteSlice(key: KeyOf<'slice'>, belowEpoch: number): Promise<'deleted' | 'kept'> {
    return this.#run(() => this.#collections.deleteSlice(key, belowEpoch));
  }

  erase(records: readonly ErasableRecord[]): Promise<void> {
    return this.#run(() => this.#collections.erase(records));
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#running).then(() => this.#connection.close());
    return this.#closing;
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closing) throw storeClosed(this.name);
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw toStoreError(error, this.name);
    } finally {
      this.#running.delete(running);
    }
  }
}
