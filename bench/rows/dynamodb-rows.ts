/**
 * The runtime over DynamoDB against the bare SDK that makes the very same requests: processor time of the client, because
 * the server is somebody else's, and how many requests an operation takes. DynamoDB Local answers both.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTables, openDynamoDbStore } from '../../src/adapters/dynamodb/index.ts';
import { createObjectRegistry } from '../../src/adapters/memory/contract-objects.ts';
import { createRuntime } from '../../src/flows/runtime/create-runtime.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import { dynamodb } from '../../test/support/services/dynamodb/dynamodb.ts';
import { startService } from '../../test/support/services/start-service.ts';
import { type RecordedRequest, recordRequests, requestsFor, sendAll } from '../dynamodb/recorded-requests.ts';
import { type ContestResult, runContest, timeItems } from '../measure/contest.ts';
import { type BenchGroup, type BenchReport, type BenchRow, type BenchSettings, judge } from '../report/bench-row.ts';
import { drainQuietly, warmUp } from '../subject/open-subject.ts';
import { PRODUCT_CONTRACTS, VIEW_REF } from '../subject/product-contracts.ts';
import { productLines, TENANT_ID } from '../subject/product-lines.ts';

export const DYNAMODB_ROWS: BenchGroup = { id: 'dynamodb', isSlow: true, run: benchDynamoDb };

const TARGET = 1.3;
const CONCURRENCY = 16;
const UNPROTECTED = { pointInTimeRecovery: false, deletionProtection: false, stream: false } as const;

async function benchDynamoDb({ isQuick }: BenchSettings): Promise<BenchReport> {
  const service = await startService(dynamodb);
  try {
    return await measure(service.url, { documents: isQuick ? 30 : 200, rounds: isQuick ? 1 : 5 });
  } finally {
    await service.stop();
  }
}

interface Sizes {
  readonly documents: number;
  readonly rounds: number;
}

type Work = (runtime: Runtime, documents: number) => Promise<unknown>;

interface Operation {
  readonly id: string;
  readonly title: string;
  /** What the store holds before. */
  readonly prepare: Work;
  readonly work: Work;
}

const OPERATIONS: readonly Operation[] = [
  {
    id: 'dynamodb-insert',
    title: 'insertRawdata of a 2 KB product',
    prepare: async () => undefined,
    work: (runtime, documents) => drainQuietly(runtime.batch.insertRawdata(inputsOf(documents), BATCH)),
  },
  {
    id: 'dynamodb-ingest',
    title: 'ingest of a 2 KB product with 5 slices',
    prepare: async () => undefined,
    work: ingestAll,
  },
  { id: 'dynamodb-view', title: 'view of 5 slices, caches off', prepare: ingestAll, work: viewAll },
];

const BATCH = { concurrency: CONCURRENCY } as const;

async function measure(endpoint: string, sizes: Sizes): Promise<BenchReport> {
  const rows: BenchRow[] = [];
  const notes: string[] = [];
  for (const operation of OPERATIONS) {
    const { result, requests } = await measureOperation(endpoint, operation, sizes);
    rows.push(
      judge({
        id: operation.id,
        title: `${operation.title}, ${CONCURRENCY} at a time: processor time of the client`,
        against: 'the same requests by the bare SDK, as many at a time',
        unit: 'µs',
        ...result,
        ours: result.processorOurs,
        reference: result.processorReference,
        ratio: result.processorRatio,
        target: TARGET,
      }),
    );
    notes.push(`${operation.id}, requests an operation: ${(requests.length / sizes.documents).toFixed(2)}`);
  }
  return { rows, notes };
}

async function measureOperation(endpoint: string, operation: Operation, { documents, rounds }: Sizes) {
  const recorded = await recordOperation(endpoint, operation, documents);
  const result: ContestResult = await runContest({
    ours: async () => {
      const { runtime } = await prepared(endpoint, operation, documents);
      const timing = await timeItems(documents, () => operation.work(runtime, documents));
      await runtime.close();
      return timing;
    },
    reference: async () => {
      const { client, prefix, runtime } = await prepared(endpoint, operation, documents);
      const requests = requestsFor(recorded.requests, [recorded.prefix, prefix]);
      const timing = await timeItems(documents, () => sendAll(client, requests, CONCURRENCY));
      await runtime.close();
      return timing;
    },
    rounds,
    warmUpRounds: 1,
  });
  return { result, requests: recorded.requests };
}

async function recordOperation(endpoint: string, operation: Operation, documents: number) {
  const { client, prefix, runtime } = await prepared(endpoint, operation, documents);
  const requests: RecordedRequest[] = recordRequests(client);
  await operation.work(runtime, documents);
  await runtime.close();
  return { prefix, requests };
}

/** A runtime over tables of its own, which hold what the operation begins with. */
async function prepared(endpoint: string, operation: Operation, documents: number) {
  const prefix = `bench-${randomUUID()}-`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    maxAttempts: 1,
  });
  await createTables({ client, tablePrefix: prefix, ...UNPROTECTED });
  const store = await openDynamoDbStore({ client, tablePrefix: prefix });
  const runtime = createRuntime({ store, registry: createObjectRegistry(PRODUCT_CONTRACTS), cache: { maxBytes: 0 } });
  await warmUp(runtime, productLines(1)[0]?.json ?? '');
  await operation.prepare(runtime, documents);
  return { client, prefix, runtime };
}

function inputsOf(documents: number) {
  return productLines(documents).map(({ entityKey, json }) => ({
    tenantId: TENANT_ID,
    entityKey,
    version: 1,
    payloadJson: json,
  }));
}

function ingestAll(runtime: Runtime, documents: number): Promise<unknown> {
  return drainQuietly(runtime.batch.ingest(inputsOf(documents), BATCH));
}

function viewAll(runtime: Runtime, documents: number): Promise<unknown> {
  const views = inputsOf(documents).map(({ tenantId, entityKey }) => ({ tenantId, entityKey, viewRef: VIEW_REF }));
  const waiting = views.values();
  const workers = Array.from({ length: CONCURRENCY }, async () => {
    for (const view of waiting) await runtime.queryView({ ...view, version: 'active' });
  });
  return Promise.all(workers);
}
