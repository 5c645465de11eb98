import { describe, expect, it } from 'vitest';
import { checkFormat } from '../../../src/adapters/postgres/check-format.ts';
import { openDatabase } from '../../../src/adapters/postgres/database.ts';
import { migratePostgres, openPostgresStore } from '../../../src/adapters/postgres/index.ts';
import { runMigrations } from '../../../src/adapters/postgres/migrate.ts';
import { FORMAT_VERSION, MIGRATIONS, type Migration } from '../../../src/adapters/postgres/migrations.ts';
import { insertOf } from '../../conformance/record-builders.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema, withClient } from './test-database.ts';

const NEXT: Migration = {
  to: FORMAT_VERSION + 1,
  description: 'one more',
  sql: 'CREATE TABLE {schema}.one_more (a int)',
};
const BROKEN: Migration = { ...NEXT, sql: 'CREATE TABLE {schema}.half_made (a int); SELECT 1 / 0' };

describeService('postgres', (url) => {
  const freshOptions = () => ({ connectionString: url, schema: freshSchema() });
  const withDatabase = async <Result>(
    options: { connectionString: string; schema: string },
    work: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<Result>,
  ) => {
    const database = await openDatabase(options);
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  };

  describe('migrations', () => {
    it('make everything where there is nothing, and nothing where all is there', async () => {
      const options = freshOptions();
      const steps = MIGRATIONS.map(({ description }) => description);
      expect(await migratePostgres(options)).toEqual({ from: 0, to: FORMAT_VERSION, steps });
      expect(await migratePostgres(options)).toEqual({ from: FORMAT_VERSION, to: FORMAT_VERSION, steps: [] });
    });

    it('run once where many start them at the same time', async () => {
      const options = freshOptions();
      const reports = await Promise.all(Array.from({ length: 4 }, () => migratePostgres(options)));
      expect(reports.flatMap(({ steps }) => steps)).toHaveLength(MIGRATIONS.length);
    });

    it('leave nothing of a step that fails, and go on from there', async () => {
      const options = freshOptions();
      await withDatabase(options, async (database) => {
        await expect(runMigrations(database, [...MIGRATIONS, BROKEN])).rejects.toThrow(/division by zero/);
        await checkFormat(database);
        const [row] = await database.rows('SELECT to_regclass($1)', [`${options.schema}.half_made`]);
        expect(row).toEqual([null]);
        expect(await runMigrations(database, [...MIGRATIONS, NEXT])).toMatchObject({ steps: ['one more'] });
      });
    });

    it('run under a store that goes on writing', async () => {
      const options = freshOptions();
      await migratePostgres(options);
      const store = await openPostgresStore(options);
      const change = insertOf();
      const [outcome] = await Promise.all([
        store.insert(change),
        withDatabase(options, (database) => runMigrations(database, [...MIGRATIONS, NEXT])),
      ]);
      expect(outcome).toBe('inserted');
      assertSame(await store.batchGet([change.rawData]), [change.rawData]);
      await store.close();
    });

    it('are refused where another step made a format', async () => {
      const options = freshOptions();
      await migratePostgres(options);
      await withClient(url, (client) => client.query(`UPDATE ${options.schema}.migration SET checksum = 'x'`));
      await expect(migratePostgres(options)).rejects.toMatchObject({ code: 'store.corrupt' });
    });
  });

  describe('opening a store', () => {
    it('is refused where there are no tables, with what to do', async () => {
      await expect(openPostgresStore(freshOptions())).rejects.toMatchObject({
        code: 'store.foreign',
        message: expect.stringContaining('slicewise admin create-tables'),
      });
    });

    it('is refused over an older format, and over a newer one', async () => {
      const older = freshOptions();
      await withDatabase(older, (database) => runMigrations(database, MIGRATIONS.slice(0, -1)));
      await expect(openPostgresStore(older)).rejects.toMatchObject({ code: 'store.format_older' });
      const newer = freshOptions();
      await withDatabase(newer, (database) => runMigrations(database, [...MIGRATIONS, NEXT]));
      await expect(openPostgresStore(newer)).rejects.toMatchObject({ code: 'store.format_newer' });
      await expect(migratePostgres(newer)).rejects.toMatchObject({ code: 'store.format_newer' });
    });

    it('is refused over a database that cannot keep every character', async () => {
      const database = `${new URL(url).pathname.slice(1)}_latin1`;
      const make = `CREATE DATABASE ${database} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`;
      await withClient(url, (client) => client.query(make));
      try {
        const there = Object.assign(new URL(url), { pathname: `/${database}` }).href;
        await expect(openPostgresStore({ connectionString: there })).rejects.toMatchObject({
          code: 'store.foreign',
          message: expect.stringContaining('LATIN1'),
        });
      } finally {
        await withClient(url, (client) => client.query(`DROP DATABASE ${database} WITH (FORCE)`));
      }
    });

    it.each([
      ['another step made a format', 'UPDATE', "SET checksum = 'x' WHERE format = 1", 'another step made format 1'],
      ['a step is not recorded', 'DELETE FROM', 'WHERE format = 1', 'no record of the step that made format 1'],
    ])('is refused where %s', async (_case, verb, rest, found) => {
      const options = freshOptions();
      await migratePostgres(options);
      await withClient(url, (client) => client.query(`${verb} ${options.schema}.migration ${rest}`));
      const refused = { code: 'store.corrupt', message: expect.stringContaining(found) };
      await expect(openPostgresStore(options)).rejects.toMatchObject(refused);
      await expect(migratePostgres(options)).rejects.toMatchObject(refused);
    });

    it('takes a schema of any name', async () => {
      const options = { connectionString: url, schema: 'Odd "schema" of tests; --' };
      await migratePostgres(options);
      const store = await openPostgresStore(options);
      expect(await store.insert(insertOf())).toBe('inserted');
      await store.close();
    });

    it('fails soft where nobody listens, and keeps the password to itself', async () => {
      const failure = await openPostgresStore({ connectionString: 'postgres://me:geheim@127.0.0.1:1/db' }).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: 'store.unavailable', retryable: true });
      expect(JSON.stringify(failure) + String(failure)).not.toContain('geheim');
    });
  });
});
