import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8, sortedUniqueUtf8, sortUtf8 } from '../../../src/domain/canonical/key-order.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { hardText } from './json-arbitraries.ts';

const runs = { numRuns: lawRuns };

/** Pairs that often share a beginning, so that the difference lies somewhere inside. */
const textPair = fc
  .tuple(hardText, hardText, hardText)
  .map(([start, left, right]): [string, string] => [start + left, start + right]);

describe('compareUtf8', () => {
  it.each([
    ['', 'a'],
    ['a', 'aa'],
    ['B', 'a'],
    ['z', 'é'],
    ['\ud7ff', '\ue000'],
    ['\uffff', '😀'],
    ['\ue000', '\u{10000}'],
    ['😀', '😁'],
    ['a\uffff', 'a😀b'],
  ])('puts %j before %j', (first, second) => {
    expect(Math.sign(compareUtf8(first, second))).toBe(-1);
    expect(Math.sign(compareUtf8(second, first))).toBe(1);
    expect(compareUtf8(second, second.slice())).toBe(0);
  });

  it('is the order of the UTF-8 bytes', () => {
    fc.assert(
      fc.property(textPair, ([a, b]) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: lawRuns * 3 },
    );
  });
});

describe('sortUtf8', () => {
  it('sorts a copy', () => {
    const keys = ['😀', '\uffff', 'b', 'a', 'b'];
    expect(sortUtf8(keys)).toEqual(['a', 'b', 'b', '\uffff', '😀']);
    expect(keys[0]).toBe('😀');
  });

  it('gives the same list whatever order it is given', () => {
    fc.assert(
      fc.property(fc.array(hardText), (texts) => {
        const sorted = [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(sortUtf8(texts)).toEqual(sorted);
        expect(sortUtf8([...texts].reverse())).toEqual(sorted);
        expect(sortedUniqueUtf8(texts)).toEqual([...new Set(sorted)]);
      }),
      runs,
    );
  });

  it.each([
    ['none', [], []],
    ['one', ['a'], ['a']],
    ['sorted ones', ['a', 'b', '\uffff', '😀'], ['a', 'b', '\uffff', '😀']],
    ['sorted ones with duplicates', ['a', 'a', 'b', 'b', 'b'], ['a', 'a', 'b', 'b', 'b']],
    ['ones whose first two are out of order', ['b', 'a', 'c'], ['a', 'b', 'c']],
    ['ones whose last two are out of order', ['a', 'c', 'b'], ['a', 'b', 'c']],
    ['ones that are sorted by UTF-16 units only', ['a', '😀', '\uffff'], ['a', '\uffff', '😀']],
    ['reversed ones with duplicates', ['c', 'c', 'a', 'a'], ['a', 'a', 'c', 'c']],
  ])('sorts %s, into a list of its own', (_, texts, sorted) => {
    const given = [...texts];
    const result = sortUtf8(given);
    expect(result).toEqual(sorted);
    result.push('altered');
    expect(given).toEqual(texts);
    expect(sortedUniqueUtf8(given)).toEqual([...new Set(sorted)]);
    expect(sortUtf8(new Set(given))).toEqual([...new Set(sorted)]);
  });

  it('leaves a list that is sorted already as it is, with every duplicate', () => {
    fc.assert(
      fc.property(fc.array(hardText), (texts) => {
        const sorted = [...texts, ...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(sortUtf8(sorted)).toEqual(sorted);
        expect(sortedUniqueUtf8(sorted)).toEqual(sortedUniqueUtf8(texts));
      }),
      runs,
    );
  });
});
