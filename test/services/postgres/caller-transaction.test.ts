/** An insert that joins the caller's own transaction: both stand or fall together. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryPayloadStore } from '../../../src/adapters/memory/index.ts';
import { migratePostgres, openPostgresStore, postgresTransaction } from '../../../src/adapters/postgres/index.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { isStoreTransactionRefused } from '../../../src/ports/store-errors.ts';
import { ACME, BRAND_RULES, LAMP, PRODUCT_CATALOGUE } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema } from './test-database.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' };

describeService('postgres', (url) => {
  const schema = freshSchema();
  let pool: pg.Pool;
  let store: Store;
  let runtime: Runtime;
  let client: pg.PoolClient;

  beforeAll(async () => {
    await migratePostgres({ connectionString: url, schema });
    pool = new pg.Pool({ connectionString: url, max: 4 });
  });
  afterAll(() => pool.end());

  beforeEach(async () => {
    await pool.query(`
      TRUNCATE ${schema}.raw_data, ${schema}.status, ${schema}.head, ${schema}.manifest, ${schema}.slice;
      DROP TABLE IF EXISTS ${schema}.own; CREATE TABLE ${schema}.own (name text)`);
    store = await openPostgresStore({ pool, schema });
    runtime = openRuntime(PRODUCT_CATALOGUE, { store, payloadStore: createMemoryPayloadStore() });
    client = await pool.connect();
    return async () => {
      await client.query('ROLLBACK');
      client.release();
      await runtime.close();
    };
  });

  const begin = async () => {
    await client.query('BEGIN');
    await client.query(`INSERT INTO ${schema}.own VALUES ('mine')`);
    return { within: postgresTransaction(client) };
  };
  const ownRows = async () => (await pool.query(`SELECT name FROM ${schema}.own`)).rows.length;
  const brandVersion = async () => (await runtime.getStatus(BRAND))?.version ?? null;

  describe('an insert within the caller’s transaction', () => {
    it('is there with the caller’s rows once they commit, and for nobody before', async () => {
      const inserted = await runtime.insertRawdata({ ...BRAND, version: 1, payload: ACME }, await begin());
      expect(inserted.outcome).toBe('inserted');
      expect([await brandVersion(), await ownRows()]).toEqual([null, 0]);
      await client.query('COMMIT');
      expect([await brandVersion(), await ownRows()]).toEqual([1, 1]);
    });

    it('is gone with the caller’s rows when they roll back, and the same call puts it in later', async () => {
      const input = { ...BRAND, version: 1, payload: ACME };
      await runtime.insertRawdata(input, await begin());
      await client.query('ROLLBACK');
      expect([await brandVersion(), await ownRows()]).toEqual([null, 0]);
      expect((await runtime.insertRawdata(input)).outcome).toBe('inserted');
    });

    it('sees what the same transaction put before it', async () => {
      const options = await begin();
      for (const name of ['one', 'two', 'two', 'three']) {
        await runtime.insertRawdata({ ...BRAND, version: 'next', payload: { ...ACME, name } }, options);
      }
      await client.query('COMMIT');
      expect(await brandVersion()).toBe(3);
    });

    it('that is refused leaves the transaction usable, and the caller’s rows in it', async () => {
      await runtime.insertRawdata({ ...BRAND, version: 1, payload: ACME });
      const options = await begin();
      const other = { ...BRAND, version: 1, payload: { ...ACME, name: 'other' } };
      await expect(runtime.insertRawdata(other, options)).rejects.toMatchObject({ code: 'rawdata.content_conflict' });
      const gap = { ...BRAND, version: 5, payload: ACME };
      await expect(runtime.insertRawdata(gap, options)).rejects.toMatchObject({ code: 'rawdata.version_gap' });
      expect((await runtime.insertRawdata({ ...BRAND, version: 1, payload: ACME }, options)).outcome).toBe('unchanged');
      await runtime.insertRawdata({ ...BRAND, version: 2, payload: { ...ACME, name: 'next' } }, options);
      await client.query('COMMIT');
      expect([await brandVersion(), await ownRows()]).toEqual([2, 1]);
    });

    it('waits for another writer of the entity, and goes on behind it', async () => {
      const [mine, theirs] = [await pool.connect(), client];
      await mine.query('BEGIN');
      const first = { ...BRAND, version: 'next', payload: ACME } as const;
      await runtime.insertRawdata(first, { within: postgresTransaction(mine) });
      const second = runtime.insertRawdata({ ...first, payload: { ...ACME, name: 'second' } }, await begin());
      await mine.query('COMMIT');
      mine.release();
      expect((await second).version).toBe(2);
      await theirs.query('COMMIT');
      expect(await brandVersion()).toBe(2);
    });

    it('takes a payload that lies outside', async () => {
      const large = { ...BRAND, version: 1, payload: { ...ACME, name: 'n'.repeat(120_000) } };
      expect((await runtime.insertRawdata(large, await begin())).outcome).toBe('inserted');
      await client.query('COMMIT');
      expect(await brandVersion()).toBe(1);
    });

    it('that the database fails says that the transaction is lost, and is tried no second time', async () => {
      await runtime.insertRawdata({ ...BRAND, version: 1, payload: ACME });
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await client.query(`SELECT FROM ${schema}.own`);
      await runtime.insertRawdata({ ...BRAND, version: 2, payload: { ...ACME, name: 'overtaking' } });
      const late = { ...BRAND, version: 2, payload: { ...ACME, name: 'late' } };
      const failure = runtime.insertRawdata(late, { within: postgresTransaction(client) });
      await expect(failure).rejects.toMatchObject({
        code: 'store.throttled',
        retryable: false,
        message: expect.stringContaining('roll it back, and run all of it again'),
      });
      expect(await brandVersion()).toBe(2);
    });
  });

  describe('an ingest within the caller’s transaction', () => {
    it('only inserts; slicing and fan-out are owed until resume', async () => {
      const result = await runtime.ingest({ ...BRAND, version: 1, payload: ACME }, await begin());
      expect(result).toMatchObject({
        outcome: 'inserted',
        slicing: 'owed',
        fanOut: { outcome: 'owed' },
        ruleSets: [{ ruleSetRef: BRAND_RULES, outcome: 'owed' }],
      });
      await client.query('COMMIT');
      expect(await runtime.activeVersion({ ...BRAND, ruleSetRef: BRAND_RULES })).toBeNull();
      await runtime.resume({ tenantId: TENANT });
      expect(await runtime.activeVersion({ ...BRAND, ruleSetRef: BRAND_RULES })).toMatchObject({ version: 1 });
      expect(await runtime.getStatus(BRAND)).toMatchObject({ state: 'ACTIVE' });
    });

    it('is finished by the next call for the entity', async () => {
      const input = { ...BRAND, version: 1, payload: ACME };
      await runtime.ingest(input, await begin());
      await client.query('COMMIT');
      expect(await runtime.ingest(input)).toMatchObject({ outcome: 'unchanged', slicing: 'settled' });
    });

    it('leaves nothing owed where the caller rolls back', async () => {
      await runtime.ingest({ tenantId: TENANT, entityKey: 'product#P1', version: 1, payload: LAMP }, await begin());
      await client.query('ROLLBACK');
      expect(await runtime.resume({ tenantId: TENANT })).toMatchObject({ entities: 0, owed: 0 });
    });
  });

  describe('a transaction that cannot be joined', () => {
    const input = { ...BRAND, version: 1, payload: ACME };

    it('is refused where none was begun, before anything is written', async () => {
      const outside = runtime.insertRawdata(input, { within: postgresTransaction(client) });
      await expect(outside).rejects.toSatisfy(isStoreTransactionRefused);
      expect(await brandVersion()).toBeNull();
    });

    it('says that it is lost where it has failed before', async () => {
      await client.query('BEGIN');
      await client.query('SELECT 1 / 0').catch(() => undefined);
      const failed = runtime.insertRawdata(input, { within: postgresTransaction(client) });
      await expect(failed).rejects.toMatchObject({ retryable: false, message: expect.stringContaining('is lost') });
    });

    it('is refused by a store on no database of callers', async () => {
      const elsewhere = openRuntime(PRODUCT_CATALOGUE);
      await expect(elsewhere.insertRawdata(input, await begin())).rejects.toThrow(
        /one of postgres, and a store that joins none/,
      );
      await elsewhere.close();
    });

    it('is refused where another adapter made it', async () => {
      const foreign = runtime.insertRawdata(input, { within: { adapter: 'other' } });
      await expect(foreign).rejects.toSatisfy(isStoreTransactionRefused);
    });
  });
});
