/** Compiles contracts given as objects without a registry, for tests of the pure stages. */
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import { compileRuleSet } from '../../src/domain/contracts/compile-rule-set.ts';
import { compileSchema } from '../../src/domain/contracts/compile-schema.ts';
import { compileView } from '../../src/domain/contracts/compile-view.ts';
import type { CompiledRuleSet, CompiledSchema, CompiledView } from '../../src/domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../src/domain/contracts/contract-ref.ts';
import { type Contract, parseContract } from '../../src/domain/contracts/parse-contract.ts';

export function compileSchemaOf(document: JsonObject): CompiledSchema {
  const contract = parse(document, 'Schema');
  return compileSchema({ ...contract, ...contract.registered, ...contract.definition, document: contract.document });
}

/** @param sources schemas and rule sets that it is linked with */
export function compileRulesOf(
  document: JsonObject,
  schema: CompiledSchema,
  sources: readonly (CompiledSchema | CompiledRuleSet)[] = [],
): CompiledRuleSet {
  const byRef = <Source extends CompiledSchema | CompiledRuleSet>(kind: Source['kind']) =>
    new Map(
      // Kept by its kind, so each is one of that kind.
      sources.filter((source) => source.kind === kind).map((source) => [formatRef(source.ref), source as Source]),
    );
  const linked = {
    schema,
    joinSchemas: byRef<CompiledSchema>('Schema'),
    joinRuleSets: byRef<CompiledRuleSet>('RuleSet'),
  };
  return compileRuleSet(parse(document, 'RuleSet'), linked);
}

export function compileViewOf(document: JsonObject, ruleSet: CompiledRuleSet): CompiledView {
  return compileView(parse(document, 'View'), ruleSet);
}

function parse<Kind extends Contract['kind']>(document: JsonObject, kind: Kind): Extract<Contract, { kind: Kind }> {
  const contract = parseContract({ document, origin: `the test's ${kind}`, locate: () => undefined });
  if (contract.kind !== kind) throw new Error(`expected a ${kind}, found a ${contract.kind}`);
  // Just checked; TypeScript does not narrow a generic union.
  return contract as Extract<Contract, { kind: Kind }>;
}
