import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  type CancellationReason,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { cancellationOf } from './dynamodb-errors.ts';
import type { Item } from './item.ts';
import type { RequestRetries } from './request-retries.ts';
import { type Table, tableName } from './table-layout.ts';

type WithTable<Input extends { TableName: unknown }> = Omit<Input, 'TableName'> & { readonly Table: Table };

/** Whether a conditional write was made, and what lay there where it was not. */
export type WriteOutcome = { readonly isMade: true } | { readonly isMade: false; readonly there: Item | undefined };

/** The same of a transaction: why each of its writes kept it from being made, `undefined` for those that did not. */
export type TransactionOutcome =
  | { readonly isMade: true }
  | { readonly isMade: false; readonly failed: readonly (CancellationReason | undefined)[] };

/** Keys to get, or items that were got, table by table. */
export type ByTable = ReadonlyMap<string, readonly Item[]>;

export interface BatchAnswer {
  readonly found: ByTable;
  /** What DynamoDB left for another request. */
  readonly unprocessed: ByTable;
}

export interface QueryAnswer {
  readonly items: readonly Item[];
  /** Where the next request goes on; `undefined` at the end of the range. */
  readonly lastKey: Item | undefined;
}

const CONDITION_FAILED = 'ConditionalCheckFailed';
const ANSWERING_WHAT_IS_THERE = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

/** The requests that a store makes, each repeated where it was turned away. */
export class Requests {
  readonly #client: DynamoDBClient;
  readonly #prefix: string;
  readonly retries: RequestRetries;

  constructor(client: DynamoDBClient, tablePrefix: string, retries: RequestRetries) {
    this.#client = client;
    this.#prefix = tablePrefix;
    this.retries = retries;
  }

  tableName(table: Table): string {
    return tableName(this.#prefix, table);
  }

  put({ Table, ...input }: WithTable<PutItemCommandInput>): Promise<WriteOutcome> {
    const command = { ...input, ...ANSWERING_WHAT_IS_THERE, TableName: this.tableName(Table) };
    return this.#writeIf(() => this.#client.send(new PutItemCommand(command)));
  }

  update({ Table, ...input }: WithTable<UpdateItemCommandInput>): Promise<WriteOutcome> {
    const command = { ...input, ...ANSWERING_WHAT_IS_THERE, TableName: this.tableName(Table) };
    return this.#writeIf(() => this.#client.send(new UpdateItemCommand(command)));
  }

  delete({ Table, ...input }: WithTable<DeleteItemCommandInput>): Promise<WriteOutcome> {
    const command = { ...input, TableName: this.tableName(Table) };
    return this.#writeIf(() => this.#client.send(new DeleteItemCommand(command)));
  }

  /** All of the writes or none. Its token lets a transaction that is sent again, its answer lost, be the same one. */
  async transact(writes: readonly TransactWriteItem[]): Promise<TransactionOutcome> {
    const input = { TransactItems: [...writes], ClientRequestToken: randomUUID() };
    try {
      await this.retries.request(() => this.#client.send(new TransactWriteItemsCommand(input)));
      return { isMade: true };
    } catch (error) {
      const reasons = cancellationOf(error);
      const failed = reasons?.map((reason) => (reason.Code === CONDITION_FAILED ? reason : undefined));
      if (!failed?.some((reason) => reason !== undefined)) throw error;
      return { isMade: false, failed };
    }
  }

  async query({ Table, ...input }: WithTable<QueryCommandInput>): Promise<QueryAnswer> {
    const command = { ...input, TableName: this.tableName(Table) };
    const answer = await this.retries.request(() => this.#client.send(new QueryCommand(command)));
    return { items: answer.Items ?? [], lastKey: answer.LastEvaluatedKey };
  }

  /** Up to 100 keys, each once; strongly consistent. */
  async batchGet(keys: ByTable): Promise<BatchAnswer> {
    const RequestItems = Object.fromEntries(
      [...keys].map(([table, asked]) => [table, { Keys: [...asked], ConsistentRead: true }]),
    );
    const answer = await this.retries.request(() => this.#client.send(new BatchGetItemCommand({ RequestItems })));
    return {
      found: new Map(Object.entries(answer.Responses ?? {})),
      unprocessed: new Map(
        Object.entries(answer.UnprocessedKeys ?? {}).map(([table, { Keys }]) => [table, Keys ?? []]),
      ),
    };
  }

  async #writeIf(send: () => Promise<unknown>): Promise<WriteOutcome> {
    try {
      await this.retries.request(send);
      return { isMade: true };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { isMade: false, there: error.Item };
    }
  }
}
