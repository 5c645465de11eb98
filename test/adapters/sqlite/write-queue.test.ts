import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadNodeSqlite } from '../../../src/adapters/sqlite/load-node-sqlite.ts';
import { UndoneWrite, WriteQueue } from '../../../src/adapters/sqlite/write-queue.ts';
import { isStoreFull, isStoreTimeout } from '../../../src/ports/store-errors.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

const { DatabaseSync } = loadNodeSqlite();
let path: string;
let database: InstanceType<typeof DatabaseSync>;

beforeEach(() => {
  path = temporaryFile('queue.db');
  database = new DatabaseSync(path, { timeout: 0 });
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
});

afterEach(() => database.close());

function openQueue({ groupMs = 1_000, busyTimeoutMs = 60_000 } = {}): WriteQueue {
  return new WriteQueue({ database, store: 'sqlite:queue.db', groupMs, busyTimeoutMs });
}

function put(id: number, text: string | null = 'x') {
  return () => database.prepare('INSERT INTO item VALUES (?, ?)').run(id, text).changes;
}

/** Writes first, and then takes it back. */
function undone(id: number, outcome: string) {
  return (): string => {
    put(id)();
    throw new UndoneWrite(outcome);
  };
}

function ids(): unknown[] {
  return database
    .prepare('SELECT id FROM item ORDER BY id')
    .all()
    .map(({ id }) => id);
}

