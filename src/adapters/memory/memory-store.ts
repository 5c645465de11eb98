import { formatRef } from '../../domain/contracts/contract-ref.ts';
import {
  type ChangeSetRecord,
  contentHashOf,
  type EntityAddress,
  type ErasableRecord,
  type ErasureRecord,
  type HeadRecord,
  type HeadState,
  type HintRecord,
  type IndexStateRecord,
  type ManifestRecord,
  type RawDataRecord,
  type SliceRecord,
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
  RecordOf,
  RecordsOf,
  RuleSetAddress,
  Store,
  StoredRecord,
} from '../../ports/store.ts';
import { storeClosed } from '../../ports/store-errors.ts';
import { copyRecord } from './copy-record.ts';
import { OrderedPartitions } from './ordered-partitions.ts';
import {
  changeSetPosition,
  compose,
  erasurePosition,
  erasuresPosition,
  hintPartition,
  hintPosition,
  keyText,
  manifestPosition,
  slicePosition,
  versionPosition,
} from './record-key.ts';
import { summarise, summariseSlice } from './summaries.ts';

/**
 * The reference model of the store port, as weak as the weakest store may be: nothing is atomic but one record's
 * write, `insert` and `commit`, and between any two records of a call other calls get their turn. What the runtime
 * gets right on it, it gets right on every store. Nothing outlives the process.
 */
