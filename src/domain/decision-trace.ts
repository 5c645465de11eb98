import { hashCanonical } from './canonical/hash.ts';
import type { JsonObject } from './canonical/json-value.ts';

/**
 * The id of one decision (rfc-v4-002 §11), made from what was decided upon: the same decision has the same id wherever
 * and whenever it is taken, so results and log lines of retries and replays find each other.
 */
export function decisionTraceIdOf(operation: string, facts: JsonObject): string {
  return `dt_${hashCanonical({ operation, facts }, 'made').slice('sha256:'.length, 'sha256:'.length + 32)}`;
}

/** What a slicing decides upon; refused or committed, it is the same decision. */
export interface SlicingDecision {
  readonly tenantId: string;
  readonly entityKey: string;
  readonly version: number;
  readonly ruleSetRef: string;
}

export function slicingTraceIdOf({ tenantId, entityKey, version, ruleSetRef }: SlicingDecision): string {
  return decisionTraceIdOf('slicing', { tenantId, entityKey, version, ruleSetRef });
}
