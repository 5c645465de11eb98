import { contractError } from '../errors.ts';
import type { CompiledRuleSet, CompiledSchema, CompiledView, ContractStatus } from './compiled-contracts.ts';
import { type ContractRef, formatRef } from './contract-ref.ts';
import type { ContractKind } from './registered-contract.ts';

/** Which contracts new work may use (design: contracts). Reading what was committed needs no gate. */

export interface GatedContract {
  readonly kind: ContractKind;
  readonly ref: ContractRef;
  readonly status: ContractStatus;
}

export interface ContractUsage {
  /** Who refers to it, for the message: `RuleSet product-core@1.3.0`, `slicing`. */
  readonly usedBy: string;
  /** What the referring contract says. */
  readonly allowDeprecated: boolean;
}

/**
 * ACTIVE contracts run, DEPRECATED ones where the referring contract allows it.
 *
 * @returns a warning for the log, or `null`.
 * @throws `contract.not_active` (DRAFT, ARCHIVED), `contract.deprecated`
 */
export function assertUsable(contract: GatedContract, { usedBy, allowDeprecated }: ContractUsage): string | null {
  const name = nameOf(contract);
  switch (contract.status) {
    case 'ACTIVE':
      return null;
    case 'DEPRECATED':
      if (allowDeprecated) return deprecationWarning(usedBy, contract);
      throw contractError(
        'contract.deprecated',
        `${name}, used by ${usedBy}: expected an ACTIVE contract, found one that is DEPRECATED. ` +
          'Move on to its successor, or say `allowDeprecated: true` in a new version of the contract that refers to it.',
        { contract: name, status: contract.status, usedBy },
      );
    case 'DRAFT':
    case 'ARCHIVED':
      throw contractError(
        'contract.not_active',
        `${name}, used by ${usedBy}: expected an ACTIVE contract, found one that is ${contract.status}. ` +
          (contract.status === 'DRAFT' ? 'Set its status to ACTIVE to publish it.' : 'Name a version that is ACTIVE.'),
        { contract: name, status: contract.status, usedBy },
      );
  }
}

/**
 * Gates a rule set for new slicings: itself, its schema, the contracts of its joins' sources. A rule set that is itself
 * DEPRECATED, named by a call and not by a contract, runs where it says `allowDeprecated: true`.
 *
 * @returns warnings for the log.
 * @throws as `assertUsable`.
 */
export function gateRuleSet(ruleSet: CompiledRuleSet, usedBy = 'this call'): readonly string[] {
  const allowDeprecated = allowsDeprecated(ruleSet);
  const own = assertUsable(ruleSet, { usedBy, allowDeprecated });
  const warnings = partsOf(ruleSet).map((part) => assertUsable(part, { usedBy: nameOf(ruleSet), allowDeprecated }));
  return [own, ...warnings].filter((warning) => warning !== null);
}

/**
 * Gates a view for reading: itself and its rule set, whose slices are committed already.
 *
 * @returns warnings for the log.
 * @throws as `assertUsable`.
 */
export function gateView(view: CompiledView, usedBy = 'this call'): readonly string[] {
  const allowDeprecated = allowsDeprecated(view);
  const warnings = [
    assertUsable(view, { usedBy, allowDeprecated }),
    assertUsable(view.ruleSet, { usedBy: nameOf(view), allowDeprecated }),
  ];
  return warnings.filter((warning) => warning !== null);
}

/** One line for each DEPRECATED contract that another one uses. */
export function deprecationWarnings(usedBy: string, contracts: readonly GatedContract[]): readonly string[] {
  const warnings = contracts
    .filter((contract) => contract.status === 'DEPRECATED')
    .map((contract) => deprecationWarning(usedBy, contract));
  return [...new Set(warnings)];
}

function deprecationWarning(usedBy: string, contract: GatedContract): string {
  return `${usedBy} uses ${nameOf(contract)}, which is DEPRECATED.`;
}

function partsOf(ruleSet: CompiledRuleSet): readonly (CompiledSchema | CompiledRuleSet)[] {
  const sources = ruleSet.joins.map(({ source }) => (source.kind === 'RAW' ? source.schema : source.ruleSet));
  return [...new Set([ruleSet.schema, ...sources])];
}

function allowsDeprecated({ document }: CompiledRuleSet | CompiledView): boolean {
  return document['allowDeprecated'] === true;
}

function nameOf({ kind, ref }: GatedContract): string {
  return `${kind} ${formatRef(ref)}`;
}
