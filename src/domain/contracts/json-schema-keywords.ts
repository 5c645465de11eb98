/**
 * The keywords of JSON Schema 2020-12 that a Schema contract may use, and where the schemas below each of them stand.
 * Whatever is not listed is refused: a misspelt keyword would silently check nothing (law L1).
 */

/** What a keyword's value holds. */
export type KeywordContent =
  | 'plain'
  /** One schema for the same place. */
  | 'schema'
  /** An array of schemas. */
  | 'schema-list'
  /** An object of schemas by name. */
  | 'schema-map';

const PLAIN = [
  '$schema',
  '$id',
  '$anchor',
  '$ref',
  '$comment',
  'type',
  'enum',
  'const',
  'format',
  'multipleOf',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'maxContains',
  'minContains',
  'maxProperties',
  'minProperties',
  'required',
  'dependentRequired',
  'title',
  'description',
  'default',
  'deprecated',
  'readOnly',
  'writeOnly',
  'examples',
  'contentEncoding',
  'contentMediaType',
  'x-slicewise-array',
];

const SCHEMA = [
  'not',
  'if',
  'then',
  'else',
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentSchema',
];

const SCHEMA_LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];

const SCHEMA_MAP = ['$defs', 'definitions', 'properties', 'patternProperties', 'dependentSchemas'];

export const KEYWORD_CONTENT: ReadonlyMap<string, KeywordContent> = new Map<string, KeywordContent>([
  ...PLAIN.map((keyword) => [keyword, 'plain'] as const),
  ...SCHEMA.map((keyword) => [keyword, 'schema'] as const),
  ...SCHEMA_LIST.map((keyword) => [keyword, 'schema-list'] as const),
  ...SCHEMA_MAP.map((keyword) => [keyword, 'schema-map'] as const),
]);

/** Our vocabulary: how an array's items are compared and kept (rfc-v4-002 §1-1). */
export const ARRAY_KEYWORD = 'x-slicewise-array';

/** Keywords whose schemas only test a value: an array kind inside them could shape nothing. */
export const TESTING_KEYWORDS: ReadonlySet<string> = new Set(['not', 'contains', 'propertyNames', 'contentSchema']);

/** Keywords whose value is an object by member name, beside `properties`. */
export const NAME_MAPS: ReadonlySet<string> = new Set(['properties', 'dependentSchemas', 'dependentRequired']);

/** The one dialect; `$schema` may say so or be left out. */
export const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
