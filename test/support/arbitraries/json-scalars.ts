/** Scalars that I-JSON and RawData allow, odd ones included: what sorts, escapes and rounds differently. */
import fc from 'fast-check';

/** Strings whose order by UTF-16 units, by UTF-8 bytes and by escaped form differ from each other. */
const ODD_STRINGS = [
  '',
  'a',
  'a!',
  'a"',
  'a b',
  'B',
  'é',
  'e\u0301',
  '\uFB01',
  '\u{1F600}',
  '\u0000',
  '/',
  '~',
  '10',
  '9',
  '__proto__',
];

export function jsonString(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ODD_STRINGS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  );
}

/** Every double but those whose canonical form is digits beyond ±(2^53−1), which RawData refuses. */
export function jsonNumber(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constantFrom(0, -0, 1, 0.1, 1e21, 1e-7, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE),
    fc.integer({ min: -20, max: 20 }),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => Math.abs(value) <= Number.MAX_SAFE_INTEGER || Math.abs(value) >= 1e21),
  );
}

export function jsonInteger(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, -0), fc.integer({ min: -20, max: 20 }), fc.maxSafeInteger());
}
