import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import type { SweepIndexInput, SweepIndexResult } from '../listing-calls.ts';
import { parseIndex, readJudged } from './look-up-index.ts';
import type { MergePosition } from './merge-shards.ts';
import { sweepHints } from './sweep-hints.ts';

/** Entries that are read, judged and swept together. */
const PAGE_LIMIT = 100;

/**
 * Deletes what is stale under an index key, declared entries too, each unless it was written again since it was read.
 * @throws `index.key_invalid`, `index.unknown`
 */
export async function sweepIndex(
  context: RuntimeContext,
  input: SweepIndexInput,
  signal?: AbortSignal,
): Promise<SweepIndexResult> {
  ensureNotAborted(signal);
  const index = await parseIndex(context, input);
  let [entries, swept] = [0, 0];
  let from: MergePosition | null = null;
  do {
    const page: Awaited<ReturnType<typeof readJudged>> = await readJudged(
      context,
      index,
      { limit: PAGE_LIMIT, from },
      signal,
    );
    const stale = page.items.filter(({ standing }) => standing === 'stale');
    swept += await sweepHints(
      context,
      stale.map(({ hint }) => hint),
    );
    entries += page.items.length;
    from = page.next;
  } while (from !== null);
  return { entries, swept };
}
