/** What a store answers where the server does not, or not in time. */
import { describe, expect, it } from 'vitest';
import { migratePostgres, openPostgresStore } from '../../../src/adapters/postgres/index.ts';
import { isStoreTimeout } from '../../../src/ports/store-errors.ts';
import { insertOf, statusOf } from '../../conformance/record-builders.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema, withClient } from './test-database.ts';

describeService('postgres', (url) => {
  describe('a store on Postgres', () => {
    it('gives up a statement that waits too long for somebody’s lock, and works once it is gone', async () => {
      const options = { connectionString: url, schema: freshSchema(), timeoutMs: 300 };
      await migratePostgres({ connectionString: url, schema: options.schema });
      const store = await openPostgresStore(options);
      await store.insert(insertOf());
      await withClient(url, async (client) => {
        await client.query('BEGIN');
        await client.query(`SELECT FROM ${options.schema}.status FOR UPDATE`);
        await expect(store.insert(insertOf({ version: 2 }))).rejects.toSatisfy(isStoreTimeout);
        await client.query('ROLLBACK');
      });
      // Whether the statement that was given up took effect is not known, so the same call may meet its own work.
      expect(['inserted', 'conflict']).toContain(await store.insert(insertOf({ version: 2 })));
      assertSame(await store.batchGet([statusOf()]), [insertOf({ version: 2 }).status]);
      await store.close();
    });

    it('refuses a schema that was dropped under it, hard, and says what to do', async () => {
      const options = { connectionString: url, schema: freshSchema() };
      await migratePostgres(options);
      const store = await openPostgresStore(options);
      await withClient(url, (client) => client.query(`DROP SCHEMA ${options.schema} CASCADE`));
      await expect(store.insert(insertOf())).rejects.toMatchObject({
        code: 'store.foreign',
        retryable: false,
        message: expect.stringContaining('slicewise admin create-tables'),
      });
      await store.close();
    });
  });
});
