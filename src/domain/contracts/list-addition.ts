import { parsePointer } from '../canonical/json-pointer.ts';
import { isPlainObject, type JsonValue } from '../canonical/json-value.ts';

/** Items to append to a list of a contract's document. */
export interface ListAddition {
  /** Of the list; what holds it is there. */
  readonly pointer: string;
  readonly items: readonly JsonValue[];
  /** The members that stand before it where it is not there yet, by convention and in their order. */
  readonly after: readonly string[];
}

/** The document with the items in it; a list that is not there, or `null`, is made. */
export function withAdditions(document: JsonValue, additions: readonly ListAddition[]): JsonValue {
  return additions.reduce((value, { pointer, items }) => append(value, parsePointer(pointer), items), document);
}

function append(value: JsonValue | undefined, tokens: readonly string[], items: readonly JsonValue[]): JsonValue {
  const [token, ...rest] = tokens;
  if (token === undefined) return [...(isList(value) ? value : []), ...items];
  if (isList(value)) return value.map((item, index) => (String(index) === token ? append(item, rest, items) : item));
  const members = isPlainObject(value) ? value : {};
  return { ...members, [token]: append(members[token], rest, items) };
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
