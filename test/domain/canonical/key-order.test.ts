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
});
