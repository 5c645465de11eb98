import { z } from 'zod';
import type { JsonObject } from '../canonical/json-value.ts';
import type { ContractKind } from './registered-contract.ts';
import { ruleSetContract } from './rule-set-contract.ts';
import { schemaContract } from './schema-contract.ts';
import { viewContract } from './view-contract.ts';

const CONTRACTS = { Schema: schemaContract, RuleSet: ruleSetContract, View: viewContract } as const;
const ANY_CONTRACT = z.discriminatedUnion('kind', [schemaContract, ruleSetContract, viewContract]);

/**
 * What a contract looks like, as a JSON Schema 2020-12, for editors and other tools (design: contract kinds). Whatever
 * loads as a contract fits it; what only shows between contracts, or in a path, is left to `validate`.
 * @param kind none: of a contract of whatever kind
 */
export function contractJsonSchema(kind?: ContractKind): JsonObject {
  const form = kind === undefined ? ANY_CONTRACT : CONTRACTS[kind];
  const title = kind === undefined ? 'A slicewise contract' : `A slicewise ${kind} contract`;
  // Of the input: what has a default may be left out. JSON, because zod makes it of literals alone.
  const { $schema, ...rest } = z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' }) as JsonObject;
  return { ...($schema !== undefined && { $schema }), title, ...rest };
}
