/**
 * The fast half of canonical JSON: one pass that checks a value and writes its RFC 8785 bytes into a scratch buffer
 * that is reused from call to call. It only notices that something is wrong; `locateRefusal` says what and where.
 */
import { isPlainArray, isPlainObject } from './json-value.ts';
import { LEAST_EXPONENT_MAGNITUDE, locateRefusal, MAX_DEPTH } from './locate-refusal.ts';
import { memberOrderOf } from './member-order.ts';
import { writeString } from './write-string.ts';

/** What becomes of the written bytes: `scratch` from 0 to `length`, valid only during the call. */
export type Finish<Result> = (scratch: Uint8Array, length: number) => Result;

const FIRST_SCRATCH_BYTES = 64 * 1024;
const MAX_KEPT_SCRATCH_BYTES = 4 * 1024 * 1024;

/** Taken while in use, so that a call from inside a call (a Proxy's trap) cannot write over it. */
let idleScratch: Uint8Array | undefined;

/** Thrown to leave the pass at once; never leaves this file. */
const REFUSED = Symbol('refused');

/**
 * Writes a value's canonical form and hands it to `finish`.
 *
 * @param plainIntegerLimit the largest magnitude that may be written as plain digits; `LEAST_EXPONENT_MAGNITUDE`
 * allows every number.
 * @throws whatever `locateRefusal` finds.
 */
export function writeCanonical<Result>(value: unknown, plainIntegerLimit: number, finish: Finish<Result>): Result {
  let scratch = idleScratch ?? new Uint8Array(FIRST_SCRATCH_BYTES);
  idleScratch = undefined;
  try {
    let length = writeValue(scratch, 0, value, 0, plainIntegerLimit);
    while (length > scratch.length) {
      scratch = new Uint8Array(length);
      length = writeValue(scratch, 0, value, 0, plainIntegerLimit);
    }
    return finish(scratch, length);
  } catch (error) {
    if (error !== REFUSED) throw error;
    throw locateRefusal(value, plainIntegerLimit);
  } finally {
    if (scratch.length <= MAX_KEPT_SCRATCH_BYTES) idleScratch = scratch;
  }
}

/** Writes past the end of `bytes` are dropped, but counted: the caller then knows how much room it takes. */
function writeValue(bytes: Uint8Array, at: number, value: unknown, depth: number, plainIntegerLimit: number): number {
  switch (typeof value) {
    case 'string': {
      const end = writeString(bytes, at, value);
      if (end < 0) throw REFUSED;
      return end;
    }
    case 'number':
      return writeNumber(bytes, at, value, plainIntegerLimit);
    case 'boolean':
      return writeAscii(bytes, at, value ? 'true' : 'false');
    case 'object': {
      if (value === null) return writeAscii(bytes, at, 'null');
      if (depth === MAX_DEPTH) throw REFUSED;
      if (hasEnumerableSymbol(value)) throw REFUSED;
      if (isPlainObject(value)) return writeObject(bytes, at, value, depth + 1, plainIntegerLimit);
      if (isPlainArray(value)) return writeArray(bytes, at, value, depth + 1, plainIntegerLimit);
      throw REFUSED;
    }
    default:
      throw REFUSED;
  }
}

function writeObject(bytes: Uint8Array, start: number, value: object, depth: number, plainIntegerLimit: number): number {
  let at = start;
  const names = Object.keys(value);
  const count = names.length;
  if (count === 0) {
    bytes[at++] = 0x7b;
    bytes[at++] = 0x7d;
    return at;
  }
  const order = memberOrderOf(names);
  if (order === undefined) throw REFUSED;
  const { sorted, labels, labelEnds } = order;
  let label = 0;
  for (let index = 0; index < count; index += 1) {
    // Both lists are as long as `names`.
    const labelEnd = labelEnds[index] as number;
    while (label < labelEnd) bytes[at++] = labels[label++] as number;
    // Through the descriptor, so that no getter is called: an accessor has no `value`, which is refused as undefined.
    const property = Object.getOwnPropertyDescriptor(value, sorted[index] as string);
    if (property === undefined) throw REFUSED;
    at = writeValue(bytes, at, property.value, depth, plainIntegerLimit);
  }
  bytes[at++] = 0x7d;
  return at;
}

function writeArray(
  bytes: Uint8Array,
  start: number,
  items: readonly unknown[],
  depth: number,
  plainIntegerLimit: number,
): number {
  const count = items.length;
  // Holes make it less, named members more; a hole that a named member hides is then met as undefined.
  if (Object.keys(items).length !== count) throw REFUSED;
  let at = start;
  bytes[at++] = 0x5b;
  for (let index = 0; index < count; index += 1) {
    if (index !== 0) bytes[at++] = 0x2c;
    if (lookupGetter.call(items, index) !== undefined) throw REFUSED;
    at = writeValue(bytes, at, items[index], depth, plainIntegerLimit);
  }
  bytes[at++] = 0x5d;
  return at;
}

/** Tells an accessor without calling it; for an array's index it is much faster than a descriptor. */
const lookupGetter: (this: unknown, name: number) => unknown = Reflect.get(Object.prototype, '__lookupGetter__');

function writeNumber(bytes: Uint8Array, at: number, value: number, plainIntegerLimit: number): number {
  if ((value | 0) === value) return writeInt32(bytes, at, value);
  const magnitude = Math.abs(value);
  if (magnitude > plainIntegerLimit && magnitude < LEAST_EXPONENT_MAGNITUDE) throw REFUSED;
  if (!(magnitude < Number.POSITIVE_INFINITY)) throw REFUSED;
  // RFC 8785 §3.2.2.3 is ECMAScript's own Number::toString.
  return writeAscii(bytes, at, String(value));
}

/** -0 arrives here too, and is written as 0. */
function writeInt32(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  if (rest < 0) {
    bytes[at++] = 0x2d;
    rest = -rest;
  }
  let end = at + 1;
  for (let bound = 10; rest >= bound; bound *= 10) end += 1;
  for (let digit = end - 1; digit >= at; digit -= 1) {
    const tenth = Math.floor(rest / 10);
    bytes[digit] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

function writeAscii(bytes: Uint8Array, start: number, text: string): number {
  let at = start;
  for (let index = 0; index < text.length; index += 1) bytes[at++] = text.charCodeAt(index);
  return at;
}

function hasEnumerableSymbol(value: object): boolean {
  const symbols = Object.getOwnPropertySymbols(value);
  if (symbols.length === 0) return false;
  return symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
}
