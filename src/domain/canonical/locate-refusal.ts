/**
 * The slow, exact half of the I-JSON check (RFC 7493): once the writer has met something that it cannot write, this
 * walks the same value again, in the value's own order, and names the first place and the reason.
 */
import { type SlicewiseError, validationError } from '../errors.ts';
import { quoteText } from '../shown-value.ts';
import { appendToken } from './json-pointer.ts';
import { isPlainArray, isPlainObject } from './json-value.ts';

/** Levels of objects and arrays that a document may have; one more is refused (design.md §4). */
export const MAX_DEPTH = 256;

/** The least magnitude that ECMAScript, and so RFC 8785, writes with an exponent: below it, digits only. */
export const LEAST_EXPONENT_MAGNITUDE = 1e21;

/** What is wrong with one place, before it is known where that is. */
interface Problem {
  readonly code: string;
  readonly expected: string;
  readonly found: string;
  readonly advice: string;
}

/** A walk's fixed facts and the containers that it is inside of. */
interface Walk {
  /** Integers beyond this magnitude are refused unless they are written with an exponent. */
  readonly plainIntegerLimit: number;
  readonly ancestors: object[];
}

/**
 * The error for the first thing in `value` that canonical JSON cannot hold. Calls no getter and no `toJSON`.
 *
 * @param plainIntegerLimit the largest magnitude that may be written as plain digits.
 */
export function locateRefusal(value: unknown, plainIntegerLimit: number): SlicewiseError {
  const error = inspect(value, '', { plainIntegerLimit, ancestors: [] });
  if (error !== undefined) return error;
  // Only a Proxy can show the writer one thing and this walk another.
  return refuse('', {
    code: 'canonical.unsupported_type',
    expected: 'a value that stays the same while it is read',
    found: 'one that changed',
    advice: 'hand over plain data, not a Proxy',
  });
}

/** The error for a RawData payload whose root is not a plain object. */
export function notAnObject(found: unknown): SlicewiseError {
  return refuse('', {
    code: 'canonical.not_an_object',
    expected: 'a plain object, as every payload is one',
    found: describe(found),
    advice: 'wrap the value in an object',
  });
}

function inspect(value: unknown, pointer: string, walk: Walk): SlicewiseError | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : refuse(pointer, loneSurrogate(value, 'a string'));
    case 'number': {
      const problem = inspectNumber(value, walk.plainIntegerLimit);
      return problem && refuse(pointer, problem);
    }
    case 'boolean':
      return undefined;
    case 'object':
      return value === null ? undefined : inspectContainer(value, pointer, walk);
    default:
      return refuse(pointer, unsupported(describe(value)));
  }
}

function inspectNumber(value: number, plainIntegerLimit: number): Problem | undefined {
  if (!Number.isFinite(value)) {
    return {
      code: 'canonical.not_finite',
      expected: 'a finite number, as JSON has no other',
      found: String(value),
      advice: 'leave the member out, or make it null or a string',
    };
  }
  const magnitude = Math.abs(value);
  if (magnitude <= plainIntegerLimit || magnitude >= LEAST_EXPONENT_MAGNITUDE) return undefined;
  return {
    code: 'canonical.unsafe_integer',
    expected: `an integer within ±${plainIntegerLimit}, beyond which a double rounds silently`,
    found: String(value),
    advice: 'send ids of 64 bits as strings',
  };
}

function inspectContainer(value: object, pointer: string, walk: Walk): SlicewiseError | undefined {
  if (walk.ancestors.includes(value)) {
    return refuse(pointer, {
      code: 'canonical.cycle',
      expected: 'a tree',
      found: 'an object that contains itself',
      advice: 'name the other place by a key instead of by reference',
    });
  }
  if (walk.ancestors.length >= MAX_DEPTH) {
    return refuse(pointer, {
      code: 'canonical.too_deep',
      expected: `at most ${MAX_DEPTH} levels of objects and arrays`,
      found: 'one more',
      advice: 'flatten the document',
    });
  }
  walk.ancestors.push(value);
  const error = inspectMembers(value, pointer, walk);
  walk.ancestors.pop();
  return error;
}

