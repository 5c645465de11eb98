import { describe, expect, it } from 'vitest';
import {
  migratePostgres,
  openPostgresPublisher,
  openPostgresRegistry,
  type PostgresRegistry,
} from '../../../src/adapters/postgres/index.ts';
import { describeContractRegistry, schemaDocument } from '../../conformance/contract-registry.suite.ts';
import { register } from '../../domain/contracts/sample-contracts.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema, withClient } from './test-database.ts';

describeService('postgres', (url) => {
  const openWith = async (documents: readonly unknown[], refreshMs = 0) => {
    const options = { connectionString: url, schema: freshSchema() };
    await migratePostgres(options);
    const publisher = await openPostgresPublisher(options);
    await publisher.publish({ contracts: documents.map((document) => register(document)), actor: 'tests' });
    const registry = await openPostgresRegistry({ ...options, refreshMs });
    return { registry, publisher, options };
  };

  describeContractRegistry(
    { describe, it },
    { name: 'postgres', open: async (documents) => (await openWith(documents)).registry },
  );

  const answersOf = async (registry: PostgresRegistry) =>
    (await registry.list('Schema')).map(({ document }) => document);

  describe('the contract registry on Postgres', () => {
    it('answers what was published behind its back, with a higher revision', async () => {
      const { registry, publisher } = await openWith([schemaDocument()]);
      await registry.list('Schema');
      const before = registry.revision;
      const next = schemaDocument({ version: '1.1.0' });
      await publisher.publish({ contracts: [register(next)], actor: 'tests' });
      await registry.refresh();
      expect(registry.revision).toBeGreaterThan(before);
      expect(await answersOf(registry)).toEqual([schemaDocument(), next]);
    });

    it('keeps its revision where nothing changed, however often it looks', async () => {
      const { registry, publisher } = await openWith([schemaDocument()]);
      await registry.list('Schema');
      const before = registry.revision;
      await publisher.publish({ contracts: [register(schemaDocument())], actor: 'tests' });
      await registry.refresh();
      expect(registry.revision).toBe(before);
    });

    it('hands over the same object for what did not change beside something that did', async () => {
      const { registry, publisher } = await openWith([schemaDocument()]);
      const before = await registry.get('Schema', { id: 'brand', version: '1.0.0' });
      await publisher.publish({ contracts: [register(schemaDocument({ version: '1.1.0' }))], actor: 'tests' });
      await registry.refresh();
      expect((await registry.get('Schema', { id: 'brand', version: '1.0.0' }))?.document).toBe(before?.document);
    });

    it('looks again by itself, when its revision is asked for and the last look is too old', async () => {
      const { registry, publisher } = await openWith([schemaDocument()]);
      await registry.list('Schema');
      const before = registry.revision;
      await publisher.publish({ contracts: [register(schemaDocument({ version: '1.1.0' }))], actor: 'tests' });
      await expect.poll(() => registry.revision).toBeGreaterThan(before);
    });

    it('says where a contract lies, and no password', async () => {
      const secret = url.replace('postgres://postgres@', 'postgres://postgres:geheim@');
      const schema = freshSchema();
      await migratePostgres({ connectionString: secret, schema });
      const publisher = await openPostgresPublisher({ connectionString: secret, schema });
      await publisher.publish({ contracts: [register(schemaDocument())], actor: 'tests' });
      const registry = await openPostgresRegistry({ connectionString: secret, schema });
      const [contract] = await registry.list('Schema');
      expect(contract?.origin).toContain(`Schema brand@1.0.0 in postgres://127.0.0.1`);
      expect(`${contract?.origin} ${registry.name} ${publisher.name}`).not.toMatch(/geheim|postgres@/);
    });

    it('shows people what the appendix names, beside the document', async () => {
      const { options } = await openWith([
        schemaDocument({
          schema: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, tags: { type: 'array' } },
          },
        }),
      ]);
      const { rows } = await withClient(url, (client) =>
        client.query(
          `SELECT schema_uri, field_count, required_fields, searchable_fields, document ->> 'entityType' AS type
           FROM ${options.schema}.schema_registry`,
        ),
      );
      expect(rows).toEqual([
        {
          schema_uri: 'urn:slicewise:schema:brand:1.0.0',
          field_count: 2,
          required_fields: ['name'],
          searchable_fields: ['name'],
          type: 'brand',
        },
      ]);
    });

    it('keeps a document that jsonb refuses, without showing it for queries', async () => {
      const odd = schemaDocument({ schema: { type: 'object', properties: { name: { const: '\u0000' } } } });
      const { registry } = await openWith([odd]);
      expect(await answersOf(registry)).toEqual([odd]);
    });

    it('rejects, instead of answering what is old, where the database is gone', async () => {
      const { registry, options } = await openWith([schemaDocument()]);
      await registry.list('Schema');
      await withClient(url, (client) => client.query(`DROP SCHEMA ${options.schema} CASCADE`));
      await expect(registry.list('Schema')).rejects.toMatchObject({ code: 'store.foreign' });
    });
  });
});
