import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ItemKey } from './item-key.ts';

/**
 * Items in DynamoDB's own form: the SDK's document client would turn each value twice, and what is large here are
 * bytes, which have one form (ADR 0036).
 */
export type Item = Record<string, AttributeValue>;

/** What lies in the store is not what was written. */
export class DamagedItem extends Error {
  override readonly name = 'DamagedItem';
}

export const ofText = (value: string): AttributeValue => ({ S: value });
export const ofNumber = (value: number): AttributeValue => ({ N: String(value) });
export const ofFlag = (value: boolean): AttributeValue => ({ BOOL: value });
export const ofBytes = (value: Uint8Array): AttributeValue => ({ B: value });

export function keyAttributes({ pk, sk }: Pick<ItemKey, 'pk' | 'sk'>): Item {
  return { pk: ofText(pk), sk: ofText(sk) };
}

export function textIn(item: Item, name: string): string {
  return optionalTextIn(item, name) ?? damaged(item, name);
}

export function optionalTextIn(item: Item, name: string): string | undefined {
  return item[name]?.S;
}

export function numberIn(item: Item, name: string): number {
  return Number(item[name]?.N ?? damaged(item, name));
}

export function flagIn(item: Item, name: string): boolean {
  return item[name]?.BOOL ?? damaged(item, name);
}

export function bytesIn(item: Item, name: string): Uint8Array {
  return item[name]?.B ?? damaged(item, name);
}

function damaged(item: Item, name: string): never {
  throw new DamagedItem(`item ${item['pk']?.S} / ${item['sk']?.S} without a readable ${name}`);
}
