import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/index.ts';
import { loadNodeSqlite } from '../../../src/adapters/sqlite/load-node-sqlite.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import type { RecordKey, Store } from '../../../src/ports/store.ts';
import { isStoreCorrupt } from '../../../src/ports/store-errors.ts';
import { addressOf, advanceTo, insertOf, manifestOf } from '../../conformance/record-builders.ts';
import { describeStore } from '../../conformance/store.suite.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

describeStore(
  { describe, it },
  { name: 'sqlite', open: () => openSqliteStore({ path: temporaryFile('store.db') }), writesTogether: true },
);

async function openDamaged(damage: string): Promise<Store> {
  const path = temporaryFile('store.db');
  const store = await openSqliteStore({ path });
  await store.insert(insertOf());
  await store.commit(advanceTo(manifestOf(), null));
  await store.close();
  const database = new (loadNodeSqlite().DatabaseSync)(path);
  database.exec(damage);
  database.close();
  return openSqliteStore({ path });
}

describe('a SQLite store', () => {
  it('says that it is damaged where a column does not hold the JSON that was written', async () => {
    const store = await openDamaged("UPDATE status SET owed = '[{'");
    const status = { kind: 'status', ...addressOf() } as const;
    for (const keys of [[status], [status, status]]) {
      await expect(store.batchGet(keys)).rejects.toSatisfy(isStoreCorrupt);
    }
    const { tenantId } = addressOf();
    const query = { range: 'by-state', tenantId, state: 'IDLE', limit: 1 } as const;
    await expect(store.range(query)).rejects.toThrow(
      /expected a sound store, found JSON that does not parse.*restore a backup/,
    );
    await store.close();
  });

  it('quotes nothing of what it cannot read', async () => {
    const store = await openDamaged("UPDATE status SET owed = '[Erika'");
    const error: unknown = await store.batchGet([{ kind: 'status', ...addressOf() }]).catch((cause: unknown) => cause);
    expect(error).toSatisfy(isStoreCorrupt);
    expect(inspect(error, { depth: null })).not.toContain('Erika');
    await store.close();
  });

  it('says so too where a write meets the damage', async () => {
    const store = await openDamaged("UPDATE manifest SET content = '[{'");
    await expect(store.commit(advanceTo(manifestOf(), null))).rejects.toSatisfy(isStoreCorrupt);
    await store.close();
  });

  it('lets a defect of its caller through as it is', async () => {
    const store = await openDamaged('');
    // What the types refuse.
    const key = { kind: 'status', tenantId: {}, entityKey: undefined } as unknown as RecordKey;
    const failure = await store.batchGet([key]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TypeError);
    expect(isSlicewiseError(failure)).toBe(false);
    await store.close();
  });
});
