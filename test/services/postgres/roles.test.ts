/** The grants that the reference page gives, as they stand there: enough for each role, and no more. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryPayloadStore } from '../../../src/adapters/memory/index.ts';
import {
  migratePostgres,
  openPostgresPublisher,
  openPostgresRegistry,
  openPostgresStore,
} from '../../../src/adapters/postgres/index.ts';
import { addressOf, collectingOf, RULE_SET } from '../../conformance/record-builders.ts';
import { register, sampleDrafts } from '../../domain/contracts/sample-contracts.ts';
import { ACME, BRAND_RULES, LAMP, PRODUCT_CATALOGUE, PRODUCT_PAGE } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema, withClient } from './test-database.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/reference/postgres.md'), 'utf8');
const ROLES = ['reader', 'writer', 'publisher', 'operator'] as const;
const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;

describeService('postgres', (url) => {
  const schema = freshSchema();
  const prefix = `roles_${randomUUID().slice(0, 8)}`;
  const roleOf = (role: (typeof ROLES)[number]) => `${prefix}_${role}`;
  const optionsOf = (role: (typeof ROLES)[number]) => {
    const connectionString = Object.assign(new URL(url), { username: roleOf(role) }).href;
    return { connectionString, schema };
  };

  beforeAll(async () => {
    await migratePostgres({ connectionString: url, schema });
    const grants = PAGE.slice(PAGE.indexOf('## Roles')).match(/```sql\n(.*?)```/s)?.[1] ?? '';
    await withClient(url, async (client) => {
      for (const role of ROLES) await client.query(`CREATE ROLE ${roleOf(role)} LOGIN`);
      await client.query(grants.replaceAll('slicewise', schema).replaceAll('catalogue_', `${prefix}_`));
    });
  });
  afterAll(() =>
    withClient(url, async (client) => {
      for (const role of ROLES.toReversed())
        await client.query(`DROP OWNED BY ${roleOf(role)}; DROP ROLE ${roleOf(role)}`);
    }),
  );

  const denied = expect.objectContaining({
    code: 'store.unavailable',
    message: expect.stringContaining('permission denied'),
  });

  describe('a role with the grants of the reference page', () => {
    it('publishes, and cannot write the audit that its changes leave', async () => {
      const publisher = await openPostgresPublisher(optionsOf('publisher'));
      const contracts = Object.values(sampleDrafts()).map((document) => register(document));
      await publisher.publish({ contracts, actor: 'alice' });
      const ref = { id: 'product-core', version: '1.3.0' };
      expect(await publisher.history('RuleSet', ref)).toMatchObject([
        { actor: 'alice', databaseRole: roleOf('publisher') },
      ]);
      await publisher.close();
      const forged = withClient(optionsOf('publisher').connectionString, (client) =>
        client.query(
          `INSERT INTO ${schema}.contract_audit
             (actor, database_role, action, kind, id, version, status_after, content_hash, revision)
           VALUES ('bob', 'bob', 'published', 'View', 'x', '1.0.0', 'ACTIVE', '', 1)`,
        ),
      );
      await expect(forged).rejects.toThrow(/permission denied/);
    });

    it('ingests, slices, fans out and views as a writer, and cannot collect', async () => {
      const store = await openPostgresStore(optionsOf('writer'));
      const runtime = openRuntime(PRODUCT_CATALOGUE, { store, payloadStore: createMemoryPayloadStore() });
      await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
      await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
      const renamed = await runtime.ingest({ ...BRAND, version: 2, payload: { ...ACME, name: 'Acme & Co' } });
      expect(renamed).toMatchObject({ slicing: 'settled', fanOut: { outcome: 'settled', revised: 1 } });
      await runtime.markIndexIncomplete({ tenantId: TENANT, ruleSetRef: BRAND_RULES });
      await runtime.reindex({ tenantId: TENANT, ruleSetRef: BRAND_RULES });
      await expect(store.putOnce([collectingOf()])).rejects.toEqual(denied);
      await runtime.close();
    });

    it('reads views and contracts as a reader, and writes nothing', async () => {
      const store = await openPostgresStore(optionsOf('reader'));
      const registry = await openPostgresRegistry(optionsOf('reader'));
      expect(await registry.list('RuleSet')).not.toEqual([]);
      await registry.close();
      const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
      const view = await runtime.queryView({ ...PRODUCT, viewRef: PRODUCT_PAGE, version: 'active' });
      expect(view.meta).toMatchObject({ version: 1, revision: 1 });
      const write = runtime.insertRawdata({ ...BRAND, version: 3, payload: ACME });
      await expect(write).rejects.toEqual(denied);
      await runtime.close();
    });

    it('erases as an operator, and records it', async () => {
      const store = await openPostgresStore(optionsOf('operator'));
      const runtime = openRuntime(PRODUCT_CATALOGUE, { store, payloadStore: createMemoryPayloadStore() });
      expect(await runtime.eraseEntity({ ...BRAND, by: 'desk', reason: 'asked for' })).toMatchObject({ order: 1 });
      const { items } = await runtime.listErasures({ tenantId: TENANT });
      expect(items).toMatchObject([{ by: 'desk', completed: { version: 3 } }]);
      await runtime.close();
    });

    it('collects as an operator', async () => {
      const store = await openPostgresStore(optionsOf('operator'));
      expect(await store.putOnce([collectingOf()])).toEqual([{ outcome: 'stored' }]);
      expect(await store.raiseGcEpoch({ ...addressOf(), ruleSet: RULE_SET }, 0)).toBe('conflict');
      await store.close();
    });
  });
});
