import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A request that a client is about to send. */
export interface SentRequest {
  /** `PutItem`, `TransactWriteItems`, … */
  readonly operation: string;
  // The SDK's own inputs, of which a test knows the one that it is about.
  readonly input: Readonly<Record<string, unknown>>;
}

/** Sends the request on, answers in its stead, or throws: before it was sent, or after. */
export type Interceptor = (request: SentRequest, send: () => Promise<unknown>) => Promise<unknown>;

/** Puts `intercept` between a client and the server, where a retry of the client's own would pass again. */
export function intercept(client: DynamoDBClient, interceptor: Interceptor): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = (context.commandName ?? '').replace(/Command$/, '');
      const input = { ...(args.input as object) };
      let answer: Awaited<ReturnType<typeof next>> | undefined;
      const output = await interceptor({ operation, input }, async () => {
        answer = await next(args);
        return answer.output;
      });
      // What the interceptor answers is the request's output, its own or another.
      return { response: answer?.response, output: output as Awaited<ReturnType<typeof next>>['output'] };
    },
    { step: 'finalizeRequest', name: 'interceptor', priority: 'low' },
  );
}

/** The requests that a client sends, in their order. */
export function recordRequests(client: DynamoDBClient): SentRequest[] {
  const requests: SentRequest[] = [];
  intercept(client, (request, send) => {
    requests.push(request);
    return send();
  });
  return requests;
}

/** A request that was answered, and what it costs on on-demand tables. */
export interface MeteredRequest extends SentRequest {
  readonly units: number;
}

const READS: ReadonlySet<string> = new Set(['BatchGetItem', 'Query']);

export function isRead({ operation }: SentRequest): boolean {
  return READS.has(operation);
}

/**
 * The requests that a client sends, with the units that the server counts for them, and one for each item that it looked
 * for in vain: AWS counts those, DynamoDB Local does not.
 */
export function meterRequests(client: DynamoDBClient): MeteredRequest[] {
  const requests: MeteredRequest[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = (context.commandName ?? '').replace(/Command$/, '');
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
      const input = { ...args.input };
      // One of the SDK's own outputs, and of its input what says which keys were asked for.
      const { units, found } = countedIn(answer.output as CountedOutput);
      const misses = READS.has(operation) ? askedIn(args.input as CountedInput) - found : 0;
      requests.push({ operation, input, units: units + Math.max(0, misses) });
      return answer;
    },
    { step: 'initialize', name: 'meterRequests' },
  );
  return requests;
}

interface CountedOutput {
  readonly ConsumedCapacity?: Consumed | readonly Consumed[];
  readonly Responses?: Readonly<Record<string, readonly unknown[]>>;
  readonly Count?: number;
}

interface Consumed {
  readonly CapacityUnits?: number;
}

interface CountedInput {
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly unknown[] }>>;
}

function countedIn({ ConsumedCapacity: consumed = [], Responses: responses, Count: count = 0 }: CountedOutput) {
  const found = responses === undefined ? count : Object.values(responses).flat().length;
  const units = [consumed].flat().reduce((sum, { CapacityUnits: part = 0 }) => sum + part, 0);
  return { units, found };
}

/** A query that finds nothing costs what a key without an item does. */
function askedIn({ RequestItems: asked }: CountedInput): number {
  return asked === undefined ? 1 : Object.values(asked).flatMap(({ Keys: keys = [] }) => keys).length;
}