function inspectMembers(value: object, pointer: string, walk: Walk): SlicewiseError | undefined {
  const isArray = isPlainArray(value);
  if (!isArray && !isPlainObject(value)) return refuse(pointer, unsupported(describe(value)));
  return isArray ? inspectItems(value, pointer, walk) : inspectObject(value, pointer, walk);
}

function inspectItems(items: readonly unknown[], pointer: string, walk: Walk): SlicewiseError | undefined {
  for (let index = 0; index < items.length; index += 1) {
    const place = appendToken(pointer, index);
    const property = Object.getOwnPropertyDescriptor(items, index);
    if (property === undefined) {
      return refuse(place, {
        code: 'canonical.sparse_array',
        expected: 'an item at every index',
        found: 'a hole',
        advice: 'fill it with null, or close the gap',
      });
    }
    const error = inspectProperty(property, place, walk);
    if (error !== undefined) return error;
  }
  // With no hole, whatever is enumerable beyond the length is not an item.
  const extra = Object.keys(items)[items.length];
  return extra === undefined
    ? undefined
    : refuse(appendToken(pointer, extra), unsupported('a named member of an array, which JSON would lose'));
}

function inspectObject(members: object, pointer: string, walk: Walk): SlicewiseError | undefined {
  for (const name of Object.keys(members)) {
    const place = appendToken(pointer, name);
    if (!name.isWellFormed()) return refuse(place, loneSurrogate(name, 'a member name'));
    const property = Object.getOwnPropertyDescriptor(members, name);
    const error = property && inspectProperty(property, place, walk);
    if (error !== undefined) return error;
  }
  return undefined;
}

function inspectProperty(property: PropertyDescriptor, place: string, walk: Walk): SlicewiseError | undefined {
  if (!('value' in property)) return refuse(place, unsupported('a getter or setter'));
  return inspect(property.value, place, walk);
}

function loneSurrogate(text: string, where: string): Problem {
  const index = [...text].reduce(
    (state, character) =>
      state.found || !character.isWellFormed()
        ? { at: state.at, found: true }
        : { at: state.at + character.length, found: false },
    { at: 0, found: false },
  ).at;
  return {
    code: 'canonical.lone_surrogate',
    expected: 'well-formed Unicode',
    found: `in ${where} the lone surrogate \\u${text.charCodeAt(index).toString(16)} at index ${index}`,
    advice: 'repair the text where it was cut',
  };
}

function unsupported(found: string): Problem {
  return {
    code: 'canonical.unsupported_type',
    expected: 'a string, number, boolean, null, array or plain object',
    found,
    advice: 'leave it out, or convert it to one of those (a date to an ISO 8601 string)',
  };
}

/** Names a value's type without reading its members: getters and content stay untouched. */
function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return isPlainArray(value) ? 'an array' : 'an instance of a subclass of Array';
  if (typeof value !== 'object') return value === undefined ? 'undefined' : `a ${typeof value}`;
  return `an instance of ${classNameOf(value)}`;
}

function classNameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return 'a class';
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const name: unknown = typeof made === 'function' && Object.getOwnPropertyDescriptor(made, 'name')?.value;
  return typeof name === 'string' && name !== '' ? name : 'a class without a name';
}

const MAX_SHOWN_POINTER = 200;

function refuse(pointer: string, problem: Problem): SlicewiseError {
  return validationError(
    problem.code,
    `At ${quoteText(pointer, MAX_SHOWN_POINTER)}${pointer === '' ? ' (the root)' : ''}: expected ${problem.expected}, ` +
      `found ${problem.found}; ${problem.advice}.`,
    { pointer },
  );
}
