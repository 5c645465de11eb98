/** Places of a canonical payload as the diff names them: members by name, items of keyed arrays by key. */
import { parsePointer } from '../canonical/json-pointer.ts';
import type { JsonArray, JsonObject, JsonValue } from '../canonical/json-value.ts';
import type { ArrayKind, SchemaShape } from '../contracts/compiled-contracts.ts';
import { keyOf } from '../contracts/schema-normaliser.ts';
import { invariantViolation } from '../errors.ts';

/** `Array.isArray` does not narrow readonly arrays. */
export function isArray(value: JsonValue): value is JsonArray {
  return Array.isArray(value);
}

export function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a shape says about a member. */
export function childShape(shape: SchemaShape | null, name: string): SchemaShape | null {
  if (shape === null) return null;
  const named = shape.properties.get(name);
  return named === undefined ? shape.others : named;
}

/**
 * The items of a keyed array by key, in its order.
 * @throws `changeset.not_canonical` where the array was not normalised under this kind
 */
export function itemsByKey(
  items: JsonArray,
  kind: ArrayKind & { kind: 'keyed' },
  path: string,
): Map<string, JsonValue> {
  const tokens = parsePointer(kind.pointer);
  const byKey = new Map<string, JsonValue>();
  for (const item of items) {
    const key = keyOf(item, tokens);
    if (key === null || byKey.has(key)) {
      throw invariantViolation(
        'changeset.not_canonical',
        `payload at ${JSON.stringify(path)}: expected items with keys of their own at ${kind.pointer}, found ` +
          `${key === null ? 'one without' : 'two alike'}. Normalise the payload under the rule set's schema first.`,
        { pointer: path },
      );
    }
    byKey.set(key, item);
  }
  return byKey;
}
