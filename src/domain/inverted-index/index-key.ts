import { canonicalText } from '../canonical/canonicalize.ts';
import type { JsonValue } from '../canonical/json-value.ts';
import type { IndexRule } from '../contracts/compiled-contracts.ts';
import { validationError } from '../errors.ts';
import { quoteText, showValue } from '../shown-value.ts';

/** `IDX#{index_type}#{index_value}#{entity_type}` (rfc-v4-001 §17-3). */
export function formatIndexKey(indexType: string, indexValue: string, entityType: string): string {
  return `IDX#${indexType}#${escapeValue(indexValue)}#${entityType}`;
}

/** What an index key says of whom it is about. */
export interface IndexKeyParts {
  readonly indexType: string;
  readonly entityType: string;
}

/** Takes an index key that somebody wrote; one that no entry could have is refused. @throws `index.key_invalid` */
export function parseIndexKey(value: unknown): IndexKeyParts {
  if (typeof value !== 'string') throw invalidKey(showValue(value), 'it is not a string');
  const parts = value.split('#');
  const [prefix, indexType, escaped, entityType] = parts;
  if (parts.length !== 4 || prefix !== 'IDX' || !indexType || escaped === undefined || !entityType) {
    throw invalidKey(quoteText(value), 'it does not have these four parts');
  }
  if (!isEscaped(escaped)) throw invalidKey(quoteText(value), 'its value is not escaped as index values are');
  return { indexType, entityType };
}

function isEscaped(escaped: string): boolean {
  try {
    return escapeValue(decodeURIComponent(escaped)) === escaped;
  } catch {
    return false;
  }
}

function invalidKey(found: string, why: string) {
  return validationError(
    'index.key_invalid',
    `indexKey: expected IDX#{index_type}#{index_value}#{entity_type}, e.g. IDX#brand#ACME#product, found ${found}: ${why}. ` +
      'Write % as %25 and # as %23 within the value.',
    { found },
  );
}

/** Bytes of the escaped value; keeps the composed key within every adapter's limit. */
export const INDEX_VALUE_BYTES_MAX = 1024;

/** What an index stores for a selected value; `null` gives no entry. @throws `index.value_invalid`, `index.value_too_long` */
export function indexValueOf(value: JsonValue, index: IndexRule): string | null {
  if (value === null) return null;
  if (typeof value === 'object') {
    throw invalidValue(index, 'index.value_invalid', Array.isArray(value) ? 'an array' : 'an object');
  }
  const text = typeof value === 'string' ? normaliseText(value, index.normalize) : canonicalText(value);
  if (text.length * ESCAPED_BYTES_PER_UNIT_MAX <= INDEX_VALUE_BYTES_MAX) return text;
  const bytes = Buffer.byteLength(escapeValue(text));
  if (bytes > INDEX_VALUE_BYTES_MAX) throw invalidValue(index, 'index.value_too_long', `${bytes} bytes`);
  return text;
}

function normaliseText(text: string, normalize: IndexRule['normalize']): string {
  if (normalize === 'none') return text;
  const composed = text.normalize('NFC');
  // Lower-casing can take a composed character apart again.
  return normalize === 'nfc' ? composed : composed.toLowerCase().normalize('NFC');
}

// `#` separates the parts of a key, so a value that holds one could forge another's key; `%` makes the escape reversible.
const ESCAPED = /[%#\p{Cc}]/gu;

/** A control character above U+007F: two bytes, each of them written `%C2`. */
const ESCAPED_BYTES_PER_UNIT_MAX = 6;

function escapeValue(value: string): string {
  return value.replace(ESCAPED, (character) => encodeURIComponent(character));
}

function invalidValue(index: IndexRule, code: string, found: string) {
  return validationError(
    code,
    `index ${index.type} from ${index.fromSlice}, ${index.selector.text}: expected a string, number, boolean or null ` +
      `of at most ${INDEX_VALUE_BYTES_MAX} bytes when escaped, found ${found}. Select a smaller or scalar field.`,
    { indexType: index.type, sliceType: index.fromSlice, path: index.selector.text },
  );
}
