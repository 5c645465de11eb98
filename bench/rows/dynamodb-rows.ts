/**
 * The runtime over DynamoDB against the bare SDK that makes the very same requests: processor time of the client, because
 * the server is somebody else's; and how many requests an operation takes, against the access-pattern table. DynamoDB
 * Local answers both.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTables, openDynamoDbStore } from '../../src/adapters/dynamodb/index.ts';
import { createObjectRegistry } from '../../src/adapters/memory/contract-objects.ts';
import { createRuntime } from '../../src/flows/runtime/create-runtime.ts';
import { dynamodb } from '../../test/support/services/dynamodb/dynamodb.ts';
import { startService } from '../../test/support/services/start-service.ts';
import { type Load, OPERATIONS, type Operation } from '../dynamodb/operations.ts';
import { isRead, type RecordedRequest, recordRequests, requestsFor, sendAll } from '../dynamodb/recorded-requests.ts';
import { runContest, timeItems } from '../measure/contest.ts';
import { type BenchGroup, type BenchReport, type BenchRow, type BenchSettings, judge } from '../report/bench-row.ts';

export const DYNAMODB_ROWS: BenchGroup = { id: 'dynamodb', isSlow: true, run: benchDynamoDb };

const TARGET = 1.3;
const CONCURRENCY = 16;
const UNPROTECTED = { pointInTimeRecovery: false, deletionProtection: false, stream: false } as const;

/** Enough to see that each document takes as many; another would add nothing but time. */
const COUNTED_DOCUMENTS = 5;

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

async function measure(endpoint: string, sizes: Sizes): Promise<BenchReport> {
  const rows: BenchRow[] = [];
  for (const operation of OPERATIONS) {
    rows.push(await timeOperation(endpoint, operation, sizes));
    rows.push(await countOperation(endpoint, operation));
  }
  return { rows, notes: [] };
}

async function timeOperation(endpoint: string, operation: Operation, sizes: Sizes): Promise<BenchRow> {
  const load = { documents: operation.documents ?? sizes.documents, concurrency: CONCURRENCY };
  const recorded = await recordOperation(endpoint, operation, load);
  // Its spread is that of the wall, where the server's part of the time is.
  const { processorOurs, processorReference, processorRatio } = await runContest({
    ours: async () => {
      const { runtime } = await prepared(endpoint, operation, load);
      const timing = await timeItems(load.documents, () => operation.work(runtime, load));
      await runtime.close();
      return timing;
    },
    reference: async () => {
      const { client, prefix, runtime } = await prepared(endpoint, operation, load);
      const requests = requestsFor(recorded.requests, [recorded.prefix, prefix]);
      const timing = await timeItems(load.documents, () => sendAll(client, requests, CONCURRENCY));
      await runtime.close();
      return timing;
    },
    rounds: sizes.rounds,
    warmUpRounds: 1,
  });
  return judge({
    id: operation.id,
    title: `${operation.title}, ${CONCURRENCY} at a time: processor time of the client`,
    against: 'the same requests by the bare SDK, as many at a time',
    unit: 'µs',
    ours: processorOurs,
    reference: processorReference,
    ratio: processorRatio,
    target: TARGET,
  });
}

/** One call at a time, because those that are under way together share their reads. */
async function countOperation(endpoint: string, operation: Operation): Promise<BenchRow> {
  const load = { documents: operation.documents ?? COUNTED_DOCUMENTS, concurrency: 1 };
  const { requests } = await recordOperation(endpoint, operation, load);
  const { counted, expected } = operation.requests;
  const counting = requests.filter((request) => counted === 'all' || !isRead(request));
  const row = judge({
    id: `${operation.id}-requests`,
    title: `${operation.title}: ${counted === 'all' ? 'requests' : 'requests that write'}`,
    against: 'what the access-pattern table says, exactly',
    unit: 'requests',
    ours: counting.length / load.documents,
    reference: expected,
    target: 1,
  });
  // Fewer than the table says is as wrong a table.
  return { ...row, ok: row.ours === row.reference };
}

async function recordOperation(endpoint: string, operation: Operation, load: Load) {
  const { client, prefix, runtime } = await prepared(endpoint, operation, load);
  const requests: RecordedRequest[] = recordRequests(client);
  await operation.work(runtime, load);
  await runtime.close();
  return { prefix, requests };
}

/** A runtime over tables of its own, which hold what the operation begins with. */
async function prepared(endpoint: string, { contracts, prepare }: Operation, load: Load) {
  const prefix = `bench-${randomUUID()}-`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    maxAttempts: 1,
  });
  await createTables({ client, tablePrefix: prefix, ...UNPROTECTED });
  const store = await openDynamoDbStore({ client, tablePrefix: prefix });
  const runtime = createRuntime({ store, registry: createObjectRegistry(contracts), cache: { maxBytes: 0 } });
  await prepare(runtime, load);
  return { client, prefix, runtime };
}
