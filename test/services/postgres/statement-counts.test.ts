/** What a call costs in statements, each of which is a round trip. */
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { migratePostgres, openPostgresStore, type PostgresPool } from '../../../src/adapters/postgres/index.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { advanceTo, hintOf, insertOf, manifestOf, sliceOf, statusOf } from '../../conformance/record-builders.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_PAGE } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema } from './test-database.ts';

describeService('postgres', (url) => {
  const pool = new pg.Pool({ connectionString: url });
  afterAll(() => pool.end());
  let statements: string[] = [];
  let store: Store;

  beforeEach(async () => {
    const schema = freshSchema();
    await migratePostgres({ connectionString: url, schema });
    store = await openPostgresStore({ pool: countingPool(pool, (text) => statements.push(text)), schema });
    statements = [];
  });

  const countOf = async (work: () => Promise<unknown>): Promise<number> => {
    statements = [];
    await work();
    return statements.length;
  };

  describe('statements', () => {
    it('an insert is one, whether it is the first version, the next, or refused', async () => {
      expect(await countOf(() => store.insert(insertOf()))).toBe(1);
      expect(await countOf(() => store.insert(insertOf({ version: 2 })))).toBe(1);
      expect(await countOf(() => store.insert(insertOf({ version: 2 })))).toBe(1);
    });

    it('a commit is one, and one more tells why it was refused', async () => {
      const change = advanceTo(manifestOf(), null);
      expect(await countOf(() => store.commit(change))).toBe(1);
      // The look is one statement for each of the two kinds that it reads.
      expect(await countOf(() => store.commit(change))).toBe(3);
    });

    it('a status is one, and so are a hundred slices, a hundred hints, and getting them', async () => {
      const slices = Array.from({ length: 100 }, (_, index) => sliceOf({ content: `${index}` }));
      const hints = Array.from({ length: 100 }, (_, index) => hintOf({ entity: `product#P${index}` }));
      await store.insert(insertOf());
      expect(await countOf(() => store.updateStatus(statusOf({ counter: 2 }), 1))).toBe(1);
      expect(await countOf(() => store.putOnce(slices))).toBe(1);
      expect(await countOf(() => store.putHints(hints))).toBe(1);
      expect(await countOf(() => store.batchGet(slices))).toBe(1);
    });
  });

  describe('a runtime’s statements', () => {
    let runtime: Runtime;
    beforeEach(async () => {
      runtime = openRuntime(PRODUCT_CATALOGUE, { store, cache: { maxBytes: 0 } });
      await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
    });

    it('an ingest under rule sets without joins is a look at the status, and one transaction', async () => {
      const input = { tenantId: TENANT, entityKey: 'brand#B2', version: 1, payload: ACME } as const;
      statements = [];
      await runtime.ingest(input);
      expect(statements[0]).toContain('.status');
      expect(statements[1]).toMatch(/^BEGIN/);
      // Insert, ChangeSet, slices, manifest with head; what comes behind it looks for followers.
      expect(statements.indexOf('COMMIT')).toBe(6);
      expect(statements.lastIndexOf('COMMIT')).toBe(6);
    });

    it('a view is two rounds: head and status, then its slices', async () => {
      await runtime.ingest({ tenantId: TENANT, entityKey: 'product#P1', version: 1, payload: LAMP });
      const view = { tenantId: TENANT, entityKey: 'product#P1', viewRef: PRODUCT_PAGE, version: 'active' } as const;
      // Head and status go out side by side.
      expect(await countOf(() => runtime.queryView(view))).toBe(3);
    });
  });
});

/** A pool whose clients tell each statement before they send it. */
function countingPool(pool: pg.Pool, onStatement: (text: string) => void): PostgresPool {
  return {
    connect: async () => {
      const client = await pool.connect();
      return {
        query: (query) => {
          onStatement(query.text);
          return client.query(query);
        },
        release: (destroy) => client.release(destroy),
        on: (event, listener) => client.on(event, listener),
        removeListener: (event, listener) => client.removeListener(event, listener),
      };
    },
  };
}
