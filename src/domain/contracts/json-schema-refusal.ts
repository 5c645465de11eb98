/** How a schema that cannot be a contract is refused: with the file, the place in it, and what to write instead. */
import { appendToken } from '../canonical/json-pointer.ts';
import { contractError, type SlicewiseError } from '../errors.ts';
import { type ContractRef, formatRef } from './contract-ref.ts';
import type { SourcePosition } from './registered-contract.ts';

/** Where a JSON Schema stands: the facts that its error messages name. */
export interface SchemaSource {
  readonly ref: ContractRef;
  /** Where a person finds the contract, e.g. `contracts/brand.yaml`. */
  readonly origin: string;
  /** The line and column of a pointer into the contract's document. */
  readonly locate?: ((pointer: string) => SourcePosition | undefined) | undefined;
}

/** What is wrong with one place of a schema. */
export interface SchemaFlaw {
  /** RFC 6901, from the schema's own root. */
  readonly pointer: string;
  readonly expected: string;
  readonly found: string;
  readonly advice: string;
}

/** Where the JSON Schema stands in a Schema contract's document. */
const SCHEMA_MEMBER = appendToken('', 'schema');

/** @returns `contract.schema_invalid`, its `details.pointer` leading into the contract's document. */
export function schemaInvalid(source: SchemaSource, flaw: SchemaFlaw): SlicewiseError {
  return refusal('contract.schema_invalid', source, flaw);
}

/** @returns `contract.array_kind_conflict`: two array kinds could hold at one place. */
export function arrayKindConflict(source: SchemaSource, flaw: SchemaFlaw): SlicewiseError {
  return refusal('contract.array_kind_conflict', source, flaw);
}

/** A pointer into the schema as a pointer into the contract that holds it. */
export function contractPointer(schemaPointer: string): string {
  return SCHEMA_MEMBER + schemaPointer;
}

function refusal(code: string, source: SchemaSource, flaw: SchemaFlaw): SlicewiseError {
  const pointer = contractPointer(flaw.pointer);
  const position = source.locate?.(pointer);
  const place = position ? `${source.origin}:${position.line}:${position.column}` : source.origin;
  return contractError(
    code,
    `${place}: Schema ${formatRef(source.ref)} at ${pointer}: expected ${flaw.expected}, found ${flaw.found}. ${flaw.advice}`,
    { origin: source.origin, ref: formatRef(source.ref), pointer, ...(position && { position }) },
  );
}
