import { hashCanonical } from './canonical/hash.ts';
import type { JsonObject } from './canonical/json-value.ts';

/**
 * The id of one decision (rfc-v4-002 §11), made from what was decided upon: the same decision has the same id wherever
 * and whenever it is taken, so results and log lines of retries and replays find each other.
 */
export function decisionTraceIdOf(operation: string, facts: JsonObject): string {
  return `dt_${hashCanonical({ operation, facts }).slice('sha256:'.length, 'sha256:'.length + 32)}`;
}
