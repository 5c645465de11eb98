/**
 * A deep copy of a record: plain objects, arrays, bytes and scalars. Byte arrays get a buffer of their own
 * (`structuredClone` would copy the whole pool behind a small Buffer).
 */
export function copyRecord<Value>(value: Value): Value {
  // Each branch builds the shape that it was given.
  return copyValue(value) as Value;
}

function copyValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(copyValue);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyValue(member)]));
}
