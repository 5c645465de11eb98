import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/domain/canonical/parse-json.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { jsonValue } from './json-arbitraries.ts';

/** Text in any style, with few enough names that duplicates happen, in several spellings, and colons everywhere. */
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => {
  const space = fc.constantFrom('', '', '', ' ', '\n', '\t ');
  const name = fc.constantFrom(
    '"a"',
    '"\\u0061"',
    '"b"',
    '"c"',
    '"d"',
    '":"',
    '"\\u003a"',
    '"\\":"',
    '"__proto__"',
    '""',
  );
  const scalar = fc.constantFrom(
    '1',
    '-0',
    '1e5',
    '1e400',
    'true',
    'null',
    '"a"',
    '":"',
    '"x\\":y"',
    '"\\u003a"',
    '" :"',
  );
  const spaced = fc.tuple(space, tie('value'), space).map((parts) => parts.join(''));
  const member = fc.tuple(space, name, space, fc.constant(':'), spaced).map((parts) => parts.join(''));
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      scalar,
      fc.array(spaced, { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      fc.array(member, { maxLength: 4 }).map((members) => `{${members.join(',')}}`),
    ),
  };
}).value;

/** A second opinion on valid JSON text, made for clarity alone: every token, and the names seen in each open object. */
function hasDuplicate(text: string): boolean {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  const open: Set<unknown>[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (tokens[index + 1] === ':') {
      const name: unknown = JSON.parse(token);
      if (open.at(-1)?.has(name)) return true;
      open.at(-1)?.add(name);
    }
  }
  return false;
}

function hasInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInfinity);
}

/** What a text must come to: the code of its refusal, or its value. Which of two problems is named first is open. */
function expectRightOutcome(text: string): void {
  let value: unknown;
  let isJson = true;
  try {
    value = JSON.parse(text);
  } catch {
    isJson = false;
  }
  const mustRefuse = !isJson || hasDuplicate(text) || hasInfinity(value);
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    expect(mustRefuse, `${error.message} in ${text}`).toBe(true);
    if (isJson) expect(['json.duplicate_member', 'json.number_overflow']).toContain(error.code);
    expect(error.details['offset']).toBeLessThanOrEqual(text.length);
    return;
  }
  expect(mustRefuse, text).toBe(false);
  expect(parsed).toEqual(value);
}

const mutation = fc.record({
  at: fc.nat(),
  deleted: fc.integer({ min: 0, max: 3 }),
  inserted: fc.oneof(
    fc.string({ unit: fc.constantFrom(...'{}[],:"\\u0061ab e-+.\n\u0000\ufeff\ud83d'), maxLength: 3 }),
    fc.constantFrom('"a":', ',"a":1', '"\\u0061" :', '1e999', 'null', '\\u003a'),
  ),
});

function mutate(text: string, { at, deleted, inserted }: { at: number; deleted: number; inserted: string }): string {
  const from = at % (text.length + 1);
  return text.slice(0, from) + inserted + text.slice(from + deleted);
}

describe('parseJson', () => {
  it('gives what JSON.parse gives for what JSON.stringify writes', () => {
    fc.assert(
      fc.property(jsonValue, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(parseJson(new TextEncoder().encode(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: lawRuns },
    );
  });

  it('never lets a duplicate or an overflow pass, and refuses nothing else', () => {
    fc.assert(fc.property(jsonText, expectRightOutcome), { numRuns: lawRuns * 5 });
  });

  it('agrees with JSON.parse on what is JSON, and fails in one way only, for texts damaged at random', () => {
    fc.assert(
      fc.property(jsonText, fc.array(mutation, { minLength: 1, maxLength: 3 }), (text, mutations) => {
        expectRightOutcome(mutations.reduce(mutate, text));
      }),
      { numRuns: lawRuns * 5 },
    );
  });
});
