import { z } from 'zod';
import type { JsonObject } from '../canonical/json-value.ts';
import { isPlainObject } from '../canonical/json-value.ts';
import { entityType, headOf } from './contract-head.ts';
import { DIALECT } from './json-schema-keywords.ts';

/** A `Schema` contract: what payloads of one entity type look like (rfc-v4-001 §5). */
export const schemaContract = z.strictObject({
  ...headOf('Schema'),
  entityType: entityType.describe('Whose payloads it describes.'),
  schema: z
    .custom<JsonObject>(isObjectSchema, { error: 'a JSON Schema 2020-12 object whose root says `type: object`' })
    .meta({
      $ref: DIALECT,
      required: ['type'],
      properties: { type: { const: 'object', description: 'Every payload is an object.' } },
      description: 'A JSON Schema 2020-12 for the payload; its root is of type object.',
    }),
});

export type SchemaDefinition = z.infer<typeof schemaContract>;

function isObjectSchema(value: unknown): boolean {
  return isPlainObject(value) && value['type'] === 'object';
}
