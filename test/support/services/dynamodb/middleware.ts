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
