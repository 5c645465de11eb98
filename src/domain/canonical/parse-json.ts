/**
 * Strict JSON text to a value: the platform's own parser for the work, and a proof beside it that the parser dropped
 * nothing. Where the proof fails, `scanJson` reads the text again, exactly, and names the place.
 */
import { validationError } from '../errors.ts';
import { MAX_DEPTH } from './locate-refusal.ts';
import { scanJson } from './scan-json.ts';

/**
 * Parses strict JSON text: one value, no duplicate members (by unescaped name), no number that overflows a double, at
 * most 256 levels, no byte order mark, and, as bytes, valid UTF-8. A member `__proto__` is a member like any other.
 * Lone surrogates in escapes pass; `canonicalBytes` refuses them.
 *
 * @throws ValidationErrors `json.syntax`, `json.duplicate_member`, `json.number_overflow`, `json.too_deep` and
 * `json.byte_order_mark`, with `details` `{ pointer, line, column, offset }` (lines and columns from 1, columns and
 * offset in UTF-16 units), and `json.invalid_utf8` and `json.too_long`, without a place.
 */
export function parseJson(input: string | Uint8Array): unknown {
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw scanJson(text) ?? unexplained(cause);
  }
  if (!isProvenWhole(text, value)) {
    const problem = scanJson(text);
    if (problem !== undefined) throw problem;
  }
  return value;
}

const QUOTE = 0x22;
const SPACE = 0x20;

/**
 * Whether `value` is certain to hold all members that `text` has. The colon behind a member name follows a quote, or
 * else white space. So, if no colon at all follows white space, the text has at most as many members as colons behind
 * quotes; if the value has that many, the parser dropped none for a later one of the same name.
 */
function isProvenWhole(text: string, value: unknown): boolean {
  let afterQuote = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === QUOTE) afterQuote += 1;
    else if (before <= SPACE) return false;
  }
  return countMembers(value, 0) === afterQuote;
}

/** The members in a whole value, or NaN if it has too many levels or a number that overflowed. */
function countMembers(value: unknown, depth: number): number {
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : Number.NaN;
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === MAX_DEPTH) return Number.NaN;
  let count = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) count += countMembers(value[index], depth + 1);
    return count;
  }
  // Fresh from JSON.parse: all members are the object's own. Were a prototype polluted, the count would not fit.
  for (const name in value) {
    // A name that `for in` gives is a member of the object.
    count += 1 + countMembers((value as Readonly<Record<string, unknown>>)[name], depth + 1);
  }
  return count;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    if (cause instanceof TypeError) {
      throw validationError(
        'json.invalid_utf8',
        'In JSON bytes: expected valid UTF-8, found a byte sequence that is none; save the text as UTF-8.',
      );
    }
    throw validationError(
      'json.too_long',
      `In JSON bytes: expected a text that fits into one string, found ${bytes.length} bytes; split it.`,
    );
  }
}

/** Every text that JSON.parse refuses is one that scanJson finds a problem in; a property test holds this. */
function unexplained(cause: unknown): Error {
  const found = cause instanceof Error ? cause.message : String(cause);
  return validationError('json.syntax', `In a JSON text: expected strict JSON, found: ${found}; check the text.`);
}
