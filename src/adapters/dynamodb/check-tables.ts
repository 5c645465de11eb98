import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { connect, type DynamoDbAccess } from './connect.ts';
import type { TableProtection } from './create-tables.ts';
import { toStoreError } from './dynamodb-errors.ts';
import { STATE_INDEX, STREAM_VIEW, TABLES, type Table, tableName } from './table-layout.ts';

export type TableSetting =
  | 'table'
  | 'keys'
  | 'state-index'
  | 'deletion-protection'
  | 'point-in-time-recovery'
  | 'stream';

/** One thing about a table that is not as `createTables` makes it. */
export interface TableFinding {
  /** Its whole name. */
  readonly table: string;
  readonly setting: TableSetting;
  readonly expected: string;
  readonly found: string;
}

/** A protection that is switched off here is not looked at. */
export interface CheckTablesOptions extends DynamoDbAccess, TableProtection {}

/**
 * Says what is missing or differs from what `createTables` makes; nothing where all is well. Changes nothing. Capacity is
 * yours to choose, so it is not looked at.
 *
 * @throws `store.unavailable`, `store.timeout`, `store.throttled`
 */
export async function checkTables(options: CheckTablesOptions = {}): Promise<readonly TableFinding[]> {
  const { client, tablePrefix, name: store, close } = await connect(options);
  try {
    const findings = await Promise.all(
      TABLES.map(async (table) => {
        const expected = expectedOf(table, options);
        const name = tableName(tablePrefix, table);
        return differencesOf(name, expected, await lookAt(client, name, expected));
      }),
    );
    return findings.flat();
  } catch (error) {
    throw toStoreError(error, store);
  } finally {
    close();
  }
}

type Settings = ReadonlyMap<TableSetting, string>;

const THERE = 'one that is ready';
const NONE = 'none';
const ON = 'on';
const OFF = 'off';

function differencesOf(table: string, expected: Settings, found: Settings): readonly TableFinding[] {
  const isThere = found.get('table') === THERE;
  return [...expected]
    .filter(([setting]) => isThere || setting === 'table')
    .map(([setting, value]) => ({ table, setting, expected: value, found: found.get(setting) ?? NONE }))
    .filter((finding) => finding.expected !== finding.found);
}

function expectedOf(table: Table, protection: TableProtection): Settings {
  const { pointInTimeRecovery = true, deletionProtection = true, stream = true } = protection;
  const settings: (readonly [TableSetting, string])[] = [
    ['table', THERE],
    ['keys', describeKeys('pk', 'sk')],
  ];
  if (table === STATE_INDEX.table) settings.push(['state-index', describeKeys(STATE_INDEX.pk, STATE_INDEX.sk)]);
  if (deletionProtection) settings.push(['deletion-protection', ON]);
  if (pointInTimeRecovery) settings.push(['point-in-time-recovery', ON]);
  if (stream) settings.push(['stream', STREAM_VIEW]);
  return new Map(settings);
}

async function lookAt(client: DynamoDBClient, table: string, expected: Settings): Promise<Settings> {
  const description = await describeTable(client, table);
  if (description === undefined) return new Map([['table', NONE]]);
  const { TableStatus, KeySchema, GlobalSecondaryIndexes, DeletionProtectionEnabled, StreamSpecification } =
    description;
  const index = GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === STATE_INDEX.name);
  return new Map<TableSetting, string>([
    // One that is just being changed can be read and written.
    ['table', TableStatus === 'ACTIVE' || TableStatus === 'UPDATING' ? THERE : `one that is ${TableStatus}`],
    ['keys', keysOf(KeySchema)],
    ['state-index', keysOf(index?.KeySchema)],
    ['deletion-protection', DeletionProtectionEnabled ? ON : OFF],
    // Another request, which DynamoDB Local does not know.
    ['point-in-time-recovery', expected.has('point-in-time-recovery') ? await lookAtBackups(client, table) : NONE],
    ['stream', StreamSpecification?.StreamEnabled ? (StreamSpecification.StreamViewType ?? NONE) : NONE],
  ]);
}

async function describeTable(client: DynamoDBClient, table: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: table }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function lookAtBackups(client: DynamoDBClient, table: string): Promise<string> {
  const answer = await client.send(new DescribeContinuousBackupsCommand({ TableName: table }));
  const recovery = answer.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  return recovery?.PointInTimeRecoveryStatus === 'ENABLED' ? ON : OFF;
}

function keysOf(schema: readonly KeySchemaElement[] | undefined): string {
  return schema === undefined ? NONE : describeKeys(...schema.map(({ AttributeName = NONE }) => AttributeName));
}

function describeKeys(...names: readonly string[]): string {
  return names.join(', ');
}
