import type { HintRecord } from '../records.ts';

/** Whether an entry was written for a commit that is still to come (design §5: it is stale only if it is not). */
export function isAhead(
  hint: Pick<HintRecord, 'version' | 'revision'>,
  head: Pick<HintRecord, 'version' | 'revision'>,
): boolean {
  return hint.version > head.version || (hint.version === head.version && hint.revision > head.revision);
}
