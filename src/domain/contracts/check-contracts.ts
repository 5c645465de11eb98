import { isSlicewiseError, type SlicewiseError } from '../errors.ts';
import { compileView } from './compile-view.ts';
import type { ContractIndex, IndexedContract } from './contract-index.ts';
import { ContractLinker } from './contract-linker.ts';
import { formatRef, parseRef } from './contract-ref.ts';
import { assertUsable, gateRuleSet, gateView } from './status-gate.ts';

/**
 * What keeps contracts of a registry from running, by their names: each that is ACTIVE or DEPRECATED is parsed, linked
 * with what it refers to and proved sound; an ACTIVE one may refer only to what may run. DRAFT and ARCHIVED ones run
 * nowhere, however unfinished they are.
 */
export function refusalsIn(index: ContractIndex): ReadonlyMap<string, SlicewiseError> {
  const linker = new ContractLinker(index);
  const refusals = new Map<string, SlicewiseError>();
  for (const [name, contract] of index) {
    if (contract.status === 'DRAFT' || contract.status === 'ARCHIVED') continue;
    try {
      checkContract(contract, linker);
    } catch (error) {
      if (!isSlicewiseError(error)) throw error;
      refusals.set(name, error);
    }
  }
  return refusals;
}

function checkContract({ kind, ref, status }: IndexedContract, linker: ContractLinker): void {
  const isActive = status === 'ACTIVE';
  switch (kind) {
    case 'Schema': {
      const schema = linker.schema(formatRef(ref));
      if (isActive) assertUsable(schema, { usedBy: 'publishing', allowDeprecated: false });
      return;
    }
    case 'RuleSet': {
      const ruleSet = linker.ruleSet(formatRef(ref));
      if (isActive) gateRuleSet(ruleSet);
      return;
    }
    case 'View': {
      const contract = linker.view(formatRef(ref));
      const view = compileView(contract, linker.ruleSet(formatRef(parseRef(contract.definition.ruleSetRef))));
      if (isActive) gateView(view);
    }
  }
}
