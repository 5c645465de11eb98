/** Strings in RFC 8785's form (§3.2.2.2), written straight into UTF-8 bytes. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const ZERO = 0x30;
const FIRST_PRINTABLE = 0x20;
const FIRST_TWO_BYTE = 0x80;
const FIRST_THREE_BYTE = 0x800;
const FIRST_SURROGATE = 0xd800;
const FIRST_LOW_SURROGATE = 0xdc00;
const FIRST_AFTER_SURROGATES = 0xe000;

/** The letter of a control character's short escape (`\n`), or 0 where only `\u00xx` will do. */
const SHORT_ESCAPES = new Uint8Array(FIRST_PRINTABLE);
for (const [unit, letter] of [[0x08, 'b'], [0x09, 't'], [0x0a, 'n'], [0x0c, 'f'], [0x0d, 'r']] as const) {
  SHORT_ESCAPES[unit] = letter.charCodeAt(0);
}

/** What `writeString` returns for a string that is not well-formed Unicode. */
export const LONE_SURROGATE = -1;

/**
 * Writes a quoted string at `position`. Bytes beyond the end of `bytes` are dropped, but counted.
 *
 * @returns the position behind the string, or `LONE_SURROGATE`.
 */
export function writeString(bytes: Uint8Array, position: number, text: string): number {
  const length = text.length;
  let at = position;
  bytes[at++] = QUOTE;
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < FIRST_TWO_BYTE) {
      if (unit >= FIRST_PRINTABLE && unit !== QUOTE && unit !== BACKSLASH) bytes[at++] = unit;
      else at = writeEscape(bytes, at, unit);
    } else if (unit < FIRST_THREE_BYTE) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if (unit < FIRST_SURROGATE || unit >= FIRST_AFTER_SURROGATES) {
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else {
      index += 1;
      // Behind the end there is no unit but NaN, which no comparison lets through.
      const low = text.charCodeAt(index);
      const isPair = unit < FIRST_LOW_SURROGATE && low >= FIRST_LOW_SURROGATE && low < FIRST_AFTER_SURROGATES;
      if (!isPair) return LONE_SURROGATE;
      const point = 0x10000 + ((unit - FIRST_SURROGATE) << 10) + (low - FIRST_LOW_SURROGATE);
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
    }
  }
  bytes[at++] = QUOTE;
  return at;
}

function writeEscape(bytes: Uint8Array, position: number, unit: number): number {
  let at = position;
  bytes[at++] = BACKSLASH;
  if (unit >= FIRST_PRINTABLE) {
    bytes[at++] = unit;
    return at;
  }
  // SHORT_ESCAPES covers every unit below FIRST_PRINTABLE.
  const letter = SHORT_ESCAPES[unit] as number;
  if (letter !== 0) {
    bytes[at++] = letter;
    return at;
  }
  bytes[at++] = LOWER_U;
  bytes[at++] = ZERO;
  bytes[at++] = ZERO;
  bytes[at++] = ZERO + (unit >> 4);
  const digit = unit & 0xf;
  bytes[at++] = digit < 10 ? ZERO + digit : 0x61 + digit - 10;
  return at;
}
