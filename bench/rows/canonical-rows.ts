import { benchCanonical } from '../canonical/canonical-bench.ts';
import { type BenchGroup, type BenchRow, judge } from '../report/bench-row.ts';

export const CANONICAL_ROWS: BenchGroup = {
  id: 'canonical',
  run: () => ({ rows: benchCanonical().map(rowOf), notes: [] }),
};

/** The names of the rows that `bench/canonical` measures, in its order. */
const NAMES = [
  ['canonical-package', 'canonical bytes + SHA-256, checked, 2 KB products', 'canonicalize + createHash'],
  ['canonical-stringify', 'canonical bytes + SHA-256, checked, 2 KB products', 'JSON.stringify + the same hash'],
  ['canonical-parsed', 'the same on objects from JSON.parse', 'JSON.stringify + the same hash'],
  ['canonical-parse-text', 'strict parsing of strings', 'JSON.parse'],
  ['canonical-parse-bytes', 'strict parsing of bytes', 'TextDecoder + JSON.parse'],
] as const;

function rowOf(measured: ReturnType<typeof benchCanonical>[number], index: number): BenchRow {
  const [id, title, against] = NAMES[index] ?? [measured.id, measured.id, 'its reference'];
  const { ours, reference, ratio, spread, target } = measured;
  const row = { id, title, against, unit: 'µs' as const, ours, reference, ratio, spread };
  return judge(target === undefined ? row : { ...row, target });
}
