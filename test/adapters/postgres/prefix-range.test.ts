import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfPrefix } from '../../../src/adapters/postgres/prefix-range.ts';
import { compareUtf8 } from '../../../src/domain/canonical/key-order.ts';

describe('the end of a prefix', () => {
  it.each([
    ['', null],
    ['a', 'b'],
    ['a\u007f', 'a\u0080'],
    ['\ud7ff', '\ue000'],
    ['a\u{10ffff}', 'b'],
    ['\u{10ffff}', null],
    ['🧀', '🧁'],
  ])('%j is %j', (prefix, end) => {
    expect(endOfPrefix(prefix)).toBe(end);
  });

  it('lies behind all that begin so, and before or at all that come behind those', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    fc.assert(
      fc.property(text, text, (prefix, other) => {
        const end = endOfPrefix(prefix);
        const isBefore = end === null || compareUtf8(other, end) < 0;
        expect(other.startsWith(prefix)).toBe(compareUtf8(other, prefix) >= 0 && isBefore);
        expect(endOfPrefix(prefix + other) === null || end === null || compareUtf8(prefix + other, end) < 0).toBe(true);
      }),
    );
  });
});
