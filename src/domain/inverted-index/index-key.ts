import { canonicalText } from '../canonical/canonicalize.ts';
import type { JsonValue } from '../canonical/json-value.ts';
import type { IndexRule } from '../contracts/compiled-contracts.ts';
import { validationError } from '../errors.ts';

/** `IDX#{index_type}#{index_value}#{entity_type}` (rfc-v4-001 §17-3). */
export function formatIndexKey(indexType: string, indexValue: string, entityType: string): string {
  return `IDX#${indexType}#${escapeValue(indexValue)}#${entityType}`;
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
