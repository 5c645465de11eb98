import { parseRef } from '../../../domain/contracts/contract-ref.ts';
import type { EntityKey, TenantId, Version } from '../../../domain/identity.ts';
import type { HintRecord } from '../../../domain/records.ts';
import type { StaleHint } from './fan-out-calls.ts';

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
