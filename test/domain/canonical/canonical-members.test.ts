/** Part of an object, cut from its canonical bytes: byte for byte what writing that part would give. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutMembers } from '../../../src/domain/canonical/canonical-members.ts';
import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import { canonicalRawData } from '../../../src/domain/canonical/hash.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { parseJson } from '../../../src/domain/canonical/parse-json.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { jsonValue, memberName } from './json-arbitraries.ts';

const SCHEMA = { id: 'product', version: '1.0.0' };

const storedValue = jsonValue.filter(isTaken);
const entries = fc.uniqueArray(fc.tuple(memberName, storedValue), { selector: ([name]) => name, maxLength: 8 });

describe('cutMembers', () => {
  it('gives the canonical bytes of the object that holds just those members', () => {
    fc.assert(
      fc.property(
        entries,
        fc.array(memberName, { maxLength: 4 }),
        fc.infiniteStream(fc.boolean()),
        (all, more, coin) => {
          const object = Object.fromEntries(all) as JsonObject;
          const taken = all.filter(() => coin.next().value === true);
          const wanted = [...new Set([...taken.map(([name]) => name), ...more])].sort();
          const there = all.filter(([name]) => wanted.includes(name));
          expect(cutFrom(object, wanted)).toBe(canonicalText(Object.fromEntries(there)));
        },
      ),
      { numRuns: lawRuns },
    );
  });

  it.each([
    { what: 'a member that is not there', from: { b: 1 }, wanted: ['a', 'b'], cut: '{"b":1}' },
    { what: 'none of the members', from: { b: 1 }, wanted: [], cut: '{}' },
    { what: 'all members', from: { b: [1, { c: 2 }], a: 'x' }, wanted: ['a', 'b'], cut: '{"a":"x","b":[1,{"c":2}]}' },
    { what: 'members of nothing', from: {}, wanted: ['a'], cut: '{}' },
    {
      what: 'an order in which UTF-16 and UTF-8 differ',
      from: { '\ufb33': 1, '😀': 2 },
      wanted: ['😀'],
      cut: '{"😀":2}',
    },
  ])('takes $what', ({ from, wanted, cut }) => {
    expect(cutFrom(from, wanted)).toBe(cut);
  });

  it('is not misled by what was written before or since', () => {
    const small = canonicalRawData({ a: 1 }, SCHEMA).members;
    const empty = canonicalRawData({}, SCHEMA).members;
    canonicalRawData({ a: 'longer', b: 'and', c: 'more' }, SCHEMA);
    expect(textOf(cutMembers(small, ['a', 'b', 'c']))).toBe('{"a":1}');
    expect(textOf(cutMembers(empty, ['a', 'b', 'c']))).toBe('{}');
  });

  it('gives bytes of its own', () => {
    const { bytes, members } = canonicalRawData({ a: 1, b: 2 }, SCHEMA);
    cutMembers(members, ['b']).fill(0);
    expect(textOf(bytes)).toBe('{"a":1,"b":2}');
    expect(textOf(cutMembers(members, ['b']))).toBe('{"b":2}');
  });
});

/** RawData takes no integer that is not safe. */
function isTaken(value: unknown): boolean {
  try {
    canonicalRawData({ value }, SCHEMA);
    return true;
  } catch (error) {
    if (isSlicewiseError(error)) return false;
    throw error;
  }
}

/** By way of text, as RawData comes in. */
function cutFrom(object: JsonObject, wanted: readonly string[]): string {
  const { members } = canonicalRawData(parseJson(canonicalText(object)), SCHEMA, 'made');
  return textOf(cutMembers(members, wanted));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
