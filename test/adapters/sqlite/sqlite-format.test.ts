import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteStore, upgradeSqliteStore } from '../../../src/adapters/sqlite/index.ts';
import { loadNodeSqlite } from '../../../src/adapters/sqlite/load-node-sqlite.ts';
import { APPLICATION_ID, FORMAT_VERSION } from '../../../src/adapters/sqlite/sqlite-layout.ts';
import { type Migration, runMigrations } from '../../../src/adapters/sqlite/upgrade-store.ts';
import { isStoreUnavailable } from '../../../src/ports/store-errors.ts';
import { insertOf } from '../../conformance/record-builders.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

function withDatabase<Result>(path: string, use: (sql: (text: string) => unknown) => Result): Result {
  const database = new (loadNodeSqlite().DatabaseSync)(path);
  try {
    return use((text) => Object.values(database.prepare(text).get() ?? {})[0]);
  } finally {
    database.close();
  }
}

async function makeStore(format: number = FORMAT_VERSION): Promise<string> {
  const path = temporaryFile('store.db');
  const store = await openSqliteStore({ path });
  await store.insert(insertOf());
  await store.close();
  withDatabase(path, (sql) => sql(`PRAGMA user_version = ${format}`));
  return path;
}

function makeForeign(): string {
  const path = temporaryFile('other.db');
  withDatabase(path, (sql) => sql('CREATE TABLE theirs (id INTEGER)'));
  return path;
}

function makeForeignWithId(): string {
  const path = temporaryFile('other.db');
  withDatabase(path, (sql) => [sql('PRAGMA application_id = 7'), sql('PRAGMA user_version = 1')]);
  return path;
}

function makeText(): string {
  const path = temporaryFile('notes.txt');
  writeFileSync(path, 'Dear diary, '.repeat(1_000));
  return path;
}

describe('opening a SQLite store', () => {
  it('makes the file and its folder, marked as ours, in WAL mode', async () => {
    const path = join(dirname(temporaryFile('x')), 'a', 'b', 'store.db');
    const store = await openSqliteStore({ path: relative(process.cwd(), path) });
    await store.close();
    const facts = withDatabase(path, (sql) =>
      ['application_id', 'user_version', 'journal_mode'].map((p) => sql(`PRAGMA ${p}`)),
    );
    expect(facts).toEqual([APPLICATION_ID, FORMAT_VERSION, 'wal']);
  });

  it('finds what an earlier one stored', async () => {
    const path = await makeStore();
    const store = await openSqliteStore({ path });
    assertSame(await store.batchGet([insertOf().rawData]), [insertOf().rawData]);
    await store.close();
  });

  it('leaves one file behind when it is closed', async () => {
    const path = await makeStore();
    expect([existsSync(path), existsSync(`${path}-wal`)]).toEqual([true, false]);
  });

  it('opens a new file once, however many open it at the same time', async () => {
    const path = temporaryFile('store.db');
    const stores = await Promise.all([1, 2, 3].map(() => openSqliteStore({ path })));
    const outcomes = await Promise.all(stores.map((store) => store.insert(insertOf())));
    expect(outcomes.toSorted()).toEqual(['conflict', 'conflict', 'inserted']);
    await Promise.all(stores.map((store) => store.close()));
  });

  const refused = [
    ['a newer format', () => makeStore(FORMAT_VERSION + 1), 'store.format_newer'],
    ['an older format', () => makeStore(FORMAT_VERSION - 1), 'store.format_older'],
    ["another application's database", async () => makeForeign(), 'store.foreign'],
    ['a database with another application id', async () => makeForeignWithId(), 'store.foreign'],
    ['a file that is no database', async () => makeText(), 'store.foreign'],
  ] as const;

  for (const [name, make, code] of refused) {
    it(`refuses ${name} with ${code} and leaves every byte as it was`, async () => {
      const path = await make();
      const before = readFileSync(path);
      await expect(openSqliteStore({ path })).rejects.toMatchObject({ code, retryable: false });
      expect(readFileSync(path).equals(before)).toBe(true);
    });
  }

  it.each([
    ['below a file', () => join(makeText(), 'store.db')],
    ['deep below a file', () => join(makeText(), 'folder', 'store.db')],
    ['of a folder', () => dirname(temporaryFile('x'))],
  ])('says of a path %s, naming it, that no store can be there', async (_case, make) => {
    const path = make();
    const opening = openSqliteStore({ path });
    await expect(opening).rejects.toThrow(`store sqlite:${path}: expected storage that answers`);
    await expect(opening).rejects.toSatisfy(isStoreUnavailable);
  });

  it('says that an older store needs the upgrade command', async () => {
    const path = await makeStore(0);
    await expect(openSqliteStore({ path })).rejects.toThrow(/slicewise admin upgrade/);
  });
});

describe('upgrading a SQLite store', () => {
  const steps: readonly Migration[] = [
    { to: 1, description: 'made', migrate: () => expect.unreachable('the store is at 1 already') },
    { to: 2, description: 'adds a table', migrate: (database) => database.exec('CREATE TABLE second (id INTEGER)') },
    { to: 3, description: 'fills it', migrate: (database) => database.exec('INSERT INTO second VALUES (1)') },
  ];

  it('that is up to date runs nothing', async () => {
    const path = await makeStore();
    expect(await upgradeSqliteStore(path)).toEqual({ from: FORMAT_VERSION, to: FORMAT_VERSION, steps: [] });
  });

  it('runs the steps from its format to the newest, in order', async () => {
    const path = await makeStore(1);
    expect(runMigrations(path, steps, 3)).toEqual({ from: 1, to: 3, steps: ['adds a table', 'fills it'] });
    expect(withDatabase(path, (sql) => [sql('PRAGMA user_version'), sql('SELECT count(*) FROM second')])).toEqual([
      3, 1,
    ]);
    expect(runMigrations(path, steps, 3)).toEqual({ from: 3, to: 3, steps: [] });
  });

  it('stays at the format before a step that fails, whole, and goes on from there', async () => {
    const path = await makeStore(1);
    const failing = steps.with(2, {
      to: 3,
      description: 'fails half-way',
      migrate: (database) => database.exec('INSERT INTO second VALUES (9); INSERT INTO nowhere VALUES (1)'),
    });
    expect(() => runMigrations(path, failing, 3)).toThrow(/nowhere/);
    expect(withDatabase(path, (sql) => [sql('PRAGMA user_version'), sql('SELECT count(*) FROM second')])).toEqual([
      2, 0,
    ]);
    expect(runMigrations(path, steps, 3)).toEqual({ from: 2, to: 3, steps: ['fills it'] });
  });

  it('refuses a newer one, a foreign one and an absent one, and makes nothing', async () => {
    await expect(upgradeSqliteStore(await makeStore(FORMAT_VERSION + 1))).rejects.toMatchObject({
      code: 'store.format_newer',
    });
    await expect(upgradeSqliteStore(makeForeign())).rejects.toMatchObject({ code: 'store.foreign' });
    const absent = temporaryFile('absent.db');
    await expect(upgradeSqliteStore(absent)).rejects.toMatchObject({ code: 'store.unavailable' });
    expect(existsSync(absent)).toBe(false);
  });
});
