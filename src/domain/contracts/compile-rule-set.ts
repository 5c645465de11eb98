import { compareUtf8 } from '../canonical/key-order.ts';
import { compileIndexes } from './compile-indexes.ts';
import { compileJoins, entityTypeMismatch, type LinkedJoins, unresolved } from './compile-joins.ts';
import { compileImpact, compileSlices } from './compile-slices.ts';
import type { CompiledRuleSet, CompiledSchema } from './compiled-contracts.ts';
import { type ContractProblem, refuseProblems } from './contract-problem.ts';
import { formatRef } from './contract-ref.ts';
import type { RuleSetContract } from './parse-contract.ts';
import { proveImpactMap } from './prove-impact-map.ts';
import { proveJoinImpact } from './prove-join-impact.ts';
import { deprecationWarnings } from './status-gate.ts';

/** The contracts of `referencesOf`, compiled. */
export interface LinkedContracts extends LinkedJoins {
  readonly schema: CompiledSchema;
}

/** A rule set whose parts are read and fit what it is linked with; nothing is proved of its impact yet. */
export interface LinkedRuleSet extends Pick<CompiledRuleSet, 'schema' | 'slices' | 'joins' | 'impactMap' | 'indexes'> {
  readonly contract: RuleSetContract;
}

/**
 * Reads what the parts of a rule set say, and links them.
 *
 * @throws one refusal with every problem, under the code of the first: `contract.*`, `selector.*`
 */
export function linkRuleSet(contract: RuleSetContract, linked: LinkedContracts): LinkedRuleSet {
  const { definition } = contract;
  const problems: ContractProblem[] = schemaProblems(contract, linked.schema);
  const reading = { shape: problems.length === 0 ? linked.schema.shape : null, problems };
  const joins = compileJoins(contract, linked, reading);
  const slices = compileSlices(definition, reading);
  const sliceTypes = definition.slices.map((slice) => slice.type);
  const impactMap = compileImpact(definition.impactMap, sliceTypes, '/impactMap', reading);
  const indexes = compileIndexes({ definition, slices, joins }, reading);
  refuseProblems(nameOf(contract), problems, contract.registered);
  return { contract, schema: linked.schema, slices, joins, impactMap, indexes };
}

/**
 * Links a rule set and proves it sound, whatever its status: replays of what was committed need that, and
 * `gateRuleSet` decides on new work (design: impact, joins, inverted index).
 *
 * @throws as `linkRuleSet`, and the same of what is unsound
 */
export function compileRuleSet(contract: RuleSetContract, linked: LinkedContracts): CompiledRuleSet {
  const ruleSet = linkRuleSet(contract, linked);
  refuseProblems(nameOf(contract), unsoundParts(ruleSet), contract.registered);
  return completeRuleSet(ruleSet);
}

/** Where a join stands in its document. */
export function joinPointer({ definition }: RuleSetContract, name: string): string {
  return `/joins/${definition.joins.findIndex((join) => join.name === name)}`;
}

function unsoundParts({ contract, schema, slices, joins, impactMap }: LinkedRuleSet): readonly ContractProblem[] {
  return [
    ...proveImpactMap({ shape: schema.shape, slices, joins, impactMap }),
    ...joins.flatMap((join) => proveJoinImpact({ join, slices, pointer: joinPointer(contract, join.name) })),
  ];
}

function completeRuleSet({ contract, schema, slices, joins, impactMap, indexes }: LinkedRuleSet): CompiledRuleSet {
  const { ref, contentHash, status, document, definition } = contract;
  const compiled = { kind: 'RuleSet', ref, contentHash, status, document, entityType: definition.entityType } as const;
  const used = [schema, ...joins.map(({ source }) => (source.kind === 'RAW' ? source.schema : source.ruleSet))];
  const contracts: (CompiledSchema | CompiledRuleSet)[] = [];
  const ruleSet: CompiledRuleSet = {
    ...compiled,
    schema,
    slices,
    joins,
    impactMap,
    onNoMatch: definition.onNoMatch,
    indexes,
    contracts,
    warnings: deprecationWarnings(nameOf(contract), used),
  };
  contracts.push(...uniqueContracts([ruleSet, ...used, ...used.flatMap(partsOf)]));
  return ruleSet;
}

function nameOf({ ref }: RuleSetContract): string {
  return `RuleSet ${formatRef(ref)}`;
}

function schemaProblems({ definition }: RuleSetContract, schema: CompiledSchema): ContractProblem[] {
  if (formatRef(schema.ref) !== definition.schemaRef)
    return [unresolved('/schemaRef', `Schema ${definition.schemaRef}`)];
  if (schema.entityType !== definition.entityType)
    return [entityTypeMismatch('/schemaRef', definition.entityType, schema)];
  return [];
}

function partsOf(contract: CompiledSchema | CompiledRuleSet): readonly (CompiledSchema | CompiledRuleSet)[] {
  return contract.kind === 'RuleSet' ? contract.contracts : [];
}

function uniqueContracts(
  contracts: readonly (CompiledSchema | CompiledRuleSet)[],
): readonly (CompiledSchema | CompiledRuleSet)[] {
  const byName = new Map(contracts.map((contract) => [`${contract.kind} ${formatRef(contract.ref)}`, contract]));
  return [...byName].sort(([left], [right]) => compareUtf8(left, right)).map(([, contract]) => contract);
}
