import { contractError, type SlicewiseError } from '../errors.ts';
import type { ContractRefText } from './contract-ref.ts';

/** Rule sets that wait for each other would wait for ever. */
export function ruleSetCycle(cycle: readonly ContractRefText[]): SlicewiseError {
  return contractError(
    'contract.rule_set_cycle',
    `RuleSet ${cycle[0]}: expected joins on slices of rule sets that do not lead back to it, found ${cycle.join(' → ')}. ` +
      'Join RAW on one of these hops, or move the slices that others join into a rule set of their own.',
    { cycle },
  );
}