export function createMemoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  readonly name = 'memory:';
  readonly #records = new Map<string, StoredRecord>();
  readonly #versions = new OrderedPartitions<RawDataRecord>();
  readonly #manifests = new OrderedPartitions<ManifestRecord>();
  readonly #slices = new OrderedPartitions<SliceRecord>();
  readonly #heads = new OrderedPartitions<HeadRecord>();
  readonly #changeSets = new OrderedPartitions<ChangeSetRecord>();
  readonly #statuses = new OrderedPartitions<StatusRecord>();
  readonly #hints = new OrderedPartitions<HintRecord>();
  readonly #erasures = new OrderedPartitions<ErasureRecord>();
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  batchGet<const Keys extends readonly RecordKey[]>(keys: Keys): Promise<RecordsOf<Keys>> {
    return this.#run(async () => {
      const found: (StoredRecord | undefined)[] = [];
      for (const key of copyRecord<readonly RecordKey[]>(keys)) {
        await nextTurn();
        found.push(copyRecord(this.#read(key)));
      }
      // Each record is of its key's kind; TypeScript does not follow a tuple through a loop.
      return found as RecordsOf<Keys>;
    });
  }

  range<Q extends RangeQuery>(query: Q): Promise<Page<RangeItem<Q>>> {
    const asked = copyRecord(query);
    return this.#run(async () => {
      await nextTurn();
      // The item's type follows from `query.range`, which TypeScript cannot follow through the switch.
      return copyRecord(this.#page(asked)) as Page<RangeItem<Q>>;
    });
  }

  putOnce(records: readonly OnceRecord[]): Promise<readonly PutOnceOutcome[]> {
    const given = copyRecord(records);
    return this.#run(async () => {
      const outcomes: PutOnceOutcome[] = [];
      for (const record of given) {
        await nextTurn();
        outcomes.push(this.#putOne(record));
      }
      return outcomes;
    });
  }

  putHints(hints: readonly HintRecord[]): Promise<void> {
    const given = copyRecord(hints);
    return this.#run(async () => {
      for (const hint of given) {
        await nextTurn();
        const there = this.#hints.get(hintPartition(hint), hintPosition(hint));
        if (!there || isBefore(there, hint)) this.#hints.set(hintPartition(hint), hintPosition(hint), hint);
      }
    });
  }

  deleteHint(hint: HintRecord): Promise<'deleted' | 'kept'> {
    const given = copyRecord(hint);
    return this.#run(async () => {
      await nextTurn();
      const there = this.#hints.get(hintPartition(given), hintPosition(given));
      if (!there || there.version !== given.version || there.revision !== given.revision) return 'kept';
      this.#hints.delete(hintPartition(given), hintPosition(given));
      return 'deleted';
    });
  }

  updateStatus(next: StatusRecord, expectedCounter: number): Promise<'updated' | 'conflict'> {
    const given = copyRecord(next);
    return this.#run(async () => {
      await nextTurn();
      if (this.#read(given)?.counter !== expectedCounter) return 'conflict';
      this.#writeStatus(given);
      return 'updated';
    });
  }

  updateIndexState(next: IndexStateRecord, expectedCounter: number | null): Promise<'updated' | 'conflict'> {
    const given = copyRecord(next);
    return this.#run(async () => {
      await nextTurn();
      if ((this.#read(given)?.counter ?? null) !== expectedCounter) return 'conflict';
      this.#records.set(keyText(given), given);
      return 'updated';
    });
  }

  insert(change: InsertChange): Promise<InsertOutcome> {
    const { rawData, status, expectedCounter } = copyRecord(change);
    return this.#run(async () => {
      await nextTurn();
      const counter = this.#read(status)?.counter ?? null;
      if (this.#read(rawData) || counter !== expectedCounter) return 'conflict';
      if (this.#isCollecting(rawData)) return 'collecting';
      this.#write(rawData);
      this.#writeStatus(status);
      return 'inserted';
    });
  }

  commit(change: CommitChange): Promise<CommitOutcome> {
    const { manifest, head, status } = copyRecord(change);
    return this.#run(async () => {
      await nextTurn();
      const taken = this.#read(manifest);
      if (taken) return { outcome: 'manifest_exists', manifest: copyRecord(taken) };
      if (status && this.#read(status.next)?.counter !== status.expectedCounter) return { outcome: 'status_moved' };
      const current = this.#read({ ...manifest, kind: 'head' });
      if (head.move === 'stay') {
        if (current?.gcEpoch !== head.expectedGcEpoch) return { outcome: 'head_moved' };
      } else {
        if (!isSameState(current, head.expected)) return { outcome: 'head_moved' };
        this.#write(head.next);
      }
      if (status) this.#writeStatus(status.next);
      this.#write(manifest);
      return { outcome: 'committed' };
    });
  }

  raiseGcEpoch(address: RuleSetAddress, expected: number): Promise<'raised' | 'conflict'> {
    const given = copyRecord(address);
    return this.#run(async () => {
      await nextTurn();
      const head = this.#read({ ...given, kind: 'head' });
      if (head?.gcEpoch !== expected) return 'conflict';
      this.#write({ ...head, gcEpoch: expected + 1 });
      return 'raised';
    });
  }

  deleteSlice(key: KeyOf<'slice'>, belowEpoch: number): Promise<'deleted' | 'kept'> {
    const given = copyRecord(key);
    return this.#run(async () => {
      await nextTurn();
      const there = this.#read(given);
      if (!there || there.gcEpoch >= belowEpoch) return 'kept';
      this.#records.delete(keyText(given));
      this.#slices.delete(entityPartition(given), slicePosition(given));
      return 'deleted';
    });
  }

  erase(records: readonly ErasableRecord[]): Promise<void> {
    const given = copyRecord(records);
    return this.#run(async () => {
      for (const record of given) {
        await nextTurn();
        this.#eraseOne(record);
      }
    });
  }

  completeErasure(record: ErasureRecord): Promise<'completed' | 'kept'> {
    const given = copyRecord(record);
    return this.#run(async () => {
      await nextTurn();
      const there = this.#read(given);
      if (there?.erasureHash !== given.erasureHash || there.completed !== null) return 'kept';
      this.#write(given);
      return 'completed';
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw storeClosed(this.name);
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  #read<K extends RecordKey>(key: K): RecordOf<K> | undefined {
    // A key's text begins with its kind, so what lies there is of that kind.
    return this.#records.get(keyText(key)) as RecordOf<K> | undefined;
  }

  /** Puts a record under its key, and into the range that it is listed in. */
  #write(record: Exclude<StoredRecord, StatusRecord>): void {
    this.#records.set(keyText(record), record);
    switch (record.kind) {
      case 'raw-data':
        this.#versions.set(entityPartition(record), versionPosition(record.version), record);
        break;
      case 'manifest':
        this.#manifests.set(manifestPartition(record), manifestPosition(record.version, record.revision), record);
        break;
      case 'head':
        this.#heads.set(entityPartition(record), formatRef(record.ruleSet), record);
        break;
      case 'slice':
        this.#slices.set(entityPartition(record), slicePosition(record), record);
        break;
      case 'change-set':
        this.#changeSets.set(entityPartition(record), changeSetPosition(record), record);
        break;
      case 'erasure':
        this.#erasures.set(record.tenantId, erasurePosition(record), record);
    }
  }

  #isCollecting({ body }: RawDataRecord): boolean {
    return body.kind === 'external' && this.#read({ kind: 'collecting', ...body.location }) !== undefined;
  }

  #eraseOne(record: ErasableRecord): void {
    const there = this.#read(record);
    if (there && !hasMovedOn(there, record)) this.#write(withHigherEpoch(record, there));
  }

  #writeStatus(status: StatusRecord): void {
    this.#records.set(keyText(status), status);
    this.#statuses.set(status.tenantId, status.entityKey, status);
  }

  #putOne(record: OnceRecord): PutOnceOutcome {
    const there = this.#read(record);
    if (!there || isRestored(there, record)) {
      this.#write(record);
      return { outcome: 'stored' };
    }
    if (there.kind === 'slice' && record.kind === 'slice' && record.gcEpoch > there.gcEpoch) {
      this.#write({ ...there, gcEpoch: record.gcEpoch });
    }
    return { outcome: 'exists', contentHash: contentHashOf(there) };
  }

  #page(query: RangeQuery): Page<RangeItem<RangeQuery>> {
    switch (query.range) {
      case 'versions': {
        const page = this.#versions.page(entityPartition(query), query, all);
        return { items: page.items.map(summarise), next: page.next };
      }
      case 'manifests': {
        const prefix = query.version === undefined ? undefined : `${versionPosition(query.version)}.`;
        return this.#manifests.page(manifestPartition(query), { ...query, prefix }, all);
      }
      case 'slices': {
        const page = this.#slices.page(entityPartition(query), { ...query, order: 'ascending' }, all);
        return { items: page.items.map(summariseSlice), next: page.next };
      }
      case 'heads':
        return this.#heads.page(entityPartition(query), { ...query, order: 'ascending' }, all);
      case 'change-sets':
        return this.#changeSets.page(entityPartition(query), { ...query, order: 'ascending' }, all);
      case 'entities': {
        const page = this.#statuses.page(query.tenantId, { ...query, order: 'ascending' }, all);
        return { items: page.items.map((status) => status.entityKey), next: page.next };
      }
      case 'by-state':
        return this.#statuses.page(
          query.tenantId,
          { ...query, order: 'ascending' },
          (status) => status.state === query.state,
        );
      case 'hints':
        return this.#hints.page(hintPartition(query), { ...query, order: 'ascending' }, all);
      case 'erasures': {
        const prefix = query.entityKey === undefined ? undefined : erasuresPosition(query.entityKey);
        return this.#erasures.page(query.tenantId, { ...query, prefix, order: 'ascending' }, all);
      }
    }
  }
}

