import {
  contentHashOf,
  type HintRecord,
  type IndexStateRecord,
  type SliceRecord,
  type StatusRecord,
} from '../../domain/records.ts';
import type { OnceRecord, PutOnceOutcome, RecordOf } from '../../ports/store.ts';
import { storeRecordRefused } from '../../ports/store-errors.ts';
import { type Condition, IF_ABSENT, ifCounterIs, ifEqual } from './condition.ts';
import { inParallel } from './in-parallel.ts';
import { type Item, keyAttributes, numberIn, ofNumber } from './item.ts';
import { hintAttributes, indexStateAttributes, toRecord } from './item-codec.ts';
import { hintKeyOf, type ItemKey, itemKeyOf } from './item-key.ts';
import { onceItem, statusItem } from './item-of.ts';
import type { Requests } from './requests.ts';

/** Canonical bytes (design: large payloads); the rest of the item keeps it below DynamoDB's 400 KB. */
export const SLICE_BYTES_MAX = 350 * 1024;

const REQUESTS_AT_ONCE = 16;

/** Writes single items, each by one conditional write and no read before it. */
export class RecordWriter {
  readonly #requests: Requests;
  readonly #store: string;
  readonly #shards: number;

  constructor(requests: Requests, store: string, shards: number) {
    this.#requests = requests;
    this.#store = store;
    this.#shards = shards;
  }

  async putOnce(records: readonly OnceRecord[]): Promise<readonly PutOnceOutcome[]> {
    for (const record of records) if (record.kind === 'slice') this.#refuseTooLarge(record);
    return this.#eachInPlace(records, itemKeyOf, (record) => this.#putOne(record));
  }

  async putHints(hints: readonly HintRecord[]): Promise<void> {
    await this.#eachInPlace(hints, hintKeyOf, (hint) => this.#putHint(hint));
  }

  async deleteHint(hint: HintRecord): Promise<'deleted' | 'kept'> {
    const { version, revision } = hint;
    const { isMade } = await this.#requests.delete({
      Table: 'slice_inverted_index',
      Key: keyAttributes(hintKeyOf(hint)),
      ...ifEqual({ version: ofNumber(version), revision: ofNumber(revision) }),
    });
    return isMade ? 'deleted' : 'kept';
  }

  async updateStatus(next: StatusRecord, expectedCounter: number): Promise<'updated' | 'conflict'> {
    return this.#replace(itemKeyOf(next), statusItem(next, this.#shards), ifCounterIs(expectedCounter));
  }

  async updateIndexState(next: IndexStateRecord, expectedCounter: number | null): Promise<'updated' | 'conflict'> {
    const key = itemKeyOf(next);
    return this.#replace(key, { ...keyAttributes(key), ...indexStateAttributes(next) }, ifCounterIs(expectedCounter));
  }

  async #replace({ table }: ItemKey, item: Item, condition: Condition): Promise<'updated' | 'conflict'> {
    const { isMade } = await this.#requests.put({ Table: table, Item: item, ...condition });
    return isMade ? 'updated' : 'conflict';
  }

  async #putOne(record: OnceRecord): Promise<PutOnceOutcome> {
    const item = onceItem(record);
    const { table } = itemKeyOf(record);
    for (;;) {
      const put = await this.#requests.put({ Table: table, Item: item, ...IF_ABSENT });
      if (put.isMade) return { outcome: 'stored' };
      if (put.there === undefined) throw new Error(`expected what lies in the way of a ${record.kind}, found nothing`);
      // What lies under a key is of the key's kind.
      const there = toRecord(record, put.there) as RecordOf<typeof record>;
      const exists = { outcome: 'exists', contentHash: contentHashOf(there) } as const;
      if (record.kind !== 'slice') return exists;
      const settled = await this.#settleSlice(record, put.there);
      if (settled !== 'put again') return settled === 'restored' ? { outcome: 'stored' } : exists;
    }
  }

  /**
   * What becomes of a slice that is there: a higher epoch raises its own, and gives it its content again where that was
   * erased. One that a collection has deleted meanwhile, or an erasure has emptied, has to be put again.
   */
  async #settleSlice(slice: SliceRecord, there: Item): Promise<'kept' | 'restored' | 'put again'> {
    if (numberIn(there, 'gcEpoch') >= slice.gcEpoch) return 'kept';
    const ExpressionAttributeValues = { ':epoch': ofNumber(slice.gcEpoch) };
    if (there['erased'] !== undefined) {
      const condition = 'attribute_exists(erased) AND gcEpoch < :epoch';
      const Item = onceItem(slice);
      const put = { Table: 'slices', Item, ConditionExpression: condition, ExpressionAttributeValues } as const;
      return (await this.#requests.put(put)).isMade ? 'restored' : 'put again';
    }
    const raise = await this.#requests.update({
      Table: 'slices',
      Key: keyAttributes(itemKeyOf(slice)),
      UpdateExpression: 'SET gcEpoch = :epoch',
      ConditionExpression: 'attribute_not_exists(erased) AND gcEpoch < :epoch',
      ExpressionAttributeValues,
    });
    return raise.isMade ? 'kept' : 'put again';
  }

  async #putHint(hint: HintRecord): Promise<void> {
    await this.#requests.put({
      Table: 'slice_inverted_index',
      Item: { ...keyAttributes(hintKeyOf(hint)), ...hintAttributes(hint) },
      ConditionExpression:
        'attribute_not_exists(pk) OR version < :version OR (version = :version AND revision < :revision)',
      ExpressionAttributeValues: { ':version': ofNumber(hint.version), ':revision': ofNumber(hint.revision) },
    });
  }

  /** In parallel, but those under one key one after the other: which of them is first decides. */
  async #eachInPlace<Record, Outcome>(
    records: readonly Record[],
    placeOf: (record: Record) => ItemKey,
    write: (record: Record) => Promise<Outcome>,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const places = Map.groupBy(records.entries(), ([, record]) => {
      const { table, pk, sk } = placeOf(record);
      return JSON.stringify([table, pk, sk]);
    });
    await inParallel([...places.values()], REQUESTS_AT_ONCE, async (sharing) => {
      for (const [index, record] of sharing) outcomes[index] = await write(record);
    });
    return outcomes;
  }

  #refuseTooLarge({ entityKey, sliceType, payload }: SliceRecord): void {
    if (payload === null) return;
    const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
    if (bytes <= SLICE_BYTES_MAX) return;
    throw storeRecordRefused({
      store: this.#store,
      found: `slice ${sliceType} of ${entityKey} with ${bytes} bytes, over ${SLICE_BYTES_MAX}`,
      advice: 'Let the rule set divide it into several slice types.',
    });
  }
}
