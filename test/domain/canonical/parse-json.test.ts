import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/domain/canonical/parse-json.ts';
import { isSlicewiseError, type SlicewiseError } from '../../../src/domain/errors.ts';

function refusalOf(input: string | Uint8Array): SlicewiseError {
  try {
    parseJson(input);
  } catch (error) {
    if (isSlicewiseError(error)) return error;
    throw error;
  }
  throw new Error('Expected a refusal, found a value.');
}

describe('parseJson', () => {
  it.each<[string, string, unknown]>([
    ['white space around everything', ' {\n\t"a" : [ 1 , true ] ,\r\n "b":null } ', { a: [1, true], b: null }],
    ['colons in texts', '{"a":"x:y","b:c":"\\":\\"","d":" :"}', { a: 'x:y', 'b:c': '":"', d: ' :' }],
    ['escaped colons', '{"a":"\\u003a","b\\u003A":1}', { a: ':', 'b:': 1 }],
    ['the same name in other objects', '[{"a":{"a":1}},{"a":[{"a":2}]}]', [{ a: { a: 1 } }, { a: [{ a: 2 }] }]],
    ['names that differ in normalisation only', '{"\\u00e9":1,"e\\u0301":2}', { é: 1, 'e\u0301': 2 }],
    ['numbers in every form', '[0,-0,1.5e3,1E-2,-9007199254740993,1e-400]', [0, -0, 1500, 0.01, -9007199254740992, 0]],
    ['a lone surrogate in an escape', '"\\ud800"', '\ud800'],
    ['a scalar', 'false', false],
    ['a number that looks like text with a point', '"1e400"', '1e400'],
  ])('reads %s, as a string and as bytes', (_, text, value) => {
    expect(parseJson(text)).toEqual(value);
    expect(parseJson(new TextEncoder().encode(text))).toEqual(value);
  });

  it('reads __proto__ as a member like any other', () => {
    const value = parseJson('{"__proto__":{"polluted":1}}');
    expect(Object.entries(value as object)).toEqual([['__proto__', { polluted: 1 }]]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('reads 256 levels', () => {
    expect(JSON.stringify(parseJson('['.repeat(256) + ']'.repeat(256)))).toHaveLength(512);
  });

  it('reads bytes that are a part of a larger memory', () => {
    const memory = new TextEncoder().encode('junk{"a":1}junk');
    expect(parseJson(memory.subarray(4, 11))).toEqual({ a: 1 });
  });
});

describe('parseJson refuses', () => {
  it.each<[string, string, string, object]>([
    [
      'a duplicate member',
      '{"a":1,"b":2,"a":3}',
      'json.duplicate_member',
      { pointer: '/a', line: 1, column: 14, offset: 13 },
    ],
    ['a duplicate member of the same value', '{"a":1,"a":1}', 'json.duplicate_member', { pointer: '/a' }],
    ['a duplicate member under another spelling', '{"a":1,"\\u0061":2}', 'json.duplicate_member', { pointer: '/a' }],
    [
      'a duplicate member deep inside',
      '{"x":[0,{"~/":{"b":1,\n  "b":2}}]}',
      'json.duplicate_member',
      { pointer: '/x/1/~0~1/b', line: 2, column: 3, offset: 24 },
    ],
    [
      'a duplicate that an escaped colon could hide',
      '{"a":1,"a":"\\u003a"}',
      'json.duplicate_member',
      { pointer: '/a' },
    ],
    [
      'a duplicate that a colon in a text could hide',
      '{"a":"x:y","a":":"}',
      'json.duplicate_member',
      { pointer: '/a' },
    ],
    ['a duplicate that a quoted colon could hide', '{"a":1,"a":"\\":"}', 'json.duplicate_member', { pointer: '/a' }],
    [
      'a duplicate that a space before its colon could hide',
      '{"a" :1,"a":2}',
      'json.duplicate_member',
      { pointer: '/a' },
    ],
    [
      'a duplicate that a tab before its colon could hide',
      '{"a":1,"a"\t:2}',
      'json.duplicate_member',
      { pointer: '/a' },
    ],
    [
      'a duplicate that a line end before its colon could hide',
      '{"a":1,"a"\n:2}',
      'json.duplicate_member',
      { pointer: '/a' },
    ],
    ['a duplicate __proto__', '{"__proto__":1,"__proto__":2}', 'json.duplicate_member', { pointer: '/__proto__' }],
    ['a duplicate empty name', '{"":1,"":2}', 'json.duplicate_member', { pointer: '/' }],
    ['a number that overflows', '{"a":[1,-1e400]}', 'json.number_overflow', { pointer: '/a/1', offset: 8 }],
    ['an integer that overflows', `[${'9'.repeat(400)}]`, 'json.number_overflow', { pointer: '/0' }],
    ['a number that overflows at the root', '1e309', 'json.number_overflow', { pointer: '' }],
    ['257 levels', '['.repeat(257) + ']'.repeat(257), 'json.too_deep', { offset: 256 }],
    ['a million levels', '[{"a":'.repeat(500_000), 'json.too_deep', { offset: 768 }],
    ['a byte order mark', '\ufeff{}', 'json.byte_order_mark', { pointer: '', offset: 0 }],
    ['an empty text', '', 'json.syntax', { pointer: '', line: 1, column: 1, offset: 0 }],
    ['a text that ends early', '{"a":[1,', 'json.syntax', { pointer: '/a/1', offset: 8 }],
    ['a text that ends in a string', '{"a":"b', 'json.syntax', { pointer: '/a', offset: 7 }],
    ['a second value', '{}\n{}', 'json.syntax', { pointer: '', line: 2, column: 1, offset: 3 }],
    ['a comma at the end of an array', '{"a":[1,]}', 'json.syntax', { pointer: '/a/1', offset: 8 }],
    ['a comma at the end of an object', '{"a":1,}', 'json.syntax', { pointer: '', offset: 7 }],
    ['a missing comma', '{"a":[1 2]}', 'json.syntax', { pointer: '/a', offset: 8 }],
    ['a missing colon', '{"a" 1}', 'json.syntax', { pointer: '/a', offset: 5 }],
    ['a name without quotes', '{a:1}', 'json.syntax', { pointer: '', offset: 1 }],
    ['single quotes', "{'a':1}", 'json.syntax', { pointer: '', offset: 1 }],
    ['a comment', '[1,/* 2 */3]', 'json.syntax', { pointer: '/1', offset: 3 }],
    ['a leading zero', '[01]', 'json.syntax', { pointer: '/0', offset: 2 }],
    ['a leading plus', '[+1]', 'json.syntax', { pointer: '/0', offset: 1 }],
    ['a point without digits behind', '[1.]', 'json.syntax', { pointer: '/0', offset: 2 }],
    ['an exponent without digits', '[1e]', 'json.syntax', { pointer: '/0', offset: 2 }],
    ['NaN', '[NaN]', 'json.syntax', { pointer: '/0', offset: 1 }],
    ['a half-written literal', '[tru]', 'json.syntax', { pointer: '/0', offset: 1 }],
    ['a line end in a string', '{"a":"b\nc"}', 'json.syntax', { pointer: '/a', line: 1, offset: 7 }],
    ['an unknown escape', '["\\x"]', 'json.syntax', { pointer: '/0', offset: 3 }],
    ['a short escape', '["\\u12g4"]', 'json.syntax', { pointer: '/0', offset: 3 }],
    ['a no-break space between values', '[1,\u00a02]', 'json.syntax', { pointer: '/1', offset: 3 }],
  ])('%s', (_, text, code, details) => {
    for (const error of [refusalOf(text), refusalOf(new TextEncoder().encode(text))]) {
      expect(error).toMatchObject({ code, category: 'ValidationError', retryable: false, details });
    }
  });

  it.each<[string, readonly number[]]>([
    ['a byte that starts nothing', [0x22, 0xff, 0x22]],
    ['a sequence that is cut', [0x22, 0xe2, 0x82, 0x22]],
    ['an overlong sequence', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])('invalid UTF-8: %s', (_, bytes) => {
    expect(refusalOf(Uint8Array.from(bytes)).code).toBe('json.invalid_utf8');
  });

  it('with a message that names the place, what was expected and found, and what to do', () => {
    expect(refusalOf('{"price":\n {"amount":1,"amount":2}}').message).toBe(
      'In line 2, column 14, at "/price/amount": expected every member name once, found "amount" again; ' +
        'remove or rename one of them.',
    );
  });

  it('with a short message, however long the name', () => {
    const name = 'n'.repeat(10_000);
    expect(refusalOf(`{"${name}":1,"${name}":2}`).message.length).toBeLessThan(500);
  });
});
