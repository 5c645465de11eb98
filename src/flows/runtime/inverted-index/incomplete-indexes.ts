import { type ContractRef, type ContractRefText, formatRef, parseRef } from '../../../domain/contracts/contract-ref.ts';
import type { TenantId } from '../../../domain/identity.ts';
import { isIndexComplete } from '../../../domain/inverted-index/index-completeness.ts';
import type { ContractBindingRecord, IndexStateRecord } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';

/**
 * Those of some rule sets whose index names not all parents, or is not known to. Asked once a plan, before the first
 * entry is read, and never remembered longer: somebody may say so at any time.
 */
export async function incompleteIndexesOf(
  { store }: RuntimeContext,
  tenantId: TenantId,
  ruleSets: readonly ContractRef[],
): Promise<ReadonlySet<ContractRefText>> {
  const refs = [...new Set(ruleSets.map(formatRef))];
  if (refs.length === 0) return new Set();
  const asked = refs.map((ref) => parseRef(ref));
  const found = await store.batchGet([
    ...asked.map((ruleSet) => ({ kind: 'index-state', tenantId, ruleSet }) as const),
    ...asked.map((ref) => ({ kind: 'contract-binding', contractKind: 'RuleSet', ref }) as const),
  ]);
  return new Set(
    refs.filter((_, index) => {
      // The states come first, in the order of the rule sets, then their bindings.
      const state = found[index] as IndexStateRecord | undefined;
      const binding = found[refs.length + index] as ContractBindingRecord | undefined;
      return !isIndexComplete(state, binding);
    }),
  );
}
