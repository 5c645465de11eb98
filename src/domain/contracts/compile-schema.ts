import type { ContentHash } from '../canonical/hash.ts';
import type { JsonObject } from '../canonical/json-value.ts';
import type { CompiledSchema, ContractStatus } from './compiled-contracts.ts';
import { indexSchema } from './json-schema-index.ts';
import { type SchemaSource, schemaInvalid } from './json-schema-refusal.ts';
import { checkAgainstMetaSchema, compileValidator } from './json-schema-validator.ts';
import { createNormaliser } from './schema-normaliser.ts';
import { shapeSchema } from './schema-shape.ts';

/** A Schema contract as it was parsed: known kind and members, its JSON Schema not yet looked into. */
export interface ParsedSchema extends SchemaSource {
  readonly contentHash: ContentHash;
  readonly status: ContractStatus;
  /** The whole contract without its status. */
  readonly document: JsonObject;
  readonly entityType: string;
  /** The contract's member `schema`: a JSON Schema 2020-12 whose root is an object. */
  readonly schema: JsonObject;
}

/**
 * Compiles a Schema contract: validation, array kinds and shape (rfc-v4-002 §1-1).
 * Loads ajv, so a module that may never need it imports this one dynamically.
 * @throws `contract.schema_invalid`, `contract.array_kind_conflict`, with a pointer into the contract's document
 */
export function compileSchema(contract: ParsedSchema): CompiledSchema {
  const { ref, contentHash, status, document, entityType, schema } = contract;
  if (schema['type'] !== 'object') {
    throw schemaInvalid(contract, {
      pointer: '/type',
      expected: '"object", as every payload is one',
      found: schema['type'] === undefined ? 'nothing' : JSON.stringify(schema['type']),
      advice: 'Write type: object at the root of the schema.',
    });
  }
  checkAgainstMetaSchema(schema, contract);
  const index = indexSchema(schema, contract);
  const shape = shapeSchema(index);
  const violations = compileValidator(index);
  return {
    kind: 'Schema',
    ref,
    contentHash,
    status,
    document,
    entityType,
    shape,
    normalise: createNormaliser(shape),
    violations,
  };
}
