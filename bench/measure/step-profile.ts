import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';

/** Where a run's time went: step → its share of the profile, idle time left out. */
export type StepShares = ReadonlyMap<string, number>;

// The first that matches the file of a frame, or of the nearest frame above it that has one of these, is its step.
const STEPS: readonly (readonly [step: string, file: RegExp])[] = [
  ['parse', /\/src\/domain\/canonical\/(parse-json|scan-json)|\/runtime\/stored-json/],
  ['canonical bytes, hashes', /\/src\/domain\/canonical\//],
  ['validate', /\/src\/domain\/contracts\/|\/src\/domain\/ingest\//],
  ['changeset', /\/src\/domain\/changeset\//],
  ['slices, joins', /\/src\/domain\/slice\//],
  ['index entries', /\/src\/domain\/inverted-index\//],
  ['view', /\/src\/domain\/view\//],
  ['keys, records', /\/src\/domain\//],
  ['begin, commit, fsync', /\/adapters\/sqlite\/write-queue/],
  ['rows written', /\/adapters\/sqlite\/record-writer/],
  [
    'rows read',
    /\/adapters\/sqlite\/(record-reader|range-reader|batch-reader|slice-set-reader|row-statement|row-codec)/,
  ],
  ['store, other', /\/adapters\/sqlite\//],
  ['flows', /\/src\/flows\//],
];

// `post` is the profiler's own start and stop.
const NOT_RUNNING = new Set(['(idle)', '(root)', 'post']);

/** Runs something under V8's sampling profiler and adds its samples up by step. */
export async function profileSteps(run: () => Promise<unknown>): Promise<StepShares> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
    await run();
    const { profile } = await session.post('Profiler.stop');
    return sharesOf(profile);
  } finally {
    session.disconnect();
  }
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): StepShares {
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const steps = new Map(nodes.map((node) => [node.id, stepOf(node.id, byId, parents)]));
  const spent = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const step = steps.get(id) ?? null;
    if (step === null) return;
    const microseconds = timeDeltas[index] ?? 0;
    spent.set(step, (spent.get(step) ?? 0) + microseconds);
    total += microseconds;
  });
  const sorted = [...spent].sort(([, left], [, right]) => right - left);
  return new Map(sorted.map(([step, microseconds]) => [step, microseconds / total]));
}

function stepOf(
  id: number,
  nodes: ReadonlyMap<number, Profiler.ProfileNode>,
  parents: ReadonlyMap<number, number>,
): string | null {
  const name = nodes.get(id)?.callFrame.functionName ?? '';
  if (NOT_RUNNING.has(name)) return null;
  if (name === '(garbage collector)') return 'garbage collection';
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const url = nodes.get(at)?.callFrame.url ?? '';
    const step = STEPS.find(([, file]) => file.test(url));
    if (step !== undefined) return step[0];
  }
  return 'event loop, bench';
}

export function formatShares(shares: StepShares): string {
  return [...shares]
    .filter(([, share]) => share >= 0.005)
    .map(([step, share]) => `${step} ${(share * 100).toFixed(0)} %`)
    .join(' · ');
}
