import type { BatchOutcome, IngestResult, Runtime, SlicingResult } from '../../src/index.ts';
import type { Delivery } from './season.ts';

/** How the demo runs work through the runtime, and what it counts while doing so. */

export const TENANT = 'demo';

export interface Tally {
  readonly versions: number;
  readonly unchanged: number;
  readonly built: number;
  readonly shared: number;
  readonly tombstones: number;
  /** Other entities that followed a change. */
  readonly followed: number;
}

/** Ingests in batches: insert, changeset, slicing under every ACTIVE rule set. Stops at the first refusal. */
export async function ingestAll(runtime: Runtime, deliveries: readonly Delivery[]): Promise<readonly IngestResult[]> {
  const inputs = deliveries.map(({ entityKey, version, payload }) => ({
    tenantId: TENANT,
    entityKey,
    version,
    ...(payload === null ? { deleted: true as const } : { payload }),
  }));
  return collect(runtime.batch.ingest(inputs));
}

/** The results of a batch, in the order of its input. */
export async function collect<Result>(outcomes: AsyncIterable<BatchOutcome<Result>>): Promise<readonly Result[]> {
  const results: Result[] = [];
  for await (const outcome of outcomes) {
    if (!outcome.ok) throw outcome.error;
    results.push(outcome.result);
  }
  return results;
}

export function tally(results: readonly IngestResult[]): Tally {
  const slices = results.flatMap(slicingsOf).flatMap((slicing) => slicing.slices);
  return {
    versions: results.length,
    unchanged: results.filter((result) => result.outcome === 'unchanged').length,
    built: slices.filter((slice) => slice.rebuilt !== null).length,
    shared: slices.filter((slice) => slice.rebuilt === null).length,
    tombstones: slices.filter((slice) => slice.rebuilt !== null && slice.tombstone).length,
    followed: results.reduce((sum, { fanOut }) => sum + fanOut.revised + fanOut.sliced, 0),
  };
}

export function slicingsOf(result: IngestResult): readonly SlicingResult[] {
  return result.ruleSets.flatMap((ruleSet) => ('slicing' in ruleSet ? [ruleSet.slicing] : []));
}

export interface Reasons {
  readonly change: number;
  readonly join: number;
  readonly full: number;
  readonly shared: number;
}

/** Slice type → how often it was built for which reason, sorted by type. */
export function countReasons(slicings: readonly SlicingResult[]): readonly (readonly [string, Reasons])[] {
  const counts = new Map<string, Reasons>();
  for (const { sliceType, rebuilt } of slicings.flatMap((slicing) => slicing.slices)) {
    const before = counts.get(sliceType) ?? { change: 0, join: 0, full: 0, shared: 0 };
    const reason = rebuilt?.reason ?? 'shared';
    counts.set(sliceType, { ...before, [reason]: before[reason] + 1 });
  }
  return [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
}
