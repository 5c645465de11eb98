/** What is known to be plain data is written without looking for anything else; what comes out is the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Origin } from '../../../src/domain/canonical/canonical-writer.ts';
import {
  canonicalRawData,
  canonicalSlice,
  hashCanonical,
  hashRaw,
  hashSlice,
} from '../../../src/domain/canonical/hash.ts';
import { parseJson } from '../../../src/domain/canonical/parse-json.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { jsonValue, memberName, unitText } from './json-arbitraries.ts';

const REF = { id: 'product-core', version: '1.3.0' };
const runs = { numRuns: lawRuns };

const WRITERS: readonly (readonly [string, (value: unknown, origin?: Origin) => unknown])[] = [
  ['canonicalRawData', (value, origin) => canonicalRawData(value, REF, origin)],
  ['canonicalSlice', (value, origin) => canonicalSlice(value, REF, origin)],
  ['hashCanonical', hashCanonical],
];

/** What JSON.parse can give beside what canonical JSON takes: lone surrogates, and numbers that ran over. */
const parsedValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 8, arbitrary: jsonValue },
    { weight: 1, arbitrary: unitText },
    { weight: 1, arbitrary: fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, -(2 ** 60)) },
    { weight: 4, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    {
      weight: 6,
      arbitrary: fc
        .array(fc.tuple(fc.oneof(memberName, memberName, memberName, unitText), tie('value')), { maxLength: 4 })
        .map((entries) => Object.fromEntries(entries)),
    },
  ),
})).value;

/** Bytes and hash, or how it is refused. */
function resultOf(write: () => unknown): unknown {
  try {
    return write();
  } catch (error) {
    if (isSlicewiseError(error)) return { refused: error.toJSON() };
    throw error;
  }
}

describe.each(WRITERS)('%s of what this package made', (_, write) => {
  it('is what it is of the same value given by a caller, or refused alike', () => {
    fc.assert(
      fc.property(parsedValue, (value) => {
        for (const payload of [value, { payload: value }]) {
          const given = resultOf(() => write(payload, 'given'));
          expect(resultOf(() => write(payload, 'made'))).toEqual(given);
          expect(resultOf(() => write(payload))).toEqual(given);
        }
      }),
      runs,
    );
  });

  it.each([
    ['__proto__ as a name', '{"b":1,"__proto__":{"c":[{"__proto__":null}]},"a":{}}'],
    ['names of what objects inherit', '{"toString":1,"constructor":{"prototype":[]},"hasOwnProperty":null}'],
    ['names like numbers', '{"10":1,"9":{"2":[],"1":[[]]},"a":0}'],
    ['lists in lists', '{"a":[[[],[[]],[1,[2,[3]]]],[]]}'],
    ['numbers of every form', '{"a":[0,-0,1.5,129.95,1e21,1e-7,-2147483648,2147483648,9007199254740991]}'],
    ['texts that need escapes', '{"\\u0000\\n":"\\"\\\\é😀"}'],
  ])('is the same with %s', (_name, text) => {
    expect(write(parseJson(text), 'made')).toEqual(write(JSON.parse(text), 'given'));
  });

  it.each<[string, unknown, string, string]>([
    ['a lone surrogate in a text', { a: ['x\ud800'] }, 'canonical.lone_surrogate', '/a/0'],
    ['a lone surrogate in a name', { a: { '\udc00': 1 } }, 'canonical.lone_surrogate', '/a/\udc00'],
    ['a number that ran over', { a: JSON.parse('1e999') }, 'canonical.not_finite', '/a'],
    ['257 levels', JSON.parse(`${'{"a":'.repeat(257)}1${'}'.repeat(257)}`), 'canonical.too_deep', '/a'.repeat(256)],
  ])('refuses %s at its place', (_name, value, code, pointer) => {
    for (const origin of ['given', 'made'] as const) {
      expect(resultOf(() => write(value, origin))).toMatchObject({ refused: { code, details: { pointer } } });
    }
  });
});

describe('RawData that this package made', () => {
  it('refuses integers that are not safe, and what is no object', () => {
    for (const origin of ['given', 'made'] as const) {
      const write = (value: unknown) => resultOf(() => canonicalRawData(value, REF, origin));
      expect(write({ id: 2 ** 53 })).toMatchObject({ refused: { code: 'canonical.unsafe_integer' } });
      for (const value of [[1], null, 'a']) {
        expect(write(value)).toMatchObject({ refused: { code: 'canonical.not_an_object' } });
      }
    }
  });

  it('has the hash that its bytes have', () => {
    fc.assert(
      fc.property(fc.dictionary(memberName, jsonValue), (payload) => {
        const slice = canonicalSlice(payload, REF, 'made');
        expect(slice.hash).toBe(hashSlice(slice.bytes, REF));
        expect(slice.hash).toBe(hashSlice(Buffer.from(slice.bytes).toString(), REF));
        const result = resultOf(() => canonicalRawData(payload, REF, 'made'));
        // Random integers may be unsafe ones.
        if (isRefused(result)) return;
        expect(result).toMatchObject({ bytes: slice.bytes, hash: hashRaw(slice.bytes, REF) });
      }),
      runs,
    );
  });
});

function isRefused(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'refused' in result;
}
