import type { CancellationReason, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { HeadState } from '../../domain/records.ts';
import type { CommitChange, CommitOutcome, HeadChange, InsertChange, InsertOutcome } from '../../ports/store.ts';
import type { BatchReader } from './batch-reader.ts';
import { type Condition, IF_ABSENT, ifCounterIs, ifEqual } from './condition.ts';
import { type Item, keyAttributes, ofNumber } from './item.ts';
import { headAttributes, manifestAttributes, rawDataAttributes, toManifest } from './item-codec.ts';
import { collectingKeyOf, type ItemKey, itemKeyOf } from './item-key.ts';
import { directoryItem, statusItem } from './item-of.ts';
import type { Requests } from './requests.ts';
import type { Table } from './table-layout.ts';

/** The two steps that are atomic, each one transaction of one request. */
export class Transactions {
  readonly #requests: Requests;
  readonly #batches: BatchReader;
  readonly #shards: number;

  constructor(requests: Requests, batches: BatchReader, shards: number) {
    this.#requests = requests;
    this.#batches = batches;
    this.#shards = shards;
  }

  async insert({ rawData, status, expectedCounter }: InsertChange): Promise<InsertOutcome> {
    const rawDataItem = { ...keyAttributes(itemKeyOf(rawData)), ...rawDataAttributes(rawData) };
    const writes = [
      this.#put('rawdata', rawDataItem, IF_ABSENT),
      this.#put('pipeline', statusItem(status, this.#shards), ifCounterIs(expectedCounter)),
    ];
    if (expectedCounter === null) writes.push(this.#put('pipeline', directoryItem(status, this.#shards), {}));
    const { body } = rawData;
    const collecting = body.kind === 'external' ? [this.#check(collectingKeyOf(body.location), IF_ABSENT)] : [];
    const outcome = await this.#requests.transact([...writes, ...collecting]);
    if (outcome.isMade) return 'inserted';
    return outcome.failed.slice(0, writes.length).some(Boolean) ? 'conflict' : 'collecting';
  }

  async commit(change: CommitChange): Promise<CommitOutcome> {
    const { manifest, head, status } = change;
    const manifestItem = { ...keyAttributes(itemKeyOf(manifest)), ...manifestAttributes(manifest) };
    const writes = [this.#put('pipeline', manifestItem, IF_ABSENT), this.#headWrite(change, head)];
    if (status) {
      const condition = ifCounterIs(status.expectedCounter);
      writes.push(this.#put('pipeline', statusItem(status.next, this.#shards), condition));
    }
    const outcome = await this.#requests.transact(writes);
    if (outcome.isMade) return { outcome: 'committed' };
    const [manifestFailure, , statusFailure] = outcome.failed;
    const there = await this.#manifestThere(change, manifestFailure);
    if (there !== undefined) return there;
    return { outcome: statusFailure ? 'status_moved' : 'head_moved' };
  }

  #headWrite({ manifest }: CommitChange, head: HeadChange): TransactWriteItem {
    const key = itemKeyOf({ ...manifest, kind: 'head' });
    if (head.move === 'stay') return this.#check(key, ifEqual({ gcEpoch: ofNumber(head.expectedGcEpoch) }));
    return this.#put('pipeline', { ...keyAttributes(key), ...headAttributes(head.next) }, ifHeadIs(head.expected));
  }

  /** A cancelled transaction need not name all that stood in its way, and this comes before anything else. */
  async #manifestThere(
    { manifest }: CommitChange,
    failure: CancellationReason | undefined,
  ): Promise<CommitOutcome | undefined> {
    if (failure?.Item) return { outcome: 'manifest_exists', manifest: toManifest(manifest, failure.Item) };
    const [found] = await this.#batches.read([manifest]);
    return found?.kind === 'manifest' ? { outcome: 'manifest_exists', manifest: found } : undefined;
  }

  #put(table: Table, item: Item, condition: Condition): TransactWriteItem {
    return {
      Put: { TableName: this.#requests.tableName(table), Item: item, ...condition, ...ANSWERING_WHAT_IS_THERE },
    };
  }

  #check({ table, pk, sk }: ItemKey, condition: Condition): TransactWriteItem {
    const TableName = this.#requests.tableName(table);
    const { ConditionExpression, ...values } = condition;
    return { ConditionCheck: { TableName, Key: keyAttributes({ pk, sk }), ConditionExpression, ...values } };
  }
}

const ANSWERING_WHAT_IS_THERE = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

function ifHeadIs(expected: HeadState | null): Condition {
  if (expected === null) return IF_ABSENT;
  const { version, revision, gcEpoch } = expected;
  return ifEqual({ version: ofNumber(version), revision: ofNumber(revision), gcEpoch: ofNumber(gcEpoch) });
}
