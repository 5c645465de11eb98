import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadNodeSqlite } from '../../../src/adapters/sqlite/load-node-sqlite.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/sqlite-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { isStoreClosed, isStoreCorrupt } from '../../../src/ports/store-errors.ts';
import { insertOf, statusOf } from '../../conformance/record-builders.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

const ENTITIES = ['product#P1', 'product#P2', 'product#P3'];

let path: string;
let store: Store;

beforeEach(async () => {
  path = temporaryFile('store.db');
  store = await openSqliteStore({ path });
  for (const entity of ENTITIES) await store.insert(insertOf({ entity }));
});

afterEach(() => store.close());

/** Changes the file through a connection of its own, at once. */
function change(sql: string): void {
  const database = new (loadNodeSqlite().DatabaseSync)(path);
  database.exec(sql);
  database.close();
}

describe('concurrent reads', () => {
  it('are each answered with their own records', async () => {
    const reads = ENTITIES.map((entity) => [insertOf({ entity }).status, insertOf({ entity }).rawData] as const);
    const found = await Promise.all(reads.map((keys) => store.batchGet(keys)));
    assertSame(found, reads);
  });

  it('see what another process committed before they were asked for', async () => {
    const before = store.batchGet([statusOf()]);
    change("UPDATE status SET counter = 7 WHERE entity_key = 'product#P1'");
    const after = store.batchGet([statusOf()]);
    change("UPDATE status SET counter = 8 WHERE entity_key = 'product#P1'");
    const last = store.batchGet([statusOf()]);
    const counters = (await Promise.all([before, after, last])).map(([status]) => status?.counter);
    expect(counters[0]).toBe(1);
    expect(counters[1]).toBeGreaterThanOrEqual(7);
    expect(counters[2]).toBe(8);
  });

  it('see what was written before them', async () => {
    const next = statusOf({ counter: 2, state: 'ACTIVE', owed: {} });
    const early = store.batchGet([next]);
    await store.updateStatus(next, 1);
    const [late, later] = await Promise.all([store.batchGet([next]), store.batchGet([next])]);
    expect((await early)[0]?.counter).toBe(1);
    assertSame([late, later], [[next], [next]]);
  });

  it('that meet damage are rejected alone', async () => {
    change("UPDATE status SET owed = '[{' WHERE entity_key IN ('product#P1', 'product#P3')");
    const [first, second, third] = await Promise.allSettled(
      ENTITIES.map((entity) => store.batchGet([statusOf({ entity })])),
    );
    expect(second).toMatchObject({ status: 'fulfilled', value: [{ entityKey: 'product#P2' }] });
    for (const damaged of [first, third]) {
      expect(damaged).toMatchObject({ status: 'rejected', reason: expect.toSatisfy(isStoreCorrupt) });
    }
    assertSame(await store.batchGet([statusOf({ entity: 'product#P2' })]), [statusOf({ entity: 'product#P2' })]);
  });

  it('that were asked for before the store closes are answered, and later ones refused', async () => {
    const asked = ENTITIES.map((entity) => store.batchGet([statusOf({ entity })]));
    const closing = store.close();
    await expect(store.batchGet([statusOf()])).rejects.toSatisfy(isStoreClosed);
    await closing;
    assertSame(
      await Promise.all(asked),
      ENTITIES.map((entity) => [statusOf({ entity })]),
    );
  });
});
