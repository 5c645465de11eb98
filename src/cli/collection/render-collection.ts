import type { CollectPayloadsResult, CollectSlicesResult } from '../../flows/runtime/collection/collection-calls.ts';
import { groupDigits } from '../ingest/progress.ts';

type Pair = readonly [string, string];

/** What became of payloads, or of slices. */
export function collectionPairs(
  what: 'payloads' | 'slices',
  result: CollectPayloadsResult | CollectSlicesResult,
  isDryRun: boolean,
): readonly Pair[] {
  const { entities, examined, referenced, young, collected, left } = result;
  const bytes = 'collectedBytes' in result && collected > 0 ? `, ${groupDigits(result.collectedBytes)} bytes` : '';
  const rows: readonly Pair[] = [
    [`${what} looked at`, `${groupDigits(examined)} of ${groupDigits(entities)} entities`],
    ['  referred to', groupDigits(referenced)],
    ['  too young', groupDigits(young)],
    ['  left to another collection', groupDigits(left)],
    [isDryRun ? '  to be deleted' : '  deleted', groupDigits(collected) + bytes],
  ];
  const isShown = ([name, value]: Pair) => value !== '0' || !/too young|left to/.test(name);
  return rows.filter(isShown);
}
