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
  if (!isWholeText(text, value)) {
    const problem = scanJson(text);
    if (problem !== undefined) throw problem;
  }
  return value;
}

/**
 * Whether `value` is certain to hold all that `text` says. Every member of a text brings one colon, and each colon in
 * a name or a string brings another; a member that the parser dropped for a later one of the same name leaves the
 * value with fewer than the text has. Only an escaped colon could make up for it, so such a text is not vouched for.
 */
function isWholeText(text: string, value: unknown): boolean {
  if (text.includes('\\u003')) return false;
  const colons = countColons(value, 0);
  return colons >= 0 && colons === countColonsOfText(text);
}

function countColonsOfText(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count += 1;
  return count;
}

/** The colons that a text of this value has at least; negative if the value itself is not allowed. */
function countColons(value: unknown, depth: number): number {
  if (typeof value === 'string') return countColonsOfText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : Number.NEGATIVE_INFINITY;
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === MAX_DEPTH) return Number.NEGATIVE_INFINITY;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countColons(item, depth + 1);
    return count;
  }
  for (const [name, member] of Object.entries(value)) {
    count += 1 + countColonsOfText(name) + countColons(member, depth + 1);
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
