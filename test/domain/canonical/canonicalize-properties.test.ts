import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalRawDataBytes, canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import { parseJson } from '../../../src/domain/canonical/parse-json.ts';
import { hasCode } from '../../../src/domain/errors.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { finiteNumber, hardText, jsonValue, memberName, unitText } from './json-arbitraries.ts';

const runs = { numRuns: lawRuns };

describe('canonical JSON', () => {
  it('has the bytes that the canonicalize package writes', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(Buffer.from(canonicalBytes(value)).toString('hex')).toBe(
          Buffer.from(canonicalize(value) ?? '', 'utf8').toString('hex'),
        );
      }),
      runs,
    );
  });

  it('reads back as the value that was written, and is then written alike', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const bytes = canonicalBytes(value);
        const again = parseJson(bytes);
        // Through JSON, which knows no -0.
        expect(again).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalBytes(again)).toEqual(bytes);
      }),
      runs,
    );
  });

  it('does not depend on the order of members', () => {
    const shuffled = fc
      .uniqueArray(fc.tuple(memberName, jsonValue), { selector: ([name]) => name, maxLength: 40 })
      .chain((entries) => fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })));
    fc.assert(
      fc.property(shuffled, ([entries, others]) => {
        expect(canonicalText(Object.fromEntries(others))).toBe(canonicalText(Object.fromEntries(entries)));
      }),
      runs,
    );
  });

  it('remembers the order of many shapes without mixing them up', () => {
    const names = ['alpha', 'bravo', 'gamma', 'delta', 'omega', 'sigma', '10', '9', 'é', 'ab'];
    const shape = fc.shuffledSubarray(names).map((some) => Object.fromEntries(some.map((name) => [name, name])));
    fc.assert(
      fc.property(fc.array(shape, { minLength: 30, maxLength: 60 }), (values) => {
        expect(values.map(canonicalText)).toEqual(values.map((value) => canonicalize(value)));
      }),
      runs,
    );
  });

  it('writes numbers as ECMAScript does', () => {
    fc.assert(
      fc.property(finiteNumber, (number) => {
        expect(canonicalText(number)).toBe(String(number));
      }),
      { numRuns: lawRuns * 10 },
    );
  });

  it('escapes texts as JSON.stringify does', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        expect(canonicalText(text)).toBe(JSON.stringify(text));
      }),
      { numRuns: lawRuns * 3 },
    );
  });

  it('takes a text or a name exactly if it is well-formed', () => {
    const isRefused = (value: unknown): boolean => {
      try {
        canonicalBytes(value);
        return false;
      } catch (error) {
        return hasCode(error, 'canonical.lone_surrogate');
      }
    };
    fc.assert(
      fc.property(unitText, (text) => {
        expect([isRefused(text), isRefused({ [text]: 1 })]).toEqual([!text.isWellFormed(), !text.isWellFormed()]);
      }),
      runs,
    );
  });

  it('as RawData refuses exactly the numbers that are plain digits beyond the safe integers', () => {
    fc.assert(
      fc.property(finiteNumber, (number) => {
        const isUnsafe = /^-?[0-9]+$/.test(String(number)) && !Number.isSafeInteger(number);
        const write = () => canonicalRawDataBytes({ number });
        if (isUnsafe) expect(write).toThrow(expect.objectContaining({ code: 'canonical.unsafe_integer' }));
        else expect(write()).toEqual(canonicalBytes({ number }));
      }),
      runs,
    );
  });
});
