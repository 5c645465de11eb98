import {
  contentHashOf,
  type ErasableRecord,
  type ErasureRecord,
  type HintRecord,
  type IndexStateRecord,
  type StatusRecord,
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
  StoreTransaction,
  StoreWithin,
  Write,
} from '../../ports/store.ts';
import { storeClosed } from '../../ports/store-errors.ts';
import { BatchReader } from './batch-reader.ts';
import { checkFormat } from './check-format.ts';
import { CollectionWriter } from './collection-writer.ts';
import { CommitWriter } from './commit-writer.ts';
import { type Database, type DatabaseOptions, openDatabase, type Session, TakenBack } from './database.ts';
import { EntityLanes } from './entity-lanes.ts';
import { HintWriter } from './hint-writer.ts';
import { InsertWriter } from './insert-writer.ts';
import { OnceWriter } from './once-writer.ts';
import { sessionWithin } from './postgres-transaction.ts';
import { RangeReader } from './range-reader.ts';
import { StatusWriter } from './status-writer.ts';

export type PostgresStoreOptions = DatabaseOptions;

/**
 * Opens the store on Postgres, through the package `pg` (ADR 0040). Its tables must be there: `migratePostgres` makes
 * them. What resolved is committed; READ COMMITTED and single statements are all that it needs, so it works through a
 * transaction-pooling proxy.
 *
 * @throws `store.driver_missing`, `store.foreign` (no tables), `store.format_newer`, `store.format_older`,
 * `store.unavailable`, `store.timeout`
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const database = await openDatabase(options);
  try {
    await checkFormat(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return new PostgresStore(database);
}

class PostgresStore implements Store {
  readonly name: string;
  readonly #database: Database;
  readonly #batches: BatchReader;
  readonly #ranges: RangeReader;
  readonly #once: OnceWriter;
  readonly #hints: HintWriter;
  readonly #statuses: StatusWriter;
  readonly #inserts: InsertWriter;
  readonly #commits: CommitWriter;
  readonly #collection: CollectionWriter;
  readonly #lanes = new EntityLanes();
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  constructor(database: Database) {
    const { name, schema } = database;
    this.name = name;
    this.#database = database;
    this.#batches = new BatchReader(schema);
    this.#ranges = new RangeReader(schema);
    this.#once = new OnceWriter(database, this.#batches);
    this.#hints = new HintWriter(schema);
    this.#statuses = new StatusWriter(schema);
    this.#inserts = new InsertWriter(schema, this.#batches);
    this.#collection = new CollectionWriter(schema);
    this.#commits = new CommitWriter(schema, this.#batches, this.#statuses);
  }

  async batchGet<const Keys extends readonly RecordKey[]>(keys: Keys): Promise<RecordsOf<Keys>> {
    // Each record is of its key's kind; TypeScript does not follow a tuple through a loop.
    return (await this.#run(() => this.#batches.read(this.#database, keys))) as RecordsOf<Keys>;
  }

  range<Q extends RangeQuery>(query: Q): Promise<Page<RangeItem<Q>>> {
    return this.#run(() => this.#ranges.read(this.#database, query));
  }

  putOnce(records: readonly OnceRecord[]): Promise<readonly PutOnceOutcome[]> {
    const isCollecting = records.some(({ kind }) => kind === 'collecting');
    return this.#write(records.flatMap(laneOf), () =>
      this.#inSession(isCollecting, (session) => this.#once.put(session, records)),
    );
  }

  putHints(hints: readonly HintRecord[]): Promise<void> {
    return this.#write(hints.flatMap(laneOf), () => this.#hints.put(this.#database, hints));
  }

  deleteHint(hint: HintRecord): Promise<'deleted' | 'kept'> {
    return this.#write(laneOf(hint), () => this.#hints.delete(this.#database, hint));
  }

  updateStatus(next: StatusRecord, expectedCounter: number): Promise<'updated' | 'conflict'> {
    return this.#write(laneOf(next), () => this.#statuses.update(this.#database, next, expectedCounter));
  }

  updateIndexState(next: IndexStateRecord, expectedCounter: number | null): Promise<'updated' | 'conflict'> {
    return this.#run(() => this.#statuses.updateIndexState(this.#database, next, expectedCounter));
  }

  insert(change: InsertChange): Promise<InsertOutcome> {
    const isExternal = change.rawData.body.kind === 'external';
    return this.#write(laneOf(change.rawData), () =>
      this.#inSession(isExternal, (session) => this.#inserts.insert(session, change)),
    );
  }

  commit(change: CommitChange): Promise<CommitOutcome> {
    return this.#write(laneOf(change.manifest), async () => {
      const outcome = await this.#commitWhole(change);
      return outcome === 'committed' ? { outcome } : this.#commits.explainRefusal(this.#database, change);
    });
  }

  raiseGcEpoch(address: RuleSetAddress, expected: number): Promise<'raised' | 'conflict'> {
    return this.#write(laneOf(address), () => this.#collection.raiseGcEpoch(this.#database, address, expected));
  }

  completeErasure(record: ErasureRecord): Promise<'completed' | 'kept'> {
    return this.#write(laneOf(record), () => this.#collection.completeErasure(this.#database, record));
  }

  deleteSlice(key: KeyOf<'slice'>, belowEpoch: number): Promise<'deleted' | 'kept'> {
    return this.#write(laneOf(key), () => this.#collection.deleteSlice(this.#database, key, belowEpoch));
  }

  erase(records: readonly ErasableRecord[]): Promise<void> {
    return this.#write(records.flatMap(laneOf), async () => {
      for (const record of records) await this.#collection.erase(this.#database, record);
    });
  }

  writeTogether(writes: readonly Write[]): Promise<'written' | 'refused'> {
    if (writes.length === 0) return this.#run(async () => 'written' as const);
    return this.#write(writes.flatMap(lanesOf), () =>
      this.#database.transaction(async (session) => {
        await this.#lockEntities(session, writes);
        for (const write of writes) if (!(await this.#apply(session, write))) throw new TakenBack('refused');
        return 'written' as const;
      }),
    );
  }

  within(transaction: StoreTransaction): StoreWithin {
    const session = sessionWithin(transaction, this.name);
    return {
      // Each record is of its key's kind; TypeScript does not follow a tuple through a loop.
      batchGet: async <const Keys extends readonly RecordKey[]>(keys: Keys) =>
        (await this.#run(() => this.#batches.read(session, keys))) as RecordsOf<Keys>,
      // No lane: whoever waits for this insert waits for the caller's commit, and so for the caller.
      insert: (change) => this.#run(() => this.#inserts.insert(session, change)),
    };
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#running).then(() => this.#database.close());
    return this.#closing;
  }

  /** What locks and then looks needs one transaction for both; a single statement is one by itself. */
  #inSession<Result>(isTransaction: boolean, work: (session: Session) => Promise<Result>): Promise<Result> {
    return isTransaction ? this.#database.transaction(work) : work(this.#database);
  }

  /** One statement is all or nothing by itself. */
  #commitWhole(change: CommitChange): Promise<'committed' | 'refused'> {
    if (change.status === undefined) return this.#commits.apply(this.#database, change);
    return this.#database.transaction(async (session) => {
      const outcome = await this.#commits.apply(session, change);
      if (outcome === 'refused') throw new TakenBack(outcome);
      return outcome;
    });
  }

  /** A list that begins with its only entity's status takes that row first anyway. */
  async #lockEntities(session: Session, writes: readonly Write[]): Promise<void> {
    const entities = new Map(writes.flatMap(addressesOf).map((address) => [laneOf(address)[0], address]));
    if (entities.size === 1 && writes[0]?.call === 'insert') return;
    await this.#statuses.lock(session, [...entities.values()]);
  }

  /** @returns whether it ended as a write of `writeTogether` has to */
  async #apply(session: Session, write: Write): Promise<boolean> {
    switch (write.call) {
      case 'insert':
        return (await this.#inserts.insert(session, write)) === 'inserted';
      case 'putOnce': {
        const outcomes = await this.#once.put(session, write.records);
        return write.records.every((record, index) => isThere(record, outcomes[index]));
      }
      case 'putHints':
        await this.#hints.put(session, write.hints);
        return true;
      case 'commit':
        return (await this.#commits.apply(session, write)) === 'committed';
      case 'updateStatus':
        return (await this.#statuses.update(session, write.next, write.expectedCounter)) === 'updated';
    }
  }

  #write<Result>(lanes: readonly string[], work: () => Promise<Result>): Promise<Result> {
    return this.#run(() => this.#lanes.run(lanes, work));
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closing) throw storeClosed(this.name);
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}

type Addressed = { readonly tenantId: string; readonly entityKey: string };

function laneOf(record: Addressed | OnceRecord): readonly string[] {
  // Contracts belong to no entity.
  return 'entityKey' in record ? [`${record.tenantId}\n${record.entityKey}`] : [];
}

function lanesOf(write: Write): readonly string[] {
  return addressesOf(write).flatMap(laneOf);
}

function addressesOf(write: Write): readonly Addressed[] {
  switch (write.call) {
    case 'insert':
      return [write.rawData];
    case 'putOnce':
      return write.records.flatMap((record) => ('entityKey' in record ? [record] : []));
    case 'putHints':
      return write.hints;
    case 'commit':
      return [write.manifest];
    case 'updateStatus':
      return [write.next];
  }
}

function isThere(record: OnceRecord, put: PutOnceOutcome | undefined): boolean {
  return put?.outcome === 'stored' || put?.contentHash === contentHashOf(record);
}
