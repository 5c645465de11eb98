/**
 * The fast half of canonical JSON: one pass that checks a value and writes its RFC 8785 bytes into a scratch buffer
 * that is reused from call to call. It only notices that something is wrong; `locateRefusal` says what and where.
 */
import { isPlainArray, isPlainObject, lookupGetter } from './json-value.ts';
import { LEAST_EXPONENT_MAGNITUDE, locateRefusal, MAX_DEPTH, notAnObject } from './locate-refusal.ts';
import { memberOrderOf, nextWord } from './member-order.ts';
import { type MemberEnds, makeOutput, type Output } from './output.ts';
import { writeString } from './write-string.ts';

/** What becomes of the written bytes: `scratch` from 0 to `length`, and `ends`, valid only during the call. */
export type Finish<Result> = (scratch: Uint8Array, length: number, ends: MemberEnds) => Result;

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const WORD_BYTES = 4;
const OUTERMOST = 1;

const FIRST_SCRATCH_BYTES = 64 * 1024;
const MAX_KEPT_SCRATCH_BYTES = 4 * 1024 * 1024;

/** Taken while in use, so that a call from inside a call (a Proxy's trap) cannot write over it. */
let idleScratch: Output | undefined;

/** Thrown to leave the pass at once; never leaves this file. */
const REFUSED = Symbol('refused');

/**
 * Where a value comes from: `given` by a caller, so that anything may hide in it, or `made` by this package's own
 * parsers and literals, so that it is plain data through and through.
 */
export type Origin = 'given' | 'made';

interface Rules {
  /** Whether accessors, class instances, holes and the like can be there, and are looked for. */
  readonly isGiven: boolean;
  /** The largest magnitude that may be written as plain digits. */
  readonly plainIntegerLimit: number;
}

const ANY_VALUE: Readonly<Record<Origin, Rules>> = rulesFor(LEAST_EXPONENT_MAGNITUDE);
const RAW_DATA: Readonly<Record<Origin, Rules>> = rulesFor(Number.MAX_SAFE_INTEGER);

function rulesFor(plainIntegerLimit: number): Readonly<Record<Origin, Rules>> {
  return { given: { isGiven: true, plainIntegerLimit }, made: { isGiven: false, plainIntegerLimit } };
}

/**
 * Writes a value's canonical form and hands it to `finish`.
 *
 * @throws whatever `locateRefusal` finds.
 */
export function writeCanonical<Result>(value: unknown, finish: Finish<Result>, origin: Origin = 'given'): Result {
  return write(value, ANY_VALUE[origin], finish);
}

/**
 * Writes a RawData payload's canonical form and hands it to `finish`: an object, whose integers are safe ones.
 *
 * @throws `canonical.not_an_object`, and whatever `locateRefusal` finds.
 */
export function writeCanonicalRawData<Result>(
  payload: unknown,
  finish: Finish<Result>,
  origin: Origin = 'given',
): Result {
  if (!isPlainObject(payload)) throw notAnObject(payload);
  return write(payload, RAW_DATA[origin], finish);
}

function write<Result>(value: unknown, rules: Rules, finish: Finish<Result>): Result {
  let scratch = idleScratch ?? makeOutput(FIRST_SCRATCH_BYTES);
  idleScratch = undefined;
  try {
    let length = writeValue(scratch, 0, value, 0, rules);
    while (length > scratch.capacity) {
      scratch = makeOutput(length);
      length = writeValue(scratch, 0, value, 0, rules);
    }
    return finish(scratch.bytes, length, scratch.memberEnds);
  } catch (error) {
    if (error !== REFUSED) throw error;
    throw locateRefusal(value, rules.plainIntegerLimit);
  } finally {
    if (scratch.capacity <= MAX_KEPT_SCRATCH_BYTES) idleScratch = scratch;
  }
}

/** Writes past the end of `output` are dropped, but counted: the caller then knows how much room it takes. */
function writeValue(output: Output, at: number, value: unknown, depth: number, rules: Rules): number {
  switch (typeof value) {
    case 'string': {
      const end = writeString(output, at, value);
      if (end < 0) throw REFUSED;
      return end;
    }
    case 'number':
      return writeNumber(output.bytes, at, value, rules.plainIntegerLimit);
    case 'boolean':
      return writeAscii(output.bytes, at, value ? 'true' : 'false');
    case 'object': {
      if (value === null) return writeAscii(output.bytes, at, 'null');
      if (depth === MAX_DEPTH) throw REFUSED;
      if (Array.isArray(value)) return writeArray(output, at, value, depth + 1, rules);
      return writeObject(output, at, value, depth + 1, rules);
    }
    default:
      throw REFUSED;
  }
}

