import { parseRef } from '../../../domain/contracts/contract-ref.ts';
import type { EntityKey, TenantId, Version } from '../../../domain/identity.ts';
import type { HintRecord } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import type { StaleHint } from './fan-out-calls.ts';

/**
 * Deletes entries that nothing supported when they were read, unless they were written again since.
 * @returns how many were deleted
 */
export async function sweepHints({ store }: RuntimeContext, hints: readonly HintRecord[]): Promise<number> {
  const outcomes = await Promise.all(hints.map((hint) => store.deleteHint(hint)));
  return outcomes.filter((outcome) => outcome === 'deleted').length;
}

/** An entry as a plan names it. */
export function hintOf(tenantId: TenantId, { ruleSetRef, ...hint }: StaleHint): HintRecord {
  return {
    kind: 'hint',
    tenantId,
    ...hint,
    entityKey: hint.entityKey as EntityKey,
    version: hint.version as Version,
    ruleSet: parseRef(ruleSetRef),
    sliceHash: null,
    indexedAt: '',
  };
}
