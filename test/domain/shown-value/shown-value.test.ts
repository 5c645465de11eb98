import { describe, expect, it } from 'vitest';
import { quoteText, shortenText, showValue } from '../../../src/domain/shown-value.ts';

describe('a value in a message', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);

  it.each<[string, unknown, string]>([
    ['a text', 'a "b"', '"a \\"b\\""'],
    ['a long text', 'x'.repeat(81), `"${'x'.repeat(80)}…"`],
    ['a text of just the length', 'x'.repeat(80), `"${'x'.repeat(80)}"`],
    ['a number', 1.5, '1.5'],
    ['NaN', Number.NaN, 'NaN'],
    ['a boolean', false, 'false'],
    ['null', null, 'null'],
    ['nothing', undefined, 'undefined'],
    ['an array that holds itself', cyclic, 'an array'],
    ['an object', { toJSON: () => expect.fail('called'), toString: () => expect.fail('called') }, 'an object'],
    ['a bigint', 5n, 'a value of type bigint'],
    ['a symbol', Symbol('x'), 'a value of type symbol'],
    ['a function', () => {}, 'a value of type function'],
  ])('is shown short: %s', (_case, value, shown) => {
    expect(showValue(value)).toBe(shown);
  });

  it('is cut where the place allows less, or more', () => {
    expect([showValue('abc', 2), quoteText('abc', 2), shortenText('abc', 2)]).toEqual(['"ab…"', '"ab…"', 'ab…']);
    expect(shortenText('x'.repeat(100), 100)).toBe('x'.repeat(100));
  });
});
