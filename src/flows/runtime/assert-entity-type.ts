import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { validationError } from '../../domain/errors.ts';
import { type EntityKey, entityTypeOf } from '../../domain/identity.ts';

/**
 * A rule set, and a view over it, is for entities of its own type and no others, even where a payload would fit.
 * @throws `rule_set.entity_type_mismatch`
 */
export function assertEntityType(ruleSet: CompiledRuleSet, entityKey: EntityKey): void {
  const { entityType } = ruleSet;
  if (entityTypeOf(entityKey) === entityType) return;
  const ruleSetRef = formatRef(ruleSet.ref);
  throw validationError(
    'rule_set.entity_type_mismatch',
    `entityKey: expected a ${entityType}, which rule set ${ruleSetRef} is for, found ${entityKey}. ` +
      'Name a rule set, or a view, of the entity’s own type.',
    { ruleSetRef, entityKey, entityType },
  );
}
