import type { z } from 'zod';
import { appendToken, formatPointer } from '../canonical/json-pointer.ts';
import { isPlainObject } from '../canonical/json-value.ts';
import { quoteText } from '../shown-value.ts';
import type { ContractProblem } from './contract-problem.ts';
import { nearestName } from './nearest-name.ts';

/** Zod's issues as problems that a person can act on: where, expected, found, what to do. */

/** A zod definition as far as a walk along a path needs it. */
interface Definition {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

export function describeIssue(
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  document: unknown,
): readonly ContractProblem[] {
  const tokens = issue.path.map((token) => (typeof token === 'number' ? token : String(token)));
  const pointer = formatPointer(tokens);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeysAt(schema, tokens);
    return issue.keys.map((key) => unknownKey(appendToken(pointer, key), key, known));
  }
  const value = valueAt(document, tokens);
  const found = value === undefined ? 'nothing' : describeValue(value);
  return [{ code: 'contract.invalid', pointer, ...expectation(issue, value), found }];
}

export function unknownKey(pointer: string, key: string, known: readonly string[]): ContractProblem {
  const nearest = nearestName(key, known);
  return {
    code: 'contract.invalid',
    pointer,
    expected: known.length === 0 ? 'no such key' : `one of the keys ${known.join(', ')}`,
    found: `the unknown key ${JSON.stringify(key)}`,
    advice: nearest === undefined ? 'Remove it, or mend its name.' : `Did you mean \`${nearest}\`?`,
  };
}

/** A value as a message may show it: scalars shortened, the rest by kind. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? quoteText(value) : `the ${typeof value} ${String(value)}`;
}

function expectation(issue: z.core.$ZodIssue, value: unknown): Pick<ContractProblem, 'expected' | 'advice'> {
  const advice = value === undefined ? 'Add it.' : 'Mend the value.';
  switch (issue.code) {
    case 'invalid_type':
      return {
        expected: TYPE_NAMES[issue.expected] ?? issue.expected,
        advice: value === undefined ? advice : adviceOnType(issue, value),
      };
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const nearest = typeof value === 'string' ? nearestName(value, allowed) : undefined;
      const expected = allowed.length === 1 ? `${allowed[0]}` : `one of ${allowed.join(', ')}`;
      return { expected, advice: nearest === undefined ? advice : `Did you mean \`${nearest}\`?` };
    }
    case 'too_small':
    case 'too_big':
      return { expected: sizeOf(issue), advice };
    case 'invalid_key':
      return { expected: issue.issues[0]?.message ?? 'a member name', advice: 'Mend the member name.' };
    default:
      // Ours: the definitions name what they expect as their message.
      return { expected: issue.message, advice };
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  object: 'an object',
  record: 'an object',
  array: 'an array',
  boolean: 'true or false',
  int: 'an integer',
  number: 'a number',
};

function adviceOnType(issue: z.core.$ZodIssue, value: unknown): string {
  const isTextExpected = issue.code === 'invalid_type' && issue.expected === 'string';
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return isTextExpected && isScalar ? 'Put it in quotes.' : 'Mend the value.';
}

/** Text definitions name what they expect; numbers and lists get it from their bound. */
function sizeOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (issue.origin === 'string') return issue.message;
  const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  return issue.origin === 'array' ? `${bound} item${bound.endsWith(' 1') ? '' : 's'}` : `a number of ${bound}`;
}

function knownKeysAt(schema: z.core.$ZodType, tokens: readonly (string | number)[]): readonly string[] {
  let places: readonly Definition[] = definitionsOf(schema);
  for (const token of tokens) {
    places = places.flatMap((place) => {
      const inner = place.element ?? place.valueType ?? place.shape?.[token];
      return inner === undefined ? [] : definitionsOf(inner);
    });
  }
  return places.flatMap((place) => Object.keys(place.shape ?? {}));
}

/** A schema without its wrappers (optional, default), and each of its alternatives. */
function definitionsOf(schema: z.core.$ZodType): readonly Definition[] {
  // zod's own record of what a schema was made from; every member of ours is one that some kinds of schema have.
  const definition = schema._zod.def as Definition;
  if (definition.innerType !== undefined) return definitionsOf(definition.innerType);
  if (definition.options !== undefined) return definition.options.flatMap(definitionsOf);
  return [definition];
}

function valueAt(document: unknown, tokens: readonly (string | number)[]): unknown {
  let value = document;
  for (const token of tokens) {
    if (Array.isArray(value) && typeof token === 'number') value = value[token];
    else if (isPlainObject(value) && Object.hasOwn(value, token)) value = value[token];
    else return undefined;
  }
  return value;
}
