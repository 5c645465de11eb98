/** Documents, names and texts that are hard to write canonically. */
import fc from 'fast-check';

const HARD_CHARACTERS = [
  'a',
  'b',
  'Z',
  '0',
  ' ',
  '/',
  '"',
  '\\',
  '\n',
  '\t',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u0080',
  'é',
  '\u07ff',
  '\u0800',
  '€',
  '日',
  '\u2028',
  '\ud7ff',
  '\ue000',
  '\ufb33',
  '\ufffd',
  '\uffff',
  '😀',
  '\u{10ffff}',
];

/** Well-formed text, short and long, with what needs an escape and every length of UTF-8. */
export const hardText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: fc.constantFrom(...HARD_CHARACTERS), maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...HARD_CHARACTERS), minLength: 20, maxLength: 160 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('x', 'y', '"', 'é'), size: 'large' }),
);

const EDGE_UNITS = [0x61, 0x22, 0xe9, 0x20ac, 0xd7ff, 0xd800, 0xd83d, 0xdbff, 0xdc00, 0xde00, 0xdfff, 0xe000, 0xffff];

/** Any sequence of UTF-16 units, so also ill-formed text: short ones, where one mistake stands alone, and long ones. */
export const unitText: fc.Arbitrary<string> = fc
  .oneof(...[3, 60].map((maxLength) => fc.array(fc.constantFrom(...EDGE_UNITS), { maxLength })))
  .map((units) => String.fromCharCode(...units));

export const memberName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', '__proto__', 'constructor', 'toJSON', 'length', 'a', 'b', 'id', 'price', 'title', 'Title'),
  fc.integer({ min: -2, max: 120 }).map(String),
  fc.constantFrom('01', '4294967294', '4294967295', '4294967296', '1e3', '-0'),
  hardText,
);

const finite = { noNaN: true, noDefaultInfinity: true } as const;

export const finiteNumber: fc.Arbitrary<number> = fc.oneof(
  fc.double(finite),
  fc.double({ ...finite, min: -1e7, max: 1e7 }),
  fc.double({ ...finite, min: -Number.MIN_VALUE * 2 ** 52, max: Number.MIN_VALUE * 2 ** 52 }),
  fc.double({ ...finite, min: 9e20, max: 2e21 }),
  fc.double({ ...finite, min: 1e-7, max: 1e-5 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -30_000_000_00, max: 30_000_000_00 }).map((cents) => cents / 100),
  fc.integer({ min: -9999, max: 9999 }).map((thousandths) => thousandths / 1000),
  fc.constantFrom(-0, 0, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, 1e21, Number.MAX_VALUE, Number.MIN_VALUE, 0.1 + 0.2),
);

/** Any JSON value. Members keep the order in which they were drawn, which is seldom the canonical one. */
export const jsonValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(fc.constantFrom<unknown>(null, true, false), finiteNumber, hardText),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.array(fc.tuple(memberName, tie('value')), { maxLength: 8 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;
