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
import { shapeSource } from './slice-shape.ts';
import { deprecationWarnings } from './status-gate.ts';

/** The contracts of `referencesOf`, compiled. */
export interface LinkedContracts extends LinkedJoins {
  readonly schema: CompiledSchema;
}

/**
 * Links a rule set and proves it sound, whatever its status: replays of what was committed need that, and
 * `gateRuleSet` decides on new work (design: impact, joins, inverted index).
 *
 * @throws one refusal with every problem, under the code of the first: `contract.*`, `selector.*`
 */
export function compileRuleSet(contract: RuleSetContract, linked: LinkedContracts): CompiledRuleSet {
  const { definition } = contract;
  const name = `RuleSet ${formatRef(contract.ref)}`;
  const problems: ContractProblem[] = schemaProblems(contract, linked.schema);
  const reading = { shape: problems.length === 0 ? linked.schema.shape : null, problems };
  const joins = compileJoins(contract, linked, reading);
  const slices = compileSlices(definition, reading);
  const sliceTypes = definition.slices.map((slice) => slice.type);
  const impactMap = compileImpact(definition.impactMap, sliceTypes, '/impactMap', reading);
  const indexes = compileIndexes({ definition, slices, joins }, reading);
  refuseProblems(name, problems, contract.registered);

  const { schema } = linked;
  const gaps = [
    ...proveImpactMap({ shape: schema.shape, slices, joins, impactMap }),
    ...joins.flatMap((join) => {
      const pointer = `/joins/${definition.joins.findIndex((candidate) => candidate.name === join.name)}`;
      return proveJoinImpact({ join, sourceShape: shapeSource(join), slices, pointer });
    }),
  ];
  refuseProblems(name, gaps, contract.registered);

  const { ref, contentHash, status, document } = contract;
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
    warnings: deprecationWarnings(name, used),
  };
  contracts.push(...uniqueContracts([ruleSet, ...used, ...used.flatMap(partsOf)]));
  return ruleSet;
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
