/** Behind a transaction-pooling proxy every transaction may get another connection: nothing may hang on one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  migratePostgres,
  openPostgresPublisher,
  openPostgresRegistry,
  openPostgresStore,
} from '../../../src/adapters/postgres/index.ts';
import type { Store } from '../../../src/ports/store.ts';
import { insertOf } from '../../conformance/record-builders.ts';
import { describeStore } from '../../conformance/store.suite.ts';
import { register, sampleDrafts } from '../../domain/contracts/sample-contracts.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { startPoolingProxy } from '../../support/services/postgres/pooling-proxy.ts';
import type { RunningService } from '../../support/services/running-service.ts';
import { freshSchema, openFreshStore, withClient } from './test-database.ts';

describeService('postgres', (url) => {
  describe('behind a transaction-pooling proxy', () => {
    let proxy: RunningService;
    beforeAll(async () => {
      proxy = await startPoolingProxy(url);
    });
    afterAll(() => proxy.stop());

    describeStore(
      { describe, it },
      { name: 'postgres through a pooling proxy', open: () => openFreshStore(proxy.url), writesTogether: true },
    );

    it('many stores share fewer connections of the server than they have themselves', async () => {
      const schema = freshSchema();
      await migratePostgres({ connectionString: proxy.url, schema });
      const stores: Store[] = await Promise.all(
        Array.from({ length: 8 }, () => openPostgresStore({ connectionString: proxy.url, schema })),
      );
      const entities = Array.from({ length: 100 }, (_, index) => `product#P${index}`);
      const outcomes = await Promise.all(
        entities.flatMap((entity) => stores.map((store) => store.insert(insertOf({ entity })))),
      );
      expect(outcomes.filter((outcome) => outcome === 'inserted')).toHaveLength(entities.length);
      await Promise.all(stores.map((store) => store.close()));
    });

    it('a publisher’s name is in the audit of its own change, and in no other', async () => {
      const options = { connectionString: proxy.url, schema: freshSchema() };
      await migratePostgres(options);
      const publishers = await Promise.all(
        ['alice', 'bob', 'carol'].map(async (actor) => ({ actor, publisher: await openPostgresPublisher(options) })),
      );
      await Promise.all(
        publishers.map(({ actor, publisher }) =>
          publisher.publish({ contracts: [register({ ...sampleDrafts().brand, id: actor })], actor }),
        ),
      );
      const { rows } = await withClient(url, (client) =>
        client.query(`SELECT id, actor FROM ${options.schema}.contract_audit ORDER BY id`),
      );
      expect(rows).toEqual(['alice', 'bob', 'carol'].map((name) => ({ id: name, actor: name })));
      const registry = await openPostgresRegistry(options);
      expect(await registry.list('Schema')).toHaveLength(3);
      await Promise.all([registry, ...publishers.map(({ publisher }) => publisher)].map((open) => open.close()));
    });

    it('a publisher’s name is left to nobody who changes contracts by hand', async () => {
      const options = { connectionString: proxy.url, schema: freshSchema() };
      await migratePostgres(options);
      const publisher = await openPostgresPublisher(options);
      await publisher.publish({ contracts: [register(sampleDrafts().brand)], actor: 'alice' });
      await publisher.close();
      await withClient(proxy.url, async (client) => {
        for (const status of ['DEPRECATED', 'ARCHIVED']) {
          await client.query(`UPDATE ${options.schema}.schema_registry SET status = $1`, [status]);
        }
      });
      const { rows } = await withClient(url, (client) =>
        client.query(`SELECT actor, database_role AS role FROM ${options.schema}.contract_audit ORDER BY audit_number`),
      );
      const [{ role }] = rows;
      expect(rows.map(({ actor }) => actor)).toEqual(['alice', role, role]);
    });
  });
});