describe('the write queue', () => {
  it('puts the writes of one turn into one transaction and answers each after its commit', async () => {
    const queue = openQueue();
    const log: string[] = [];
    const write = async (name: string) => {
      await queue.write(() => log.push(`apply ${name}`));
      log.push(`done ${name}, ${database.isTransaction ? 'open' : 'committed'}`);
    };
    await Promise.all([write('a'), write('b')]);
    expect(log).toEqual(['apply a', 'apply b', 'done a, committed', 'done b, committed']);
  });

  it('commits when its time is up and lets the event loop have its turn before the rest', async () => {
    const queue = openQueue({ groupMs: 0 });
    const log: string[] = [];
    const write = async (name: string) => {
      await queue.write(() => log.push(`apply ${name}`));
      log.push(`done ${name}`);
    };
    await Promise.all([write('a'), write('b')]);
    expect(log).toEqual(['apply a', 'done a', 'apply b', 'done b']);
  });

  it('rejects a write that fails, undoes its first half, and keeps all others of its group', async () => {
    const queue = openQueue();
    const halfWay = () => {
      put(20)();
      return put(21, null)();
    };
    const settled = await Promise.allSettled(
      [1, 2].map((id) => queue.write(put(id))).concat(queue.write(halfWay), queue.write(put(3))),
    );
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(settled[2]).toMatchObject({ reason: { code: 'store.record_refused', retryable: false } });
    expect(ids()).toEqual([1, 2, 3]);
  });

  it('rejects every write that fails, also when many of a group do', async () => {
    const queue = openQueue();
    const writes = [put(1, null), put(2), put(3, null), put(4), put(5, null)];
    const settled = await Promise.allSettled(writes.map((write) => queue.write(write)));
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(ids()).toEqual([2, 4]);
  });

  it('rejects a write with its own defect as it is, and keeps all others of its group', async () => {
    const queue = openQueue();
    const defect = new TypeError('a defect of ours');
    const broken = () => {
      put(20)();
      throw defect;
    };
    const settled = await Promise.allSettled([put(1), broken, put(2)].map((write) => queue.write(write)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toHaveProperty('reason', defect);
    expect(ids()).toEqual([1, 2]);
  });

  it('resolves a write that takes itself back with its outcome, and leaves no trace of it', async () => {
    const queue = openQueue();
    await expect(queue.write(undone(20, 'refused'))).resolves.toBe('refused');
    expect(ids()).toEqual([]);
    await queue.write(put(20));
    expect(ids()).toEqual([20]);
  });

  it.each([
    { where: 'first', writes: [undone(20, 'a'), put(1), put(2)], outcomes: ['a', 1, 1] },
    { where: 'in the middle', writes: [put(1), undone(20, 'a'), put(2)], outcomes: [1, 'a', 1] },
    { where: 'last', writes: [put(1), put(2), undone(20, 'a')], outcomes: [1, 1, 'a'] },
    {
      where: 'among others of its kind',
      writes: [undone(20, 'a'), put(1), undone(21, 'b'), undone(22, 'c'), put(2)],
      outcomes: ['a', 1, 'b', 'c', 1],
    },
  ])('keeps all others of its group when a write that takes itself back is $where', async ({ writes, outcomes }) => {
    const queue = openQueue();
    await expect(Promise.all(writes.map((write) => queue.write<unknown>(write)))).resolves.toEqual(outcomes);
    expect(ids()).toEqual([1, 2]);
  });

  it('tells a write that takes itself back from one that fails beside it', async () => {
    const queue = openQueue();
    const writes = [put(1), put(2, null), undone(20, 'refused'), put(3)];
    const settled = await Promise.allSettled(writes.map((write) => queue.write<unknown>(write)));
    expect(settled).toMatchObject([
      { value: 1 },
      { reason: { code: 'store.record_refused' } },
      { value: 'refused' },
      { value: 1 },
    ]);
    expect(ids()).toEqual([1, 3]);
  });

  it('rejects the whole group when the disk is full, applies nothing of it, and works again with room', async () => {
    const queue = openQueue();
    await queue.write(put(1));
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const settled = await Promise.allSettled([queue.write(put(2)), queue.write(put(3, 'x'.repeat(100_000)))]);
    for (const outcome of settled) expect(outcome).toMatchObject({ reason: { code: 'store.full', retryable: true } });
    expect(ids()).toEqual([1]);
    database.exec(`PRAGMA max_page_count = ${pages + 1_000}`);
    await queue.write(put(3, 'x'.repeat(100_000)));
    expect(ids()).toEqual([1, 3]);
  });

  it('waits for the lock of another process without holding the event loop', async () => {
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const waiting = openQueue().write(put(1));
    await nextTurn();
    await nextTurn();
    other.exec("INSERT INTO item VALUES (2, 'y'); COMMIT");
    other.close();
    await waiting;
    expect(ids()).toEqual([1, 2]);
  });

  it('gives up waiting with a soft store.timeout that applied nothing', async () => {
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const queue = openQueue({ busyTimeoutMs: 5 });
    const settled = await Promise.allSettled([queue.write(put(1)), queue.write(put(2))]);
    for (const outcome of settled) expect(outcome.status === 'rejected' && isStoreTimeout(outcome.reason)).toBe(true);
    other.exec('ROLLBACK');
    other.close();
    expect(ids()).toEqual([]);
    await queue.write(put(3));
    expect(ids()).toEqual([3]);
  });

  it('drains: resolves when nothing waits, whatever failed', async () => {
    const queue = openQueue({ groupMs: 0 });
    const settled: unknown[] = [];
    for (const write of [put(1), put(2, null), undone(3, 'refused'), put(4)]) {
      queue.write<unknown>(write).then(
        (outcome) => settled.push(outcome),
        () => settled.push('rejected'),
      );
    }
    await queue.drain();
    expect(settled).toEqual([1, 'rejected', 'refused', 1]);
    await queue.drain();
  });
});

describe('an error of SQLite', () => {
  it('names the store, what was found and what to do', async () => {
    database.exec('PRAGMA max_page_count = 1');
    const failure = openQueue().write(put(1, 'x'.repeat(100_000)));
    await expect(failure).rejects.toThrow(
      /^store sqlite:queue\.db: expected room to write, found .*full.*free disk space/,
    );
    await expect(failure).rejects.toSatisfy(isStoreFull);
  });
});
