import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openSqliteStore, upgradeSqliteStore } from '../../../src/adapters/sqlite/index.ts';
import { loadNodeSqlite } from '../../../src/adapters/sqlite/load-node-sqlite.ts';
import { MIGRATIONS, runMigrations } from '../../../src/adapters/sqlite/upgrade-store.ts';
import { parseTenantId } from '../../../src/domain/identity.ts';
import { insertOf } from '../../conformance/record-builders.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { temporaryFile } from '../../support/temporary-file.ts';
import { FORMAT_1_ENTITIES, FORMAT_1_TABLES, makeFormat1 } from './format-1.ts';

const TO_FORMAT_2 = MIGRATIONS.filter(({ to }) => to === 2);

type Row = Record<string, unknown>;

function query(path: string, sql: string): readonly Row[] {
  const database = new (loadNodeSqlite().DatabaseSync)(path);
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

/** All rows of all tables, and the format. */
function contentsOf(path: string): Readonly<Record<string, readonly Row[]>> {
  const tables = FORMAT_1_TABLES.map((table) => [table, query(path, `SELECT * FROM ${table} ORDER BY 1, 2, 3`)]);
  return { ...Object.fromEntries(tables), format: query(path, 'PRAGMA user_version') };
}

describe('a store of format 1', () => {
  it('is refused, and left as it was, until it is upgraded', async () => {
    const path = makeFormat1();
    const before = readFileSync(path);
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: 'store.format_older' });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('is brought to format 2 in one step, which says what it does', async () => {
    const path = makeFormat1();
    expect(runMigrations(path, TO_FORMAT_2, 2)).toEqual({
      from: 1,
      to: 2,
      steps: [expect.stringContaining('up to which version')],
    });
    expect(query(path, 'PRAGMA user_version')).toEqual([{ user_version: 2 }]);
  });

  it('owes the fan-out of every entity then: what was ACTIVE is READY, and nothing else is changed', () => {
    const path = makeFormat1();
    const before = contentsOf(path);
    runMigrations(path, TO_FORMAT_2, 2);
    const statuses = before['status']?.map((row) => ({
      ...row,
      state: row['state'] === 'ACTIVE' ? 'READY' : row['state'],
      fanned_out_to: 0,
      fills: 0,
    }));
    const bindings = before['contract_binding']?.map((row) => ({ ...row, is_indexed_from_start: 1 }));
    const changed = { status: statuses, contract_binding: bindings, format: [{ user_version: 2 }] };
    expect(contentsOf(path)).toEqual({ ...before, ...changed });
  });

  it('knows the index of its rule sets to be complete then, as whoever wrote format 1 put entries before commits', async () => {
    const path = makeFormat1();
    await upgradeSqliteStore(path);
    const store = await openSqliteStore({ path });
    const ref = { id: 'brand-core', version: '1.0.0' };
    const [binding, state] = await store.batchGet([
      { kind: 'contract-binding', contractKind: 'RuleSet', ref },
      { kind: 'index-state', tenantId: parseTenantId('acme'), ruleSet: ref },
    ]);
    expect(binding).toMatchObject({ isIndexedFromStart: true });
    expect(state).toBeUndefined();
    await store.close();
  });

  it('is opened once it is upgraded, and lists its entities by the state that they are in', async () => {
    const path = makeFormat1();
    await upgradeSqliteStore(path);
    const store = await openSqliteStore({ path });
    const tenantId = parseTenantId('acme');
    for (const { entityKey, state, owed, lastDeployedAt } of FORMAT_1_ENTITIES) {
      const now = state === 'ACTIVE' ? 'READY' : state;
      const { items } = await store.range({ range: 'by-state', tenantId, state: now as 'READY', limit: 10 });
      expect(items).toMatchObject([{ entityKey, version: 2, counter: 3, owed, lastDeployedAt, fannedOutTo: 0 }]);
    }
    const active = await store.range({ range: 'by-state', tenantId, state: 'ACTIVE', limit: 10 });
    expect(active.items).toEqual([]);
    await store.close();
  });

  it('has the tables of a new store then, column by column', async () => {
    const upgraded = makeFormat1();
    await upgradeSqliteStore(upgraded);
    const made = temporaryFile('new.db');
    await (await openSqliteStore({ path: made })).close();
    for (const table of [...FORMAT_1_TABLES, 'index_state']) {
      const columns = `SELECT * FROM pragma_table_xinfo('${table}')`;
      expect(query(upgraded, columns)).toEqual(query(made, columns));
    }
  });

  it('takes new versions once it is upgraded', async () => {
    const path = makeFormat1();
    await upgradeSqliteStore(path);
    const store = await openSqliteStore({ path });
    const change = insertOf({ state: 'ACTIVE', version: 1 });
    expect(await store.insert(change)).toBe('inserted');
    assertSame(await store.batchGet([change.rawData, change.status]), [change.rawData, change.status]);
    await store.close();
  });

  it('is whole at format 1 after an upgrade that was killed, and the same call upgrades it', async () => {
    const path = makeFormat1();
    const before = contentsOf(path);
    const killed = temporaryFile('killed.db');
    const killing = TO_FORMAT_2.map((step) => ({
      ...step,
      migrate: (database: Parameters<typeof step.migrate>[0]) => {
        step.migrate(database);
        // The files as they lie on disk at this moment are what a kill leaves.
        for (const ending of ['', '-wal', '-journal']) {
          if (existsSync(`${path}${ending}`)) copyFileSync(`${path}${ending}`, `${killed}${ending}`);
        }
        throw new Error('killed');
      },
    }));
    expect(() => runMigrations(path, killing, 2)).toThrow(/killed/);
    expect(contentsOf(path)).toEqual(before);
    expect(contentsOf(killed)).toEqual(before);
    expect(await upgradeSqliteStore(killed)).toMatchObject({ from: 1 });
  });
});
