import { setTimeout as sleep } from 'node:timers/promises';
import {
  ContinuousBackupsUnavailableException,
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateContinuousBackupsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { connect, type DynamoDbAccess } from './connect.ts';
import { toStoreError } from './dynamodb-errors.ts';
import { DEFAULT_REQUEST_RETRY_POLICY, RequestRetries } from './request-retries.ts';
import { Requests } from './requests.ts';
import { DEFAULT_SHARDS, settleFormat } from './store-format.ts';
import { STATE_INDEX, STREAM_VIEW, TABLES, type Table, tableName } from './table-layout.ts';

/** What a table is protected by; all of it is on unless it is switched off, as for a store that is thrown away. */
export interface TableProtection {
  readonly pointInTimeRecovery?: boolean;
  readonly deletionProtection?: boolean;
  /** For change data capture. */
  readonly stream?: boolean;
}

export interface CreateTablesOptions extends DynamoDbAccess, TableProtection {
  /** As for `openDynamoDbStore`; what the store begins with counts for good. Default 8. */
  readonly shards?: number;
}

export interface CreateTablesReport {
  readonly created: readonly string[];
  /** They were there, and are as they were: `checkTables` says whether they are as they should be. */
  readonly existing: readonly string[];
}

const WAIT_SECONDS_MAX = 300;
const WAIT_SECONDS_MIN = 0.1;
const BACKUP_ATTEMPTS = 30;
const BACKUP_WAIT_MS = 2_000;

/**
 * Makes the tables that are missing, on-demand, and begins the store in them. The same call again changes nothing.
 *
 * @throws `store.format_newer`, `store.format_older`, `store.unavailable`, `store.timeout`, `store.throttled`
 */
export async function createTables(options: CreateTablesOptions = {}): Promise<CreateTablesReport> {
  const { client, tablePrefix, name, close } = await connect(options);
  try {
    const made = await Promise.all(
      TABLES.map(async (table) => {
        const isNew = await createTable(client, tableDefinition(tablePrefix, table, options));
        if (isNew && options.pointInTimeRecovery !== false) await keepBackups(client, tableName(tablePrefix, table));
        return { table: tableName(tablePrefix, table), isNew };
      }),
    );
    const requests = new Requests(client, tablePrefix, new RequestRetries(DEFAULT_REQUEST_RETRY_POLICY, true));
    await settleFormat(requests, name, options.shards ?? DEFAULT_SHARDS);
    const namesOf = (isNew: boolean) => made.filter((one) => one.isNew === isNew).map(({ table }) => table);
    return { created: namesOf(true), existing: namesOf(false) };
  } catch (error) {
    throw toStoreError(error, name);
  } finally {
    close();
  }
}

/** A table as DynamoDB is asked for it. */
export function tableDefinition(
  tablePrefix: string,
  table: Table,
  { deletionProtection = true, stream = true }: TableProtection = {},
): CreateTableCommandInput {
  const isIndexed = table === STATE_INDEX.table;
  return {
    TableName: tableName(tablePrefix, table),
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', ...(isIndexed ? [STATE_INDEX.pk, STATE_INDEX.sk] : [])].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    KeySchema: keySchema('pk', 'sk'),
    ...(isIndexed && {
      GlobalSecondaryIndexes: [
        {
          IndexName: STATE_INDEX.name,
          KeySchema: keySchema(STATE_INDEX.pk, STATE_INDEX.sk),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
    DeletionProtectionEnabled: deletionProtection,
    ...(stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: STREAM_VIEW } }),
  };
}

function keySchema(pk: string, sk: string): NonNullable<CreateTableCommandInput['KeySchema']> {
  return [
    { AttributeName: pk, KeyType: 'HASH' },
    { AttributeName: sk, KeyType: 'RANGE' },
  ];
}

async function createTable(client: DynamoDBClient, definition: CreateTableCommandInput): Promise<boolean> {
  const isNew = await client.send(new CreateTableCommand(definition)).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ResourceInUseException) return false;
      throw error;
    },
  );
  const waiting = { client, maxWaitTime: WAIT_SECONDS_MAX, minDelay: WAIT_SECONDS_MIN, maxDelay: 5 };
  await waitUntilTableExists(waiting, { TableName: definition.TableName });
  return isNew;
}

/** A table that has just been made may not know of backups yet. */
async function keepBackups(client: DynamoDBClient, table: string): Promise<void> {
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(new UpdateContinuousBackupsCommand({ TableName: table, PointInTimeRecoverySpecification }));
      return;
    } catch (error) {
      if (!(error instanceof ContinuousBackupsUnavailableException) || attempt === BACKUP_ATTEMPTS) throw error;
      await sleep(BACKUP_WAIT_MS);
    }
  }
}
