import { sortedUniqueUtf8 } from '../canonical/key-order.ts';
import { RAW_SOURCE } from './contract-head.ts';
import { type ContractRefText, formatRef } from './contract-ref.ts';
import type { RuleSetContract } from './parse-contract.ts';

/** The contracts that a rule set must be linked with. */
export interface RuleSetReferences {
  readonly schema: ContractRefText;
  /** Of joins with the source RAW; sorted. */
  readonly joinSchemas: readonly ContractRefText[];
  /** Of joins with a slice type as their source; sorted. Never the rule set's own (`compileRuleSet` refuses that). */
  readonly joinRuleSets: readonly ContractRefText[];
}

/** What to load before `compileRuleSet`. */
export function referencesOf(contract: RuleSetContract): RuleSetReferences {
  const { definition, ref } = contract;
  const own = formatRef(ref);
  const sources = definition.joins.map((join) => join.joinSources);
  return {
    schema: asRefText(definition.schemaRef),
    joinSchemas: sortedUniqueUtf8(
      sources.flatMap(({ source, schemaRef }) =>
        source === RAW_SOURCE && schemaRef !== undefined ? [asRefText(schemaRef)] : [],
      ),
    ),
    joinRuleSets: sortedUniqueUtf8(
      sources.flatMap(({ source, ruleSetRef }) =>
        source !== RAW_SOURCE && ruleSetRef !== undefined && ruleSetRef !== own ? [asRefText(ruleSetRef)] : [],
      ),
    ),
  };
}

export function asRefText(text: string): ContractRefText {
  // parseContract saw that it is id@version.
  return text as ContractRefText;
}
