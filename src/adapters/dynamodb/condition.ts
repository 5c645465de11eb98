import type { Update } from '@aws-sdk/client-dynamodb';
import { type Item, ofNumber } from './item.ts';

/** A condition under which an item is written, with the values that it compares. */
export type Condition = Pick<Update, 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>;

export const IF_ABSENT: Condition = { ConditionExpression: 'attribute_not_exists(pk)' };

/** An item that is changed by compare-and-set has a counter; `null`: there must be none. */
export function ifCounterIs(expected: number | null): Condition {
  if (expected === null) return IF_ABSENT;
  return ifEqual({ counter: ofNumber(expected) });
}

/** The item is there, and each attribute is what it is given as. */
export function ifEqual(attributes: Item): Condition {
  const names = Object.keys(attributes);
  return {
    ConditionExpression: names.map((name) => `#${name} = :${name}`).join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`:${name}`, value]),
    ),
  };
}
