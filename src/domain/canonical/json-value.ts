/** What JSON can hold, as types, and the one test for "this is a plain object". */

export type JsonPrimitive = string | number | boolean | null;
export type JsonArray = readonly JsonValue[];
export interface JsonObject {
  readonly [member: string]: JsonValue;
}
/** A value that `canonicalBytes` can write, as far as types can tell (it checks the rest). */
export type JsonValue = JsonPrimitive | JsonArray | JsonObject;

/** A value's canonical form: its UTF-8 bytes, or the text that they are of. */
export type CanonicalJson = Uint8Array | string;

/**
 * Whether a value is an object that JSON means by one: made by a literal, `JSON.parse` or `Object.create(null)`, also
 * in another realm (a `vm` context). Arrays, dates, maps, boxed primitives and class instances are not.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isObjectPrototypeOfAnotherRealm(prototype);
}

/** Whether a value is an array that JSON means by one, also of another realm; instances of its subclasses are not. */
export function isPlainArray(value: unknown): value is readonly unknown[] {
  if (!Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // In every realm, Array.prototype is itself an array; the prototype of a subclass is not.
  return prototype === Array.prototype || Array.isArray(prototype);
}

/** Tells an accessor without calling it; for an array's index it is much faster than a descriptor. */
export const lookupGetter: (this: unknown, name: number) => unknown = Reflect.get(Object.prototype, '__lookupGetter__');

function isObjectPrototypeOfAnotherRealm(prototype: unknown): boolean {
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf')
  );
}
