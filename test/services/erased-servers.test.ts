/** What was erased is nowhere on a server: in no table, column or object, whatever a writer left that died. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createTables, openDynamoDbStore } from '../../src/adapters/dynamodb/index.ts';
import { TABLES, tableName } from '../../src/adapters/dynamodb/table-layout.ts';
import { migratePostgres, openPostgresStore } from '../../src/adapters/postgres/index.ts';
import { createS3PayloadStore } from '../../src/adapters/s3/index.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { PayloadStore } from '../../src/ports/payload-store.ts';
import type { Store } from '../../src/ports/store.ts';
import {
  dyingAtCommitOf,
  ERASURE,
  fillPeople,
  LEFT_BEHIND,
  PERSON,
  peopleContracts,
  SECRET,
} from '../flows/runtime/erasure/erasure-bench.ts';
import { openRuntime } from '../support/runtime-fixture.ts';
import { s3ClientOf } from '../support/s3-client.ts';
import { describeService } from '../support/services/describe-service.ts';
import { freshAccess, UNPROTECTED } from '../support/services/dynamodb/empty-store.ts';
import { freshSchema, withClient } from './postgres/test-database.ts';

/** The places of a server, each with all that lies there as one text. */
type Places = ReadonlyMap<string, string>;

interface Server {
  readonly open: () => Promise<Store>;
  readonly scan: () => Promise<Places>;
}

describeService('s3', (s3Url) => {
  describeService('dynamodb', (url) => {
    it('erases from every table and object', () => eraseFrom(dynamodbAt(url), s3Url), 120_000);
  });

  describeService('postgres', (url) => {
    it('erases from every table and object', () => eraseFrom(postgresAt(url), s3Url), 120_000);
  });
});

async function eraseFrom(opening: Promise<Server>, s3Url: string): Promise<void> {
  const server = await opening;
  const client = s3ClientOf(s3Url);
  const bucket = freshSchema().replaceAll('_', '-');
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const payloadStore = createS3PayloadStore({ bucket, client });
  const secretPlaces = async () => {
    const places = [...(await server.scan()), ...(await objectsIn(client, bucket))];
    return places.filter(([, text]) => text.includes(SECRET)).map(([place]) => place);
  };
  await leavePeople(server, payloadStore);
  // RawData, ChangeSets, slices, index, an object: a scan that finds nothing later has looked where it was.
  expect(new Set(await secretPlaces()).size).toBeGreaterThanOrEqual(5);
  const runtime = openRuntime(peopleContracts(), { store: await server.open(), payloadStore });
  await runtime.collectSlices({ tenantId: PERSON.tenantId, olderThanMs: 0 });
  const { counts, followed } = await runtime.eraseEntity(ERASURE);
  expect([counts.payloads, counts.parents, followed?.outcome]).toEqual([1, 2, 'settled']);
  await runtime.close();
  expect(await secretPlaces()).toEqual([]);
  client.destroy();
}

/** As after a busy day: committed versions and copies, and what two writers left that died before their commits. */
async function leavePeople({ open }: Server, payloadStore: PayloadStore): Promise<void> {
  const runtime = openRuntime(peopleContracts(), { store: await open(), payloadStore });
  await fillPeople(runtime);
  await runtime.close();
  const dying = async (entityKey: string, work: (runtime: Runtime) => Promise<unknown>) => {
    const store = await open();
    const inner = openRuntime(peopleContracts(), { store: dyingAtCommitOf(entityKey, store), payloadStore });
    await expect(work(inner)).rejects.toThrow(entityKey);
    await store.close();
  };
  await dying(LEFT_BEHIND.entityKey, (inner) =>
    inner.ingest({ ...LEFT_BEHIND, version: 1, payload: { item: 'pen', person_id: '7' } }),
  );
  await dying(PERSON.entityKey, (inner) =>
    inner.ingest({ ...PERSON, version: 'next', payload: { name: `${SECRET} at last`, city: 'Ulm' } }),
  );
}

async function dynamodbAt(url: string): Promise<Server> {
  const access = freshAccess(url);
  await createTables({ ...access, ...UNPROTECTED });
  return {
    open: () => openDynamoDbStore(access),
    scan: async () => {
      const client = new DynamoDBClient(access);
      const places = new Map<string, string>();
      for (const table of TABLES) places.set(table, await tableText(client, tableName(access.tablePrefix, table)));
      client.destroy();
      return places;
    },
  };
}

async function tableText(client: DynamoDBClient, TableName: string): Promise<string> {
  const texts: string[] = [];
  let from: Pick<ScanCommand['input'], 'ExclusiveStartKey'> = {};
  do {
    const page = await client.send(new ScanCommand({ TableName, ConsistentRead: true, ...from }));
    texts.push(textOf(page.Items));
    from = page.LastEvaluatedKey === undefined ? {} : { ExclusiveStartKey: page.LastEvaluatedKey };
  } while (from.ExclusiveStartKey !== undefined);
  return texts.join('\n');
}

async function postgresAt(connectionString: string): Promise<Server> {
  const schema = freshSchema();
  await migratePostgres({ connectionString, schema });
  return {
    open: () => openPostgresStore({ connectionString, schema }),
    scan: () =>
      withClient(connectionString, async (client) => {
        const tables = await client.query('SELECT table_name FROM information_schema.tables WHERE table_schema = $1', [
          schema,
        ]);
        const places = new Map<string, string>();
        for (const { table_name: table } of tables.rows) {
          places.set(table, textOf((await client.query(`SELECT * FROM ${schema}.${table}`)).rows));
        }
        return places;
      }),
  };
}

async function objectsIn(client: S3Client, Bucket: string): Promise<Places> {
  const { Contents = [], IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket }));
  expect(IsTruncated).not.toBe(true);
  const places = new Map<string, string>();
  for (const { Key } of Contents) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    places.set(`object ${Key}`, `${Key} ${await Body?.transformToString()}`);
  }
  return places;
}

/** Bytes as the text that they are. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, member) => {
    if (member instanceof Uint8Array) return Buffer.from(member).toString();
    // A Buffer has made itself a list of bytes before it comes here.
    return member?.type === 'Buffer' ? Buffer.from(member.data).toString() : member;
  });
}
