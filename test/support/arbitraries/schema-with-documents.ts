/** Random Schema contracts with documents that fit them: the raw material of the law suites. */
import type fc from 'fast-check';
import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { compileSchema } from '../../../src/domain/contracts/compile-schema.ts';
import type { CompiledSchema } from '../../../src/domain/contracts/compiled-contracts.ts';
import { statesOf } from './documents.ts';
import { jsonSchemaOf, type ModelOptions, type ObjectModel, rootModel } from './schema-model.ts';

export interface SchemaWithDocuments {
  /** For drawing more documents (`documentOf`, `editedOf`, `reorderedOf`). */
  readonly model: ObjectModel;
  /** A Schema contract document: `product@1.0.0`, ACTIVE, for entities of type `product`. */
  readonly contract: JsonObject;
  readonly schema: CompiledSchema;
  /** The first at random, each other an edit of the one before; as a caller would send them, not normalised. */
  readonly documents: readonly JsonObject[];
}

export interface SchemaWithDocumentsOptions extends ModelOptions {
  /** How many documents. Default 2. */
  readonly documents?: number;
}

/** A random Schema contract, compiled, and a chain of documents that fit it. */
export function schemaWithDocuments(options: SchemaWithDocumentsOptions = {}): fc.Arbitrary<SchemaWithDocuments> {
  return rootModel(options).chain((model) => {
    const contract = schemaContractOf(model);
    const schema = compileContract(contract);
    return statesOf(model, options.documents ?? 2).map((documents) => ({ model, contract, schema, documents }));
  });
}

/** The Schema contract of a model. */
export function schemaContractOf(model: ObjectModel): JsonObject & { readonly schema: JsonObject } {
  return {
    kind: 'Schema',
    id: 'product',
    version: '1.0.0',
    status: 'ACTIVE',
    entityType: 'product',
    schema: jsonSchemaOf(model),
  };
}

/** Compiles a Schema contract of this file without a registry. */
export function compileContract(contract: JsonObject & { readonly schema: JsonObject }): CompiledSchema {
  const { status: _status, ...document } = contract;
  return compileSchema({
    ref: { id: 'product', version: '1.0.0' },
    contentHash: hashCanonical(document),
    status: 'ACTIVE',
    document,
    entityType: 'product',
    schema: contract.schema,
    origin: 'object 1',
  });
}
