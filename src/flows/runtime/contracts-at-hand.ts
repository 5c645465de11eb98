/**
 * Parsing and compiling, each once for a document that a registry hands over: a registry whose revision moves, and
 * runtimes that share one, find again what did not change.
 */

import { compileSchema as compileParsed } from '../../domain/contracts/compile-schema.ts';
import type { CompiledSchema } from '../../domain/contracts/compiled-contracts.ts';
import {
  type Contract,
  parseContract as parseRegistered,
  type SchemaContract,
} from '../../domain/contracts/parse-contract.ts';
import type { RegisteredContract } from '../../domain/contracts/registered-contract.ts';

const contracts = new WeakMap<RegisteredContract, Contract>();
const schemas = new WeakMap<SchemaContract, CompiledSchema>();

/** @throws as the domain's `parseContract` */
export function parseContract(registered: RegisteredContract): Contract {
  const known = contracts.get(registered);
  if (known !== undefined) return known;
  const contract = parseRegistered(registered);
  contracts.set(registered, contract);
  return contract;
}

/** @throws as the domain's `compileSchema` */
export function compileSchema(contract: SchemaContract): CompiledSchema {
  const known = schemas.get(contract);
  if (known !== undefined) return known;
  const { origin, locate } = contract.registered;
  const { entityType, schema } = contract.definition;
  const compiled = compileParsed({ ...contract, origin, locate, entityType, schema });
  schemas.set(contract, compiled);
  return compiled;
}
