/** How a schema that cannot be a contract is refused: in the words for all contracts, with its places inside its own. */
import { appendToken } from '../canonical/json-pointer.ts';
import type { SlicewiseError } from '../errors.ts';
import { type ContractProblem, refusalOf } from './contract-problem.ts';
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

/** What is wrong with one place of a schema; `pointer` leads from the schema's own root. */
export type SchemaFlaw = Omit<ContractProblem, 'code'>;

/** Where the JSON Schema stands in a Schema contract's document. */
const SCHEMA_MEMBER = appendToken('', 'schema');

/** @returns `contract.schema_invalid`, its place in `details.problems` */
export function schemaInvalid(source: SchemaSource, flaw: SchemaFlaw): SlicewiseError {
  return refusal('contract.schema_invalid', source, flaw);
}

/** @returns `contract.array_kind_conflict`: two array kinds could hold at one place */
export function arrayKindConflict(source: SchemaSource, flaw: SchemaFlaw): SlicewiseError {
  return refusal('contract.array_kind_conflict', source, flaw);
}

/** A pointer into the schema as a pointer into the contract that holds it. */
export function contractPointer(schemaPointer: string): string {
  return SCHEMA_MEMBER + schemaPointer;
}

function refusal(code: string, source: SchemaSource, flaw: SchemaFlaw): SlicewiseError {
  const { origin, ref } = source;
  const pointer = contractPointer(flaw.pointer);
  const position = source.locate?.(pointer);
  const place = { origin, pointer, line: position?.line ?? null, column: position?.column ?? null };
  return refusalOf(`Schema ${formatRef(ref)}`, [{ ...flaw, ...place, code }]);
}
