import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { validationError } from '../../domain/errors.ts';
import { type EntityKey, entityTypeOf } from '../../domain/identity.ts';

/**
 * A rule set slices entities of its own type and no others, even where their payloads would fit its schema.
 * @throws `slicing.entity_type_mismatch`
 */
export function assertEntityType(ruleSet: CompiledRuleSet, entityKey: EntityKey): void {
  const { entityType } = ruleSet;
  if (entityTypeOf(entityKey) === entityType) return;
  const ruleSetRef = formatRef(ruleSet.ref);
  throw validationError(
    'slicing.entity_type_mismatch',
    `entityKey: expected a ${entityType}, as rule set ${ruleSetRef} slices them, found ${entityKey}. ` +
      'Name a rule set of the entity’s own type.',
    { ruleSetRef, entityKey, entityType },
  );
}
