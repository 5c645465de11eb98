import type { HintRecord } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';

/**
 * Deletes entries that nothing supported when they were read, unless they were written again since.
 * @returns how many were deleted
 */
export async function sweepHints({ store }: RuntimeContext, hints: readonly HintRecord[]): Promise<number> {
  const outcomes = await Promise.all(hints.map((hint) => store.deleteHint(hint)));
  return outcomes.filter((outcome) => outcome === 'deleted').length;
}
