import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { storeForeign, storeUnavailable } from '../../ports/store-errors.ts';
import { DEFAULT_TABLE_PREFIX, isTablePrefix } from './table-layout.ts';

/** Which tables, and how to get at them. */
export interface DynamoDbAccess {
  /**
   * A client of yours, which stays yours to close. Where it retries on its own (`maxAttempts` above 1), the store does not
   * repeat what it repeats. Default: one of our own.
   */
  readonly client?: DynamoDBClient;
  /** Default: as the SDK finds it (`AWS_REGION`, the shared config file). */
  readonly region?: string;
  /** Another address than the region's, such as DynamoDB Local's or a VPC endpoint's. */
  readonly endpoint?: string;
  /** Default: as the SDK finds them. */
  readonly credentials?: NonNullable<DynamoDBClientConfig['credentials']>;
  /** What the names of the tables begin with. Default `slicewise-`. */
  readonly tablePrefix?: string;
  /**
   * How long a client of ours waits until the answer to a request begins, and then for more of it, in milliseconds, before
   * `store.timeout`. Default 10,000.
   */
  readonly requestTimeoutMs?: number;
}

export interface Connection {
  readonly client: DynamoDBClient;
  readonly tablePrefix: string;
  /** For messages; holds no secret. */
  readonly name: string;
  /** Closes a client of our own. */
  readonly close: () => void;
}

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 10_000;
// What the readers and writers of one process do at once, with room for several calls.
const SOCKETS_MAX = 100;

/** @throws `store.foreign` for a prefix that no table can have, `store.unavailable` where no region is known */
export async function connect(access: DynamoDbAccess): Promise<Connection> {
  const { tablePrefix = DEFAULT_TABLE_PREFIX } = access;
  if (!isTablePrefix(tablePrefix)) {
    throw storeForeign({
      store: 'dynamodb:',
      found: `the table prefix ${JSON.stringify(tablePrefix)}`,
      advice: 'Use up to 200 letters, digits, `_`, `.` and `-`.',
    });
  }
  const client = access.client ?? ownClient(access);
  const close = () => {
    if (access.client === undefined) client.destroy();
  };
  return { client, tablePrefix, name: `dynamodb://${await placeOf(client)}/${tablePrefix}`, close };
}

function ownClient({ region, endpoint, credentials, requestTimeoutMs = REQUEST_TIMEOUT_MS }: DynamoDbAccess) {
  return new DynamoDBClient({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    // The store repeats what is safe to repeat, and counts it.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      // The other one is over where an answer begins.
      socketTimeout: requestTimeoutMs,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
    },
  });
}

/** The host of an endpoint that was named, else the region. Of a URL no more than its host: the rest may hold secrets. */
async function placeOf({ config }: DynamoDBClient): Promise<string> {
  try {
    const endpoint = await config.endpoint?.();
    if (endpoint !== undefined)
      return endpoint.port === undefined ? endpoint.hostname : `${endpoint.hostname}:${endpoint.port}`;
    return await config.region();
  } catch (cause) {
    throw storeUnavailable({
      store: 'dynamodb:',
      found: 'no region',
      advice: 'Give `region`, or set AWS_REGION.',
      cause,
    });
  }
}
