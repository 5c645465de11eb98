import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendToken,
  formatPointer,
  isPointerPrefix,
  parsePointer,
} from '../../../src/domain/canonical/json-pointer.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { memberName } from './json-arbitraries.ts';

const tokens = fc.array(fc.oneof(memberName, fc.string({ unit: fc.constantFrom('~', '/', '0', '1', 'a') })), {
  maxLength: 5,
});

describe('JSON Pointer', () => {
  it.each<[readonly (string | number)[], string]>([
    [[], ''],
    [['foo'], '/foo'],
    [['foo', 0], '/foo/0'],
    [[''], '/'],
    [['a/b'], '/a~1b'],
    [['m~n'], '/m~0n'],
    [['~1'], '/~01'],
    [['c%d', ' ', '"', '\\'], '/c%d/ /"/\\'],
  ])('writes %j as %j and reads it back', (path, pointer) => {
    expect(formatPointer(path)).toBe(pointer);
    expect(parsePointer(pointer)).toEqual(path.map(String));
  });

  it('reads back every path', () => {
    fc.assert(
      fc.property(tokens, (path) => {
        expect(parsePointer(formatPointer(path))).toEqual(path);
      }),
      { numRuns: lawRuns },
    );
  });

  it('appends one token at a time', () => {
    expect(appendToken(appendToken('', 'a/b'), 3)).toBe('/a~1b/3');
  });

  it.each(['a', 'a/b', '/~', '/a~2', '/a/b~'])('refuses %j', (pointer) => {
    expect(() => parsePointer(pointer)).toThrow(
      expect.objectContaining({ code: 'pointer.malformed', details: { pointer } }),
    );
  });
});

describe('isPointerPrefix', () => {
  it.each<[string, string, boolean]>([
    ['', '', true],
    ['', '/a', true],
    ['/a', '/a', true],
    ['/a', '/a/b', true],
    ['/a', '/ab', false],
    ['/a/b', '/a', false],
    ['/', '/a', false],
    ['/', '//a', true],
    ['/a', '/a~1b', false],
  ])('%j of %j: %j', (outer, inner, isPrefix) => {
    expect(isPointerPrefix(outer, inner)).toBe(isPrefix);
  });

  it('holds exactly if the tokens begin alike', () => {
    const few = fc.array(fc.constantFrom('a', 'ab', '', '/', '~'), { maxLength: 3 });
    fc.assert(
      fc.property(few, few, (a, b) => {
        const beginsAlike = a.every((token, index) => token === b[index]);
        expect(isPointerPrefix(formatPointer(a), formatPointer(b))).toBe(beginsAlike);
      }),
      { numRuns: lawRuns },
    );
  });
});
