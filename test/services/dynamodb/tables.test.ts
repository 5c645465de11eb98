import {
  ContinuousBackupsUnavailableException,
  CreateTableCommand,
  DeleteTableCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { tableDefinition } from '../../../src/adapters/dynamodb/create-tables.ts';
import { checkTables, createTables, openDynamoDbStore } from '../../../src/adapters/dynamodb/index.ts';
import { TABLES } from '../../../src/adapters/dynamodb/table-layout.ts';
import {
  isStoreForeign,
  isStoreFormatNewer,
  isStoreFormatOlder,
  isStoreUnavailable,
} from '../../../src/ports/store-errors.ts';
import { insertOf } from '../../conformance/record-builders.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshAccess, localClient, UNPROTECTED } from '../../support/services/dynamodb/empty-store.ts';
import { intercept } from '../../support/services/dynamodb/middleware.ts';

/** DynamoDB Local knows backups only by name. */
const LOCAL_PROTECTION = { pointInTimeRecovery: false } as const;

describeService('dynamodb', (url) => {
  describe('createTables', () => {
    it('makes every table, protected, as checkTables expects it', async () => {
      const access = freshAccess(url);
      const names = TABLES.map((table) => access.tablePrefix + table);
      await expect(createTables({ ...access, ...LOCAL_PROTECTION })).resolves.toEqual({ created: names, existing: [] });
      await expect(checkTables({ ...access, ...LOCAL_PROTECTION })).resolves.toEqual([]);
    });

    it('keeps backups of each, as soon as it can', async () => {
      const client = localClient(url);
      const asked: unknown[] = [];
      const backups: string[] = [];
      // DynamoDB Local does not know of backups, so they are answered for here.
      intercept(client, async ({ operation, input }, send) => {
        const table = String(input['TableName']);
        if (operation === 'DescribeContinuousBackups') {
          const PointInTimeRecoveryStatus = backups.includes(table) ? 'ENABLED' : 'DISABLED';
          return {
            ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus } },
            $metadata: {},
          };
        }
        if (operation !== 'UpdateContinuousBackups') return send();
        asked.push(table);
        if (asked.length === 1) throw new ContinuousBackupsUnavailableException({ message: 'not yet', $metadata: {} });
        backups.push(table);
        return { $metadata: {} };
      });
      const access = { client, tablePrefix: freshAccess(url).tablePrefix };
      await createTables(access);
      expect(backups.toSorted()).toEqual(TABLES.map((table) => access.tablePrefix + table).toSorted());
      await expect(checkTables(access)).resolves.toEqual([]);
      backups.splice(0, 1);
      const [finding] = await checkTables(access);
      expect(finding).toMatchObject({ setting: 'point-in-time-recovery', expected: 'on', found: 'off' });
    });

    it('leaves what is there, also where it is called by many at once', async () => {
      const access = { ...freshAccess(url), ...UNPROTECTED };
      const names = TABLES.map((table) => access.tablePrefix + table);
      const reports = await Promise.all([createTables(access), createTables(access), createTables(access)]);
      expect(reports.flatMap(({ created }) => created).toSorted()).toEqual(names.toSorted());
      await expect(createTables(access)).resolves.toEqual({ created: [], existing: names });
    });
  });

  describe('checkTables', () => {
    it('says which tables are missing', async () => {
      const access = freshAccess(url);
      const findings = await checkTables(access);
      expect(findings).toEqual(
        TABLES.map((table) => ({
          table: access.tablePrefix + table,
          setting: 'table',
          expected: 'one that is ready',
          found: 'none',
        })),
      );
    });

    it('says which settings differ', async () => {
      const access = freshAccess(url);
      await createTables({ ...access, ...UNPROTECTED });
      const client = localClient(url);
      const TableName = `${access.tablePrefix}pipeline`;
      await client.send(new DeleteTableCommand({ TableName }));
      // As one that has no index is made.
      const definition = tableDefinition(access.tablePrefix, 'contracts', UNPROTECTED);
      await client.send(new CreateTableCommand({ ...definition, TableName }));
      const findings = await checkTables({ ...access, ...LOCAL_PROTECTION, stream: false });
      expect(findings).toContainEqual({
        table: TableName,
        setting: 'state-index',
        expected: 'gsi1pk, gsi1sk',
        found: 'none',
      });
      const unprotected = findings.filter(({ setting }) => setting === 'deletion-protection');
      expect(unprotected.map(({ table, found }) => [table, found])).toEqual(
        TABLES.map((table) => [access.tablePrefix + table, 'off']),
      );
    });
  });

  describe('a DynamoDB store', () => {
    async function made() {
      const access = freshAccess(url);
      await createTables({ ...access, ...UNPROTECTED });
      return { access, client: localClient(url) };
    }

    it('is refused where a table is missing, and says what to do', async () => {
      const failure = await openDynamoDbStore(freshAccess(url)).catch((error: unknown) => error);
      expect(failure).toSatisfy(isStoreForeign);
      expect(String(failure)).toMatch(/`createTables`/);
      const { access, client } = await made();
      const store = await openDynamoDbStore(access);
      await client.send(new DeleteTableCommand({ TableName: `${access.tablePrefix}rawdata` }));
      await expect(store.insert(insertOf())).rejects.toSatisfy(isStoreForeign);
      await store.close();
    });

    it.each([
      ['newer', 2, isStoreFormatNewer],
      ['older', 0, isStoreFormatOlder],
    ])('of a %s format is refused', async (_, formatVersion, isExpected) => {
      const { access, client } = await made();
      const Item = {
        pk: { S: 'STORE' },
        sk: { S: 'FORMAT' },
        formatVersion: { N: String(formatVersion) },
        shards: { N: '8' },
      };
      await client.send(new PutItemCommand({ TableName: `${access.tablePrefix}contracts`, Item }));
      await expect(openDynamoDbStore(access)).rejects.toSatisfy(isExpected);
    });

    it('lists by the shards that it began with, whatever is asked for later', async () => {
      const access = { ...freshAccess(url), ...UNPROTECTED };
      await createTables({ ...access, shards: 3 });
      const first = await openDynamoDbStore(access);
      for (const entity of ['product#P1', 'product#P2', 'product#P3']) await first.insert(insertOf({ entity }));
      await first.close();
      const second = await openDynamoDbStore({ ...access, shards: 1 });
      const { tenantId } = insertOf().rawData;
      const { items } = await second.range({ range: 'entities', tenantId, limit: 10 });
      expect(items).toEqual(['product#P1', 'product#P2', 'product#P3']);
      await second.close();
    });

    it('begins in tables that a template made', async () => {
      const { access, client } = await made();
      const TableName = `${access.tablePrefix}contracts`;
      await client.send(new DeleteTableCommand({ TableName }));
      await createTables({ ...access, ...UNPROTECTED });
      const stores = await Promise.all([openDynamoDbStore(access), openDynamoDbStore({ ...access, shards: 2 })]);
      for (const store of stores) await store.close();
    });

    it('is refused for a prefix that no table can have, and where nobody listens', async () => {
      await expect(openDynamoDbStore({ ...freshAccess(url), tablePrefix: 'a/b' })).rejects.toSatisfy(isStoreForeign);
      const nowhere = { ...freshAccess('http://user:secret@127.0.0.1:1/'), tablePrefix: 'test-' };
      const failure = await openDynamoDbStore(nowhere).catch((error: unknown) => error);
      expect(failure).toSatisfy(isStoreUnavailable);
      expect(failure).toMatchObject({ details: { store: 'dynamodb://127.0.0.1:1/test-' } });
      expect(JSON.stringify(failure)).not.toContain('secret');
    });
  });
});