function writeObject(output: Output, start: number, value: object, depth: number, rules: Rules): number {
  const { isGiven } = rules;
  if (isGiven && !isPlainObject(value)) throw REFUSED;
  const bytes = output.bytes;
  let at = start;
  const names = Object.keys(value);
  const count = names.length;
  if (count === 0) {
    bytes[at++] = OPEN_BRACE;
    bytes[at++] = CLOSE_BRACE;
    return at;
  }
  const order = memberOrderOf(names);
  if (order === undefined) throw REFUSED;
  const { sorted, labels, labelBytes } = order;
  const memberEnds = depth === OUTERMOST ? output.memberEnds : undefined;
  if (memberEnds !== undefined) memberEnds.names = sorted;
  let label = 0;
  for (let index = 0; index < count; index += 1) {
    // Both lists are as long as `names`.
    const length = labelBytes[index] as number;
    at = writeLabel(output, at, labels, label, length);
    label = nextWord(label + length);
    const name = sorted[index] as string;
    if (isGiven) {
      // Through the descriptor, so that no getter is called: an accessor has no `value`, which is refused as undefined.
      const property = Object.getOwnPropertyDescriptor(value, name);
      if (property === undefined) throw REFUSED;
      at = writeValue(output, at, property.value, depth, rules);
    } else {
      at = writeValue(output, at, (value as Readonly<Record<string, unknown>>)[name], depth, rules);
    }
    if (memberEnds !== undefined) memberEnds.ends[index] = at;
  }
  bytes[at++] = CLOSE_BRACE;
  return at;
}

/** Copies whole words; what it copies too much is written over by what comes next. */
function writeLabel(output: Output, at: number, labels: DataView, from: number, length: number): number {
  const { words, capacity } = output;
  const end = at + length;
  if (end + WORD_BYTES > capacity) {
    for (let offset = 0; offset < length; offset += 1) output.bytes[at + offset] = labels.getUint8(from + offset);
    return end;
  }
  for (let offset = 0; offset < length; offset += WORD_BYTES) {
    words.setInt32(at + offset, labels.getInt32(from + offset, true), true);
  }
  return end;
}

function writeArray(output: Output, start: number, items: readonly unknown[], depth: number, rules: Rules): number {
  const bytes = output.bytes;
  const count = items.length;
  // Holes make the keys fewer, named members more; a hole that a named member hides is then met as undefined.
  const { isGiven } = rules;
  if (isGiven && !(isPlainArray(items) && Object.keys(items).length === count)) throw REFUSED;
  let at = start;
  bytes[at++] = OPEN_BRACKET;
  for (let index = 0; index < count; index += 1) {
    if (index !== 0) bytes[at++] = COMMA;
    if (isGiven && lookupGetter.call(items, index) !== undefined) throw REFUSED;
    at = writeValue(output, at, items[index], depth, rules);
  }
  bytes[at++] = CLOSE_BRACKET;
  return at;
}

function writeNumber(bytes: Uint8Array, at: number, value: number, plainIntegerLimit: number): number {
  if ((value | 0) === value) return writeInt32(bytes, at, value);
  const magnitude = Math.abs(value);
  if (magnitude <= MOST_AS_CENTS) {
    const cents = Math.round(magnitude * 100);
    if (cents / 100 === magnitude) return writeCents(bytes, at, value < 0 ? -cents : cents);
  }
  if (magnitude > plainIntegerLimit && magnitude < LEAST_EXPONENT_MAGNITUDE) throw REFUSED;
  if (!(magnitude < Number.POSITIVE_INFINITY)) throw REFUSED;
  // RFC 8785 §3.2.2.3 is ECMAScript's own Number::toString.
  return writeAscii(bytes, at, String(value));
}

/** Hundredths up to here fit into an int32. */
const MOST_AS_CENTS = 21_000_000;

/**
 * Prices, mostly: a number with one or two decimals. A decimal of at most 15 digits that rounds to a double is the only
 * one of that length that does, and so the shortest one, which is the one that Number::toString writes.
 */
function writeCents(bytes: Uint8Array, start: number, cents: number): number {
  let at = start;
  if (cents < 0) bytes[at++] = MINUS;
  const magnitude = Math.abs(cents);
  const whole = Math.floor(magnitude / 100);
  at = writeInt32(bytes, at, whole);
  const fraction = magnitude - whole * 100;
  const tenths = Math.floor(fraction / 10);
  const hundredths = fraction - tenths * 10;
  bytes[at++] = POINT;
  bytes[at++] = ZERO + tenths;
  if (hundredths !== 0) bytes[at++] = ZERO + hundredths;
  return at;
}

/** -0 arrives here too, and is written as 0. */
function writeInt32(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  if (rest < 0) {
    bytes[at++] = MINUS;
    rest = -rest;
  }
  let end = at + 1;
  for (let bound = 10; rest >= bound; bound *= 10) end += 1;
  for (let digit = end - 1; digit >= at; digit -= 1) {
    const tenth = Math.floor(rest / 10);
    bytes[digit] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

function writeAscii(bytes: Uint8Array, start: number, text: string): number {
  let at = start;
  for (let index = 0; index < text.length; index += 1) bytes[at++] = text.charCodeAt(index);
  return at;
}
