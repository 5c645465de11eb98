import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { compileSchema } from '../../../src/domain/contracts/compile-schema.ts';
import type { CompiledSchema } from '../../../src/domain/contracts/compiled-contracts.ts';
import type { SchemaSource } from '../../../src/domain/contracts/json-schema-refusal.ts';

/** Compiles `product@1.0.0` from just what a test is about; the root is an object unless the test says otherwise. */
export function buildSchema(
  schema: JsonObject,
  { version = '1.0.0', locate }: { version?: string; locate?: SchemaSource['locate'] } = {},
): CompiledSchema {
  const root = { type: 'object', ...schema };
  const document = { kind: 'Schema', id: 'product', version, entityType: 'product', schema: root };
  return compileSchema({
    ref: { id: 'product', version },
    contentHash: hashCanonical(document),
    status: 'ACTIVE',
    document,
    entityType: 'product',
    schema: root,
    origin: 'contracts/product.yaml',
    locate,
  });
}

/** The schema of an array that is a set, with what its items are. */
export function setOf(items: JsonObject): JsonObject {
  return { type: 'array', 'x-slicewise-array': 'set', items };
}

/** The schema of an array of objects that is keyed by a pointer. */
export function keyedBy(keyed: string, properties: JsonObject = {}): JsonObject {
  return { type: 'array', 'x-slicewise-array': { keyed }, items: { type: 'object', properties } };
}
