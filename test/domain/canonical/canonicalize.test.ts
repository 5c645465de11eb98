import { runInNewContext } from 'node:vm';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalRawDataBytes, canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import { isSlicewiseError, type SlicewiseError } from '../../../src/domain/errors.ts';

function refusalOf(run: () => unknown): SlicewiseError {
  try {
    run();
  } catch (error) {
    if (isSlicewiseError(error)) return error;
    throw error;
  }
  throw new Error('Expected a refusal, found a result.');
}

function nest(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

function withProperty(target: object, name: PropertyKey, property: PropertyDescriptor): object {
  return Object.defineProperty(target, name, { enumerable: true, configurable: true, ...property });
}

class Point {
  readonly x = 1;
}
class List extends Array<number> {}

const shared = { a: 1 };
const cyclic: { a: unknown[] } = { a: [] };
cyclic.a.push({ b: cyclic });

describe('canonicalText', () => {
  it.each<[string, unknown, string]>([
    ['sorts members by UTF-16 units', { '\ufb33': 1, '😀': 2, b: 3, a: 4 }, '{"a":4,"b":3,"😀":2,"\ufb33":1}'],
    [
      'sorts names that look like numbers as text',
      { 9: 'nine', 10: 'ten', 1: 'one' },
      '{"1":"one","10":"ten","9":"nine"}',
    ],
    ['keeps the order of items', [3, 1, 2], '[3,1,2]'],
    ['writes -0 as 0', [-0, { a: -0 }], '[0,{"a":0}]'],
    [
      'writes integers up to the edge of int32 and beyond',
      [2147483647, -2147483648, 2147483648],
      '[2147483647,-2147483648,2147483648]',
    ],
    [
      'writes numbers of one or two decimals',
      [0.1, -0.01, 129.95, 10.5, 0.29, 1.005, 20999999.99],
      '[0.1,-0.01,129.95,10.5,0.29,1.005,20999999.99]',
    ],
    [
      'changes to an exponent at 1e21 and below 1e-6',
      [1e20, 1e21, 1e-6, 1e-7, 5e-324],
      '[100000000000000000000,1e+21,0.000001,1e-7,5e-324]',
    ],
    ['writes unsafe integers too, as the RFC does', 2 ** 53, '9007199254740992'],
    ['writes empty containers', [{}, [], ''], '[{},[],""]'],
    ['takes __proto__ as a name', JSON.parse('{"b":1,"__proto__":{"c":2}}'), '{"__proto__":{"c":2},"b":1}'],
    ['takes toJSON as a name', { toJSON: 1 }, '{"toJSON":1}'],
    ['takes objects without a prototype', Object.assign(Object.create(null), { b: 1, a: 2 }), '{"a":2,"b":1}'],
    ['takes objects and arrays of another realm', runInNewContext('({ b: [1, { a: 2 }] })'), '{"b":[1,{"a":2}]}'],
    ['takes frozen objects', Object.freeze({ b: Object.freeze([1]) }), '{"b":[1]}'],
    [
      'writes one object at two places twice',
      [cyclic.a.length, Point.name].map((same) => [same, same]),
      '[[1,1],["Point","Point"]]',
    ],
    [
      'does not look at what is not enumerable',
      withProperty({ a: 1 }, 'b', { value: 2, enumerable: false }),
      '{"a":1}',
    ],
    ['does not look at members named by symbols', { a: 1, [Symbol('b')]: 2 }, '{"a":1}'],
    [
      'escapes long texts in place',
      `${'long enough for the encoder '.repeat(3)}"\\\n\u0001é😀"`,
      `"${'long enough for the encoder '.repeat(3)}\\"\\\\\\n\\u0001é😀\\""`,
    ],
    ['tells a real U+FFFD from a lone surrogate', `${'x'.repeat(40)}\ufffd`, `"${'x'.repeat(40)}\ufffd"`],
  ])('%s', (_, value, text) => {
    expect(canonicalText(value)).toBe(text);
  });

  it('writes up to 256 levels', () => {
    expect(canonicalText(nest(256))).toHaveLength(128 * 2 + 128 * 6 + 1);
  });
});

describe('a value that JSON cannot hold is refused at its place', () => {
  it.each<[string, unknown, string, string]>([
    ['a lone surrogate in a text', { a: ['b\ud800c'] }, 'canonical.lone_surrogate', '/a/0'],
    ['a low surrogate before a high one', { a: '\udc00\ud800' }, 'canonical.lone_surrogate', '/a'],
    ['a high surrogate at the end', '😀\ud83d', 'canonical.lone_surrogate', ''],
    ['a high surrogate before a character beyond all surrogates', 'a\ud83d\ue000', 'canonical.lone_surrogate', ''],
    ['a lone surrogate in a long text', [`${'x'.repeat(100)}\udfff`], 'canonical.lone_surrogate', '/0'],
    ['a lone surrogate in a name', { a: { 'x\ud800': 1 } }, 'canonical.lone_surrogate', '/a/x\ud800'],
    ['NaN', { a: Number.NaN }, 'canonical.not_finite', '/a'],
    ['Infinity', [1, Number.POSITIVE_INFINITY], 'canonical.not_finite', '/1'],
    ['-Infinity', Number.NEGATIVE_INFINITY, 'canonical.not_finite', ''],
    ['undefined', { 'a/b': { '~': undefined } }, 'canonical.unsupported_type', '/a~1b/~0'],
    ['undefined at the root', undefined, 'canonical.unsupported_type', ''],
    ['a function', { toJSON: () => 1 }, 'canonical.unsupported_type', '/toJSON'],
    ['a symbol', [Symbol('a')], 'canonical.unsupported_type', '/0'],
    ['a bigint', { id: 1n }, 'canonical.unsupported_type', '/id'],
    ['a Date', { at: new Date(0) }, 'canonical.unsupported_type', '/at'],
    ['a Map', new Map(), 'canonical.unsupported_type', ''],
    ['bytes', { a: new Uint8Array(2) }, 'canonical.unsupported_type', '/a'],
    ['a boxed string', [Object('a')], 'canonical.unsupported_type', '/0'],
    ['an instance of a class', { a: [new Point()] }, 'canonical.unsupported_type', '/a/0'],
    ['an instance of a subclass of Array', { a: new List(1, 2) }, 'canonical.unsupported_type', '/a'],
    ['an object with a prototype of its own', Object.create({ a: 1 }), 'canonical.unsupported_type', ''],
    // biome-ignore lint/suspicious/noSparseArray: this is what is tested
    ['a hole in an array', { a: [1, , 3] }, 'canonical.sparse_array', '/a/1'],
    ['an array that is all holes', new Array(3), 'canonical.sparse_array', '/0'],
    ['undefined in an array', [1, undefined], 'canonical.unsupported_type', '/1'],
    ['a named member of an array', Object.assign([1], { extra: 2 }), 'canonical.unsupported_type', '/extra'],
    [
      'a hole that a named member makes up for',
      Object.assign(new Array(1), { extra: 2 }),
      'canonical.sparse_array',
      '/0',
    ],
    [
      'undefined behind an object that stands at two places',
      [shared, shared, undefined],
      'canonical.unsupported_type',
      '/2',
    ],
    [
      'undefined behind 300 objects',
      [...Array.from({ length: 300 }, () => ({})), undefined],
      'canonical.unsupported_type',
      '/300',
    ],
    ['a cycle', cyclic, 'canonical.cycle', '/a/0/b'],
    ['257 levels', [nest(256)], 'canonical.too_deep', '/0'.padEnd(2 + 128 * 2 + 127 * 2, '/a/0')],
  ])('%s', (_, value, code, pointer) => {
    const error = refusalOf(() => canonicalBytes(value));
    expect(error).toMatchObject({ code, category: 'ValidationError', retryable: false, details: { pointer } });
    expect(error.message).toContain(JSON.stringify(pointer).slice(1, 100).replace(/"$/, ''));
  });

  it.each<[string, (property: PropertyDescriptor) => unknown, string]>([
    ['a getter of an object', (property) => [withProperty({}, 'a', property)], '/0/a'],
    ['a getter of an array', (property) => withProperty([1, 2], 0, property), '/0'],
  ])('%s, without calling it', (_, build, pointer) => {
    let calls = 0;
    const value = build({ get: () => (calls += 1) });
    expect(refusalOf(() => canonicalBytes(value))).toMatchObject({
      code: 'canonical.unsupported_type',
      details: { pointer },
    });
    expect(calls).toBe(0);
  });

  it('a setter without a getter', () => {
    const value = withProperty([1], 0, { set: () => undefined });
    expect(refusalOf(() => canonicalBytes(value)).details).toEqual({ pointer: '/0' });
  });

  it('toJSON is not called, wherever it is', () => {
    const inherited = Object.create({ toJSON: () => 'called' });
    expect(refusalOf(() => canonicalBytes(inherited)).code).toBe('canonical.unsupported_type');
  });

  it('the message names the place, what was expected and found, and what to do', () => {
    expect(refusalOf(() => canonicalBytes({ price: { amount: Number.NaN } })).message).toBe(
      'At "/price/amount": expected a finite number, as JSON has no other, found NaN; ' +
        'leave the member out, or make it null or a string.',
    );
  });

  it('the message stays short when a name is long', () => {
    expect(refusalOf(() => canonicalBytes({ ['n'.repeat(10_000)]: undefined })).message.length).toBeLessThan(500);
  });
});

describe('canonicalRawDataBytes', () => {
  it.each<[string, unknown, string, string]>([
    ['2^53', { id: 2 ** 53 }, 'canonical.unsafe_integer', '/id'],
    ['-(2^53)', { ids: [-(2 ** 53)] }, 'canonical.unsafe_integer', '/ids/0'],
    ['the largest integer before an exponent', { id: 999999999999999900000 }, 'canonical.unsafe_integer', '/id'],
    ['an array', [1], 'canonical.not_an_object', ''],
    ['null', null, 'canonical.not_an_object', ''],
    ['a string', 'a', 'canonical.not_an_object', ''],
    ['a Date', new Date(0), 'canonical.not_an_object', ''],
    ['what canonicalBytes refuses', { a: undefined }, 'canonical.unsupported_type', '/a'],
  ])('refuses %s', (_, payload, code, pointer) => {
    expect(refusalOf(() => canonicalRawDataBytes(payload))).toMatchObject({ code, details: { pointer } });
  });

  it('takes every number that does not round silently', () => {
    const payload = { a: 2 ** 53 - 1, b: -(2 ** 53 - 1), c: 1e21, d: 1e30, e: 4503599627370495.5 };
    const text = '{"a":9007199254740991,"b":-9007199254740991,"c":1e+21,"d":1e+30,"e":4503599627370495.5}';
    expect(new TextDecoder().decode(canonicalRawDataBytes(payload))).toBe(text);
  });
});

describe('canonicalBytes', () => {
  it('hands out bytes that later calls do not touch', () => {
    const texts = Array.from({ length: 300 }, (_, index) => JSON.stringify('ab'.repeat(index * 9)));
    const all = texts.map((text) => canonicalBytes(JSON.parse(text)));
    expect(all.map((bytes) => new TextDecoder().decode(bytes))).toEqual(texts);
  });

  it('hands out bytes that the caller may write to', () => {
    const [first, second] = [canonicalBytes('first'), canonicalBytes('second')];
    first.fill(0);
    expect(new TextDecoder().decode(second)).toBe('"second"');
    expect(canonicalText('first')).toBe('"first"');
  });

  it('has room for any size, wherever the room of the call before ended', () => {
    for (const [index, filler] of ['x', 'é', '"', '\n', '\u0001', '😀', '\\'].entries()) {
      for (let size = 60_000; size <= 75_000; size += 997) {
        const name = 'n'.repeat(1 + (size % 50));
        const value = { a: 'x'.repeat(size * (index + 1)), [name]: filler.repeat(size % 331), z: [size, 0.5, null] };
        expect(canonicalText(value)).toBe(JSON.stringify(value));
      }
    }
  });

  it('has room for one member more than the call before had', () => {
    const value: Record<string, unknown> = { a: 'x'.repeat(1_000_000) };
    for (let count = 0; count < 40; count += 1) {
      value[`m${'n'.repeat(count % 7)}${count + 10}`] = count % 2 === 0 ? count : 'é"'.repeat(count);
      expect(canonicalText(value)).toBe(canonicalize(value));
    }
  });

  it('keeps its own when a Proxy calls it from inside', () => {
    const proxy = new Proxy(
      { b: 1 },
      {
        ownKeys: (target) => {
          canonicalBytes({ other: 'x'.repeat(50) });
          return Reflect.ownKeys(target);
        },
      },
    );
    expect(canonicalText({ a: 'before', b: proxy, c: 'after' })).toBe('{"a":"before","b":{"b":1},"c":"after"}');
  });

  it('works as before after a refusal', () => {
    refusalOf(() => canonicalBytes({ a: 'x'.repeat(100), b: undefined }));
    expect(canonicalText({ b: 1, a: 2 })).toBe('{"a":2,"b":1}');
  });
});