/** Lets every call that waits take its step first. */
async function nextTurn(): Promise<void> {
  await undefined;
}

const all = () => true;

function entityPartition({ tenantId, entityKey }: EntityAddress): string {
  return compose([tenantId, entityKey]);
}

function manifestPartition(address: Pick<HeadRecord, 'tenantId' | 'entityKey' | 'ruleSet'>): string {
  return compose([address.tenantId, address.entityKey, formatRef(address.ruleSet)]);
}

function isBefore(left: HintRecord, right: HintRecord): boolean {
  return left.version < right.version || (left.version === right.version && left.revision < right.revision);
}

function isSameState(current: HeadState | undefined, expected: HeadState | null): boolean {
  if (!current || !expected) return !current && !expected;
  return (
    current.version === expected.version &&
    current.revision === expected.revision &&
    current.gcEpoch === expected.gcEpoch
  );
}

/** Whether a head holds another manifest by now. */
function hasMovedOn(there: StoredRecord, record: ErasableRecord): boolean {
  if (there.kind !== 'head' || record.kind !== 'head') return false;
  return there.version !== record.version || there.revision !== record.revision;
}

function withHigherEpoch(record: ErasableRecord, there: StoredRecord): ErasableRecord {
  if (!('gcEpoch' in record) || !('gcEpoch' in there)) return record;
  return { ...record, gcEpoch: Math.max(record.gcEpoch, there.gcEpoch) };
}

/** Whether an erased slice gets its content again, from an attempt that came after the erasure. */
function isRestored(there: OnceRecord, put: OnceRecord): boolean {
  return there.kind === 'slice' && put.kind === 'slice' && there.payload === null && put.gcEpoch > there.gcEpoch;
}
