import type { ErasableRecord, ErasureRecord, HeadRecord, SliceRecord } from '../../domain/records.ts';
import type { KeyOf, RuleSetAddress } from '../../ports/store.ts';
import { inParallel } from './in-parallel.ts';
import { type Item, keyAttributes, ofFlag, ofNumber, ofText } from './item.ts';
import { changeSetAttributes, headAttributes, manifestAttributes, rawDataAttributes } from './item-codec.ts';
import { itemKeyOf } from './item-key.ts';
import { onceItem } from './item-of.ts';
import type { Requests } from './requests.ts';

const REQUESTS_AT_ONCE = 16;

/** What collections and erasures write, each by conditional writes of single items (design: collection). */
export class CollectionWriter {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async raiseGcEpoch(address: RuleSetAddress, expected: number): Promise<'raised' | 'conflict'> {
    const { isMade } = await this.#requests.update({
      Table: 'pipeline',
      Key: keyAttributes(itemKeyOf({ ...address, kind: 'head' })),
      UpdateExpression: 'SET gcEpoch = :next',
      ConditionExpression: 'gcEpoch = :expected',
      ExpressionAttributeValues: { ':next': ofNumber(expected + 1), ':expected': ofNumber(expected) },
    });
    return isMade ? 'raised' : 'conflict';
  }

  async deleteSlice(key: KeyOf<'slice'>, belowEpoch: number): Promise<'deleted' | 'kept'> {
    const { isMade } = await this.#requests.delete({
      Table: 'slices',
      Key: keyAttributes(itemKeyOf(key)),
      ConditionExpression: 'gcEpoch < :below',
      ExpressionAttributeValues: { ':below': ofNumber(belowEpoch) },
    });
    return isMade ? 'deleted' : 'kept';
  }

  async erase(records: readonly ErasableRecord[]): Promise<void> {
    await inParallel(records, REQUESTS_AT_ONCE, (record) => this.#eraseOne(record));
  }

  async completeErasure(record: ErasureRecord): Promise<'completed' | 'kept'> {
    const { isMade } = await this.#requests.put({
      Table: 'pipeline',
      Item: onceItem(record),
      ConditionExpression: 'erasureHash = :hash AND attribute_not_exists(completed)',
      ExpressionAttributeValues: { ':hash': ofText(record.erasureHash) },
    });
    return isMade ? 'completed' : 'kept';
  }

  async #eraseOne(record: ErasableRecord): Promise<void> {
    switch (record.kind) {
      case 'raw-data':
        return this.#replace(record, rawDataAttributes(record));
      case 'change-set':
        return this.#replace(record, changeSetAttributes(record));
      case 'manifest':
        return this.#replace(record, manifestAttributes(record));
      case 'head':
        return this.#eraseHead(record);
      case 'slice':
        return this.#eraseSlice(record);
    }
  }

  async #replace(record: Exclude<ErasableRecord, HeadRecord | SliceRecord>, attributes: Item): Promise<void> {
    const key = itemKeyOf(record);
    await this.#requests.put({
      Table: key.table,
      Item: { ...keyAttributes(key), ...attributes },
      ConditionExpression: 'attribute_exists(pk)',
    });
  }

  /** All but its epoch, unless it holds another manifest by now. */
  async #eraseHead(head: HeadRecord): Promise<void> {
    const { content } = headAttributes(head);
    await this.#requests.update({
      Table: 'pipeline',
      Key: keyAttributes(itemKeyOf(head)),
      UpdateExpression: 'SET content = :content',
      ConditionExpression: 'version = :version AND revision = :revision',
      ExpressionAttributeValues: {
        ...(content && { ':content': content }),
        ':version': ofNumber(head.version),
        ':revision': ofNumber(head.revision),
      },
    });
  }

  /** An update cannot take the higher of two numbers: one of two conditions holds, or the slice is not there. */
  async #eraseSlice(slice: SliceRecord): Promise<void> {
    const raising = { expression: 'SET erased = :yes, gcEpoch = :epoch REMOVE payload', condition: 'gcEpoch < :epoch' };
    const keeping = { expression: 'SET erased = :yes REMOVE payload', condition: 'gcEpoch >= :epoch' };
    if (await this.#updateSlice(slice, raising)) return;
    // Epochs only go up, so what was not below stays so.
    await this.#updateSlice(slice, keeping);
  }

  async #updateSlice(slice: SliceRecord, change: { readonly expression: string; readonly condition: string }) {
    const { isMade } = await this.#requests.update({
      Table: 'slices',
      Key: keyAttributes(itemKeyOf(slice)),
      UpdateExpression: change.expression,
      ConditionExpression: change.condition,
      ExpressionAttributeValues: { ':yes': ofFlag(true), ':epoch': ofNumber(slice.gcEpoch) },
    });
    return isMade;
  }
}
