/** Strings in RFC 8785's form (§3.2.2.2), written straight into UTF-8 bytes. */
import type { Output } from './output.ts';

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
for (const [unit, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
] as const) {
  SHORT_ESCAPES[unit] = letter.charCodeAt(0);
}

/** What the writers return for a string that is not well-formed Unicode. */
export const LONE_SURROGATE = -1;

/** From here on, the platform's encoder is faster than a loop, call and check included (measured). */
const FIRST_LONG_UNITS = 24;

/** A UTF-16 unit takes at most three bytes of UTF-8; the quotes and the overrun of whole words need some more. */
const MOST_BYTES_PER_UNIT = 3;
const SPARE_BYTES = 8;
const WORD_BYTES = 4;

/**
 * Writes a quoted string at `start`. Bytes beyond the end of `output` are dropped, but counted.
 *
 * @returns the position behind the string, or `LONE_SURROGATE`.
 */
export function writeString(output: Output, start: number, text: string): number {
  const length = text.length;
  if (length >= FIRST_LONG_UNITS && start + length * MOST_BYTES_PER_UNIT + SPARE_BYTES <= output.capacity) {
    const end = writeLongString(output, start, text);
    if (end !== NO_ROOM) return end;
  }
  const bytes = output.bytes;
  let at = start;
  bytes[at++] = QUOTE;
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= FIRST_TWO_BYTE || unit < FIRST_PRINTABLE || unit === QUOTE || unit === BACKSLASH) {
      return writeRest(bytes, at, text, index);
    }
    bytes[at++] = unit;
  }
  bytes[at++] = QUOTE;
  return at;
}

const NO_ROOM = -2;

/** Encodes first, into room that the caller has made sure of, and looks for what needs an escape afterwards. */
function writeLongString(output: Output, start: number, text: string): number {
  const { bytes, words } = output;
  bytes[start] = QUOTE;
  const first = start + 1;
  const encodedBytes = output.text.write(text, first);
  // As many bytes as units: all of it is ASCII. If not, the encoder has replaced lone surrogates silently.
  if (encodedBytes !== text.length && !text.isWellFormed()) return LONE_SURROGATE;
  const end = first + encodedBytes;
  // Whole words are looked at: what an earlier document left behind the text must not cost a second pass.
  words.setInt32(end, HARMLESS_WORD, true);
  for (let at = first; at < end; at += WORD_BYTES) {
    if (needsEscape(words.getInt32(at, true))) return escapeFrom(output, at, end);
  }
  bytes[end] = QUOTE;
  return end + 1;
}

const HARMLESS_WORD = 0x20202020;

/**
 * Whether one of four bytes is a control character, a quote or a backslash. Each term sets the highest bit of a byte
 * that is below 0x20, or that is the other one; what a borrow sets wrongly stands above a byte that is set rightly.
 */
function needsEscape(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const marks =
    ((word - 0x20202020) & ~word) | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash);
  return (marks & 0x80808080) !== 0;
}

/** Moves the text from `start` to `end` out of its own way, then copies it back with its escapes and a quote. */
function escapeFrom(output: Output, start: number, end: number): number {
  const { bytes, words, capacity } = output;
  const restBytes = end - start;
  // An escape makes six bytes of one: from here on, what is written never reaches what is still to be read.
  const moved = start + restBytes * 5;
  const movedEnd = moved + restBytes;
  if (movedEnd + SPARE_BYTES > capacity) return NO_ROOM;
  bytes.copyWithin(moved, start, end);
  words.setInt32(movedEnd, HARMLESS_WORD, true);
  let at = start;
  let from = moved;
  while (from < movedEnd) {
    const word = words.getInt32(from, true);
    if (!needsEscape(word)) {
      words.setInt32(at, word, true);
      at += WORD_BYTES;
      from += WORD_BYTES;
      continue;
    }
    for (const wordEnd = from + WORD_BYTES; from < wordEnd; from += 1) {
      // Within capacity, as SPARE_BYTES are behind `movedEnd`.
      const byte = bytes[from] as number;
      if (byte >= FIRST_PRINTABLE && byte !== QUOTE && byte !== BACKSLASH) bytes[at++] = byte;
      else at = writeEscape(bytes, at, byte);
    }
  }
  // The last word may have reached beyond the text.
  at -= from - movedEnd;
  bytes[at] = QUOTE;
  return at + 1;
}

/** Writes what is left of a string from `from` on, whatever it holds. */
function writeRest(bytes: Uint8Array, start: number, text: string, from: number): number {
  const length = text.length;
  let at = start;
  for (let index = from; index < length; index += 1) {
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
