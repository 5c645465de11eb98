import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTables, type DynamoDbStoreOptions, openDynamoDbStore } from '../../../../src/adapters/dynamodb/index.ts';
import { TABLES, tableName } from '../../../../src/adapters/dynamodb/table-layout.ts';
import type { Store } from '../../../../src/ports/store.ts';

/** DynamoDB Local asks for credentials and takes any. */
const LOCAL = { region: 'local', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } } as const;

/** Off, for tables that are thrown away. */
export const UNPROTECTED = { pointInTimeRecovery: false, deletionProtection: false, stream: false } as const;

/** A client as the store makes one, for tests that put something into its middleware. */
export function localClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ ...LOCAL, endpoint, maxAttempts: 1 });
}

/** How to get at tables of DynamoDB Local that nobody else has. */
export function freshAccess(endpoint: string): { endpoint: string; tablePrefix: string } & typeof LOCAL {
  return { ...LOCAL, endpoint, tablePrefix: `test-${randomUUID()}-` };
}

/** A store with tables of its own, which go when it is closed. */
export async function openEmptyStore(endpoint: string, options: DynamoDbStoreOptions = {}): Promise<Store> {
  const access = freshAccess(endpoint);
  await createTables({ ...access, ...UNPROTECTED });
  const store = await openDynamoDbStore({ ...access, ...options });
  const close = store.close.bind(store);
  let closing: Promise<void> | undefined;
  store.close = () => {
    closing ??= close().then(() => dropTables(endpoint, access.tablePrefix));
    return closing;
  };
  return store;
}

async function dropTables(endpoint: string, tablePrefix: string): Promise<void> {
  const client = localClient(endpoint);
  for (const table of TABLES) {
    await client.send(new DeleteTableCommand({ TableName: tableName(tablePrefix, table) }));
  }
  client.destroy();
}
