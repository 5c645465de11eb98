/** The places of a contract document, for changing one of them. */
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';

export interface Place {
  /** RFC 6901; names in the contracts of the tests need no escapes. */
  readonly pointer: string;
  readonly value: JsonValue;
}

export function placesOf(value: JsonValue, pointer = ''): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [{ pointer, value }];
  const inner = Object.entries(value).flatMap(([name, child]: [string, JsonValue]) =>
    placesOf(child, `${pointer}/${name}`),
  );
  return [{ pointer, value }, ...inner];
}

/** A copy of a document with one place changed. */
export function editAt(document: JsonObject, pointer: string, edit: (value: JsonValue) => JsonValue): JsonObject {
  // What is edited is a place below the root, or the root by an edit that leaves it an object.
  return editValue(document, pointer.split('/').slice(1), edit) as JsonObject;
}

function editValue(value: JsonValue, tokens: readonly string[], edit: (value: JsonValue) => JsonValue): JsonValue {
  const [token, ...rest] = tokens;
  if (token === undefined) return edit(value);
  if (Array.isArray(value)) {
    return value.map((item: JsonValue, index) => (String(index) === token ? editValue(item, rest, edit) : item));
  }
  const members = Object.entries(value as JsonObject).map(([name, child]): [string, JsonValue] => [
    name,
    name === token ? editValue(child, rest, edit) : child,
  ]);
  return Object.fromEntries(members);
}
