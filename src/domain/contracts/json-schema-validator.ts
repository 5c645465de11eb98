/** JSON Schema 2020-12 by ajv, strict: what it does not know, it refuses when the schema is loaded (law L1). */
import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { JsonObject } from '../canonical/json-value.ts';
import type { SchemaViolation } from './compiled-contracts.ts';
import { decodeFragment, type SchemaIndex } from './json-schema-index.ts';
import { ARRAY_KEYWORD, DIALECT } from './json-schema-keywords.ts';
import { isMultipleOf } from './json-schema-multiple-of.ts';
import { type SchemaFlaw, type SchemaSource, schemaInvalid } from './json-schema-refusal.ts';
import { describeViolations } from './json-schema-violations.ts';

const NO_VIOLATIONS: readonly SchemaViolation[] = [];

const OPTIONS: Options = {
  strict: true,
  // `type: [string, 'null']` is how a nullable property is declared.
  allowUnionTypes: true,
  ownProperties: true,
  // Done apart, so that its errors keep their places.
  validateSchema: false,
  logger: false,
};

/** Knows the meta-schema, which takes longer to compile than most schemas. */
const metaAjv = once(() => withFormats(new Ajv2020(OPTIONS)));

/**
 * Checks a schema against the 2020-12 meta-schema.
 * @throws `contract.schema_invalid`
 */
export function checkAgainstMetaSchema(schema: JsonObject, source: SchemaSource): void {
  if (schema['$schema'] !== undefined && schema['$schema'] !== DIALECT) {
    throw schemaInvalid(source, {
      pointer: '/$schema',
      expected: `${DIALECT} or no $schema`,
      found: JSON.stringify(schema['$schema']),
      advice: 'Write the schema in JSON Schema 2020-12.',
    });
  }
  const ajv = metaAjv();
  if (ajv.validateSchema(schema) === true) return;
  const error = mostTelling(ajv.errors ?? []);
  throw schemaInvalid(source, {
    pointer: error?.instancePath ?? '',
    expected: `a JSON Schema of 2020-12 (${error?.message ?? 'see its meta-schema'})`,
    found: describeParams(error),
    advice: 'Mend the keyword’s value.',
  });
}

/** Schemas within a schema from which the time to optimise their code, which grows with its square, is felt. */
const OPTIMISED_MAX = 200;

/**
 * Compiles a schema into a check whose good path allocates nothing.
 * @throws `contract.schema_invalid`
 */
export function compileValidator({ root, source, pointers }: SchemaIndex) {
  const options: Options = { ...OPTIONS, code: { optimize: pointers.size <= OPTIMISED_MAX } };
  const fits = compile(root, { ...options, allErrors: false }, source);
  let findAll: ValidateFunction | undefined;
  return (payload: unknown): readonly SchemaViolation[] => {
    if (fits(payload)) return NO_VIOLATIONS;
    // Else the last misfit would stay in memory until the next.
    fits.errors = null;
    // Only for payloads that are known not to fit: finds every error, with the data that it is about.
    findAll ??= compile(root, { ...options, allErrors: true, verbose: true }, source);
    findAll(payload);
    const errors = findAll.errors ?? [];
    findAll.errors = null;
    return describeViolations(errors);
  };
}

/** Each schema has an ajv of its own: one that is shared resolves `#` through whatever it compiled last. */
function compile(schema: JsonObject, options: Options, source: SchemaSource): ValidateFunction {
  const ajv = withFormats(new Ajv2020({ ...options, meta: false }));
  ajv.addKeyword({ keyword: ARRAY_KEYWORD });
  // Resolved by ajv, but not among the keywords that its strict mode knows.
  ajv.addKeyword({ keyword: '$anchor' });
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    errors: false,
    compile: (divisor: number) => (value: number) => isMultipleOf(value, divisor),
  });
  try {
    return ajv.compile(schema);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw schemaInvalid(source, error instanceof RangeError ? TOO_LARGE : describeCompileError(error.message));
  }
}

/** ajv nests the code of a schema's checks; some thousand beside each other overflow the stack. */
const TOO_LARGE: SchemaFlaw = {
  pointer: '',
  expected: 'a schema that can be compiled',
  found: 'too many members in one schema',
  advice: 'Group members into objects, or describe them with patternProperties.',
};

function withFormats(ajv: Ajv2020): Ajv2020 {
  formats.default(ajv);
  return ajv;
}

/** ajv names the place inside its message: `strict mode: … at "#/properties/x" (strictTypes)`. */
function describeCompileError(message: string): SchemaFlaw {
  const place = /at (?:path )?"#([^"]*)"/.exec(message)?.[1] ?? '';
  return {
    pointer: decodeFragment(place) ?? '',
    expected: 'a schema that says what it means (ajv strict mode)',
    found: message.replace(/^strict mode: /, ''),
    advice: 'Add or mend the keyword that it names; see https://ajv.js.org/strict-mode.html.',
  };
}

/** The deepest: the errors around it only say that something below does not fit. */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject | undefined {
  return errors.reduce<ErrorObject | undefined>(
    (best, error) => (best && best.instancePath.length >= error.instancePath.length ? best : error),
    undefined,
  );
}

function describeParams(error: ErrorObject | undefined): string {
  const allowed: unknown = error?.params['allowedValues'];
  return Array.isArray(allowed) ? `none of ${allowed.join(', ')}` : 'something else';
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
