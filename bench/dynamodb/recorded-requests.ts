/** What a store asks of DynamoDB, recorded in its client, so that the bare SDK can ask the same again. */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

// The store makes these, and no others; whatever was recorded of one is an input of it.
const COMMANDS = {
  BatchGetItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} as unknown as Readonly<Record<CommandName, new (input: unknown) => PutItemCommand>>;

type CommandName =
  `${'BatchGetItem' | 'DeleteItem' | 'PutItem' | 'Query' | 'TransactWriteItems' | 'UpdateItem'}Command`;

export interface RecordedRequest {
  readonly command: CommandName;
  readonly input: unknown;
}

export function isRead({ command }: RecordedRequest): boolean {
  return command === 'BatchGetItemCommand' || command === 'QueryCommand';
}

/** Remembers every request of a client from now on. */
export function recordRequests(client: DynamoDBClient): RecordedRequest[] {
  const recorded: RecordedRequest[] = [];
  client.middlewareStack.add(
    (next, context) => (request) => {
      recorded.push({ command: context['commandName'] as CommandName, input: request.input });
      return next(request);
    },
    { step: 'initialize', name: 'recordRequests' },
  );
  return recorded;
}

/** The same requests for tables of another prefix, and with tokens of their own. */
export function requestsFor(
  recorded: readonly RecordedRequest[],
  [recordedPrefix, prefix]: readonly [string, string],
): readonly RecordedRequest[] {
  return recorded.map(({ command, input }) => ({ command, input: renamed(input, recordedPrefix, prefix) }));
}

function renamed(value: unknown, from: string, to: string): unknown {
  if (typeof value === 'string') return value.startsWith(from) ? `${to}${value.slice(from.length)}` : value;
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, from, to));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'ClientRequestToken')
      .map(([name, member]) => [renamed(name, from, to), renamed(member, from, to)]),
  );
}

/**
 * Makes requests by the bare SDK: those of one entity one after the other, as they were made, and of different ones as
 * many at once as the store was given to do.
 */
export async function sendAll(
  client: DynamoDBClient,
  requests: readonly RecordedRequest[],
  concurrency: number,
): Promise<void> {
  const lanes = [...Map.groupBy(requests, laneOf).values()].values();
  const workers = Array.from({ length: concurrency }, async () => {
    for (const lane of lanes) for (const request of lane) await send(client, request);
  });
  await Promise.all(workers);
}

async function send(client: DynamoDBClient, { command, input }: RecordedRequest): Promise<void> {
  await client.send(new COMMANDS[command](input));
}

/** The entity, by the first partition that a request names. */
function laneOf(request: RecordedRequest): string {
  return /"TENANT#[^#"]*#(?:\d+#IDX#)?([^"#]*#[^"#]*)/.exec(JSON.stringify(partitionsOf(request.input)))?.[1] ?? '';
}

function partitionsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if (Array.isArray(value)) return value.flatMap(partitionsOf);
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'pk' || name === ':pk' ? [textOf(member as AttributeValue)] : partitionsOf(member),
  );
}

function textOf(value: AttributeValue): string {
  return value.S ?? '';
}
