import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJson, formatJsonPretty } from '../../../src/cli/output/format-json.ts';
import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import { validationError } from '../../../src/domain/errors.ts';

const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 });

describe('formatJson', () => {
  it('writes the canonical text of every value that has one', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(formatJson(value)).toBe(canonicalText(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it('orders members that look like numbers as text', () => {
    expect(formatJson({ 9: 1, 10: 2 })).toBe('{"10":2,"9":1}');
  });

  it.each([
    ['leaves out what is absent', { a: undefined, b: 1 }, '{"b":1}'],
    ['escapes a lone surrogate', '\ud800', '"\\ud800"'],
    ['writes a big integer as text', 12n, '"12"'],
    ['writes nothing at all as null', undefined, 'null'],
    ['writes bytes as base64', Uint8Array.of(1, 2), '"AQI="'],
    [
      'writes an error as its report',
      validationError('a.b', 'm', { x: 1 }),
      '{"category":"ValidationError","code":"a.b","details":{"x":1},"message":"m","retryable":false}',
    ],
  ])('%s', (_, value, text) => {
    expect(formatJson(value)).toBe(text);
  });
});

describe('formatJsonPretty', () => {
  it('says the same as the line', () => {
    fc.assert(
      fc.property(json, fc.nat(60), (value, width) => {
        expect(formatJson(JSON.parse(formatJsonPretty(value, width)))).toBe(formatJson(value));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps on one line what fits, and breaks what does not', () => {
    expect(formatJsonPretty({ a: [1, 2], b: { c: 'a longer text' } }, 20)).toBe(
      '{\n  "a": [1,2],\n  "b": {\n    "c": "a longer text"\n  }\n}',
    );
    expect(formatJsonPretty({ a: [1, 2] }, 20)).toBe('{"a":[1,2]}');
  });
});
