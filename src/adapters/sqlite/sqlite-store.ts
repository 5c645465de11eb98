import type { DatabaseSync } from 'node:sqlite';
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
  Write,
} from '../../ports/store.ts';
import { storeClosed } from '../../ports/store-errors.ts';
import { BatchReader } from './batch-reader.ts';
import { CollectionWriter } from './collection-writer.ts';
import { openStoreDatabase } from './open-database.ts';
import { RangeReader } from './range-reader.ts';
import { RecordReader } from './record-reader.ts';
import { RecordWriter } from './record-writer.ts';
import { toStoreError } from './sqlite-errors.ts';
import { UndoneWrite, WriteQueue } from './write-queue.ts';

export interface SqliteStoreOptions {
  /** The database file; made, with its folder, where there is none. Relative to the working directory. */
  readonly path: string;
  /** How long one transaction may hold the event loop, in milliseconds. Default 12. */
  readonly groupMs?: number;
  /** How long a write waits for another process' transaction before `store.timeout`, in milliseconds. Default 5,000. */
  readonly busyTimeoutMs?: number;
}

const GROUP_MS = 12;
const BUSY_TIMEOUT_MS = 5_000;
// SQLite waits for a lock by sleeping, which holds the event loop; beyond this the write queue waits with a timer.
const LOCK_WAIT_MS = 20;

/**
 * Opens the embedded store: one SQLite file, through Node's own `node:sqlite` (ADR 0020, 0021).
 *
 * What resolved is on disk and outlives `kill -9` and a power cut. Several processes may open one file: each read
 * sees all that was committed before it, wherever; writers take turns.
 *
 * @throws `store.foreign`, `store.format_newer`, `store.format_older`, `store.unavailable`, `store.corrupt`
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const name = `sqlite:${options.path}`;
  const database = openStoreDatabase({ path: options.path, store: name, lockWaitMs: LOCK_WAIT_MS });
  return new SqliteStore(database, name, options);
}

class SqliteStore implements Store {
  readonly name: string;
  readonly #database: DatabaseSync;
  readonly #batches: BatchReader;
  readonly #ranges: RangeReader;
  readonly #writer: RecordWriter;
  readonly #collection: CollectionWriter;
  readonly #queue: WriteQueue;
  #closing: Promise<void> | null = null;

  constructor(database: DatabaseSync, name: string, options: SqliteStoreOptions) {
    this.name = name;
    this.#database = database;
    const records = new RecordReader(database);
    this.#batches = new BatchReader(database, records);
    this.#ranges = new RangeReader(database);
    this.#collection = new CollectionWriter(database);
    this.#writer = new RecordWriter(database, records, this.#collection);
    const { groupMs = GROUP_MS, busyTimeoutMs = BUSY_TIMEOUT_MS } = options;
    this.#queue = new WriteQueue({ database, store: name, groupMs, busyTimeoutMs });
  }

  async batchGet<const Keys extends readonly RecordKey[]>(keys: Keys): Promise<RecordsOf<Keys>> {
    // Each record is of its key's kind; TypeScript does not follow a tuple through a loop.
    return this.#read(() => this.#batches.read(keys)) as RecordsOf<Keys>;
  }

  async range<Q extends RangeQuery>(query: Q): Promise<Page<RangeItem<Q>>> {
    return this.#read(() => this.#ranges.read(query));
  }

  async putOnce(records: readonly OnceRecord[]): Promise<readonly PutOnceOutcome[]> {
    return this.#write(() => records.map((record) => this.#writer.putOnce(record)));
  }

  async putHints(hints: readonly HintRecord[]): Promise<void> {
    return this.#write(() => {
      for (const hint of hints) this.#writer.putHint(hint);
    });
  }

  async deleteHint(hint: HintRecord): Promise<'deleted' | 'kept'> {
    return this.#write(() => this.#writer.deleteHint(hint));
  }

  async updateStatus(next: StatusRecord, expectedCounter: number): Promise<'updated' | 'conflict'> {
    return this.#write(() => this.#writer.updateStatus(next, expectedCounter));
  }

  async updateIndexState(next: IndexStateRecord, expectedCounter: number | null): Promise<'updated' | 'conflict'> {
    return this.#write(() => this.#writer.updateIndexState(next, expectedCounter));
  }

  async insert(change: InsertChange): Promise<InsertOutcome> {
    return this.#write(() => this.#writer.insert(change));
  }

  async commit(change: CommitChange): Promise<CommitOutcome> {
    return this.#write(() => this.#writer.commit(change));
  }

  async raiseGcEpoch(address: RuleSetAddress, expected: number): Promise<'raised' | 'conflict'> {
    return this.#write(() => this.#collection.raiseGcEpoch(address, expected));
  }

  async completeErasure(record: ErasureRecord): Promise<'completed' | 'kept'> {
    return this.#write(() => this.#collection.completeErasure(record));
  }

  async deleteSlice(key: KeyOf<'slice'>, belowEpoch: number): Promise<'deleted' | 'kept'> {
    return this.#write(() => this.#collection.deleteSlice(key, belowEpoch));
  }

  async erase(records: readonly ErasableRecord[]): Promise<void> {
    return this.#write(() => this.#collection.erase(records));
  }

  async writeTogether(writes: readonly Write[]): Promise<'written' | 'refused'> {
    return this.#write(() => {
      for (const write of writes) if (!this.#writer.apply(write)) throw new UndoneWrite('refused');
      return 'written';
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.drain().then(() => this.#release());
    return this.#closing;
  }

  #read<Result>(read: () => Result): Result {
    if (this.#closing) throw storeClosed(this.name);
    try {
      return read();
    } catch (error) {
      throw toStoreError(error, this.name);
    }
  }

  #write<Outcome>(apply: () => Outcome): Promise<Outcome> {
    if (this.#closing) throw storeClosed(this.name);
    return this.#queue.write(apply);
  }

  #release(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // Another process is reading or writing; the last one to close writes the log back.
    }
    this.#database.close();
  }
}
