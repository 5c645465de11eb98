/** Turns the validator's errors into violations: where, what was expected, what was found, and never more of it. */
import type { ErrorObject } from 'ajv';
import { appendToken, isPointerPrefix } from '../canonical/json-pointer.ts';
import { compareUtf8 } from '../canonical/key-order.ts';
import { showValue } from '../shown-value.ts';
import type { SchemaViolation } from './compiled-contracts.ts';

/** Violations that one answer names. */
export const VIOLATIONS_MAX = 5;

const SHOWN_TEXT_MAX = 40;
const SHOWN_VALUES_MAX = 5;

/** Says only that a branch, not the value, is to blame; the branch's own errors stand beside it. */
const WRAPPING_KEYWORDS: ReadonlySet<string> = new Set(['if', 'anyOf', 'oneOf']);

/** What one alternative wants instead of what is there; noise once another alternative says more. */
const ALTERNATIVE_KEYWORDS: ReadonlySet<string> = new Set(['type', 'const', 'enum']);

/** The first violations by pointer. Expects errors with their data (`verbose`). */
export function describeViolations(errors: readonly ErrorObject[]): readonly SchemaViolation[] {
  const seen = new Set<string>();
  return withoutNoise(errors)
    .map(describeViolation)
    .sort((a, b) => compareUtf8(a.pointer, b.pointer) || compareUtf8(a.expected, b.expected))
    .filter(({ pointer, expected }) => {
      const key = `${pointer}\n${expected}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .slice(0, VIOLATIONS_MAX);
}

/**
 * A value as an error may show it: a short scalar, or the word for its type. Not more: payloads stay out of messages.
 */
export function describeFound(value: unknown): string {
  return value === undefined ? 'nothing' : showValue(value, SHOWN_TEXT_MAX);
}

function withoutNoise(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const wrapping = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const alternatives = new Set(wrapping.map(({ instancePath }) => instancePath));
  const telling = errors.filter(
    ({ keyword, instancePath }) =>
      !WRAPPING_KEYWORDS.has(keyword) && !(alternatives.has(instancePath) && ALTERNATIVE_KEYWORDS.has(keyword)),
  );
  const unexplained = wrapping.filter(
    ({ instancePath }) => !telling.some((error) => isPointerPrefix(instancePath, error.instancePath)),
  );
  return telling.length + unexplained.length > 0 ? [...telling, ...unexplained] : errors;
}

function describeViolation(error: ErrorObject): SchemaViolation {
  const pointer = error.instancePath;
  const missing = textParam(error, 'missingProperty');
  if (missing !== undefined)
    return { pointer: appendToken(pointer, missing), expected: 'a value (it is required)', found: 'nothing' };
  const additional = textParam(error, 'additionalProperty') ?? textParam(error, 'unevaluatedProperty');
  if (additional !== undefined) {
    return { pointer: appendToken(pointer, additional), expected: 'no member of this name', found: 'one' };
  }
  const found = Array.isArray(error.data) ? `an array of ${error.data.length}` : describeFound(error.data);
  return { pointer, expected: describeExpected(error), found };
}

function describeExpected(error: ErrorObject): string {
  const limit = String(error.params['limit']);
  switch (error.keyword) {
    case 'type':
      return [error.params['type']].flat().map(nameType).join(' or ');
    case 'enum':
      return describeAlternatives(error.params['allowedValues']);
    case 'const':
      return describeFound(error.params['allowedValue']);
    case 'format':
      return `a string of format ${String(error.params['format'])}`;
    case 'pattern':
      return `a string that matches ${String(error.params['pattern'])}`;
    case 'minLength':
      return `at least ${limit} characters`;
    case 'maxLength':
      return `at most ${limit} characters`;
    case 'multipleOf':
      return `a multiple of ${describeFound(error.schema)}`;
    case 'anyOf':
      return 'a value that fits one of its alternatives';
    case 'oneOf':
      return 'a value that fits exactly one of its alternatives';
    case 'false schema':
      return 'nothing here';
    default:
      return (error.message ?? `what ${error.keyword} demands`)
        .replace(/^must NOT (?:be |have )?/, 'not ')
        .replace(/^must (?:be |have )?/, '');
  }
}

function describeAlternatives(values: unknown): string {
  if (!Array.isArray(values)) return 'one of the values that the schema lists';
  const shown = values.slice(0, SHOWN_VALUES_MAX).map(describeFound).join(', ');
  return `one of ${shown}${values.length > SHOWN_VALUES_MAX ? `, … (${values.length} values)` : ''}`;
}

function nameType(type: unknown): string {
  const article = type === 'array' || type === 'object' || type === 'integer' ? 'an ' : 'a ';
  return type === 'null' ? 'null' : `${article}${String(type)}`;
}

function textParam(error: ErrorObject, name: string): string | undefined {
  const value: unknown = error.params[name];
  return typeof value === 'string' ? value : undefined;
}
