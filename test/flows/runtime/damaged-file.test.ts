import { describe, expect, it } from 'vitest';
import { loadNodeSqlite } from '../../../src/adapters/sqlite/load-node-sqlite.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/sqlite-store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_PAGE } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;

describe('a slice that was damaged in its file', () => {
  it.each([
    { damage: 'another text', bytes: '7b7d', code: 'slice.corrupt' },
    { damage: 'bytes that are no UTF-8', bytes: '22ff22', code: 'slice.corrupt' },
    { damage: 'a NUL', bytes: '7b00', code: 'slice.corrupt' },
    // Canonical JSON is never empty: a slice without a byte is what an erasure leaves.
    { damage: 'nothing', bytes: '', code: 'slice.erased' },
  ])('is refused by its view: $damage', async ({ bytes, code }) => {
    const path = temporaryFile('store.db');
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store: await openSqliteStore({ path }) });
    await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
    await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
    await runtime.close();
    const database = new (loadNodeSqlite().DatabaseSync)(path);
    database.exec(`UPDATE slice SET payload = x'${bytes}'`);
    database.close();
    const reader = openRuntime(PRODUCT_CATALOGUE, { store: await openSqliteStore({ path }) });
    await expect(reader.queryView({ ...PRODUCT, viewRef: PRODUCT_PAGE, version: 1 })).rejects.toMatchObject({ code });
    await reader.close();
  });
});
