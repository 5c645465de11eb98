/** Two sides doing the same, in turns (A B A B), so that whatever the machine does meanwhile happens to both. */

export interface Contest {
  /** One round of each side, with its own set-up outside the clock; answers microseconds per item. */
  readonly ours: () => Promise<number> | number;
  readonly reference: () => Promise<number> | number;
  readonly rounds: number;
  readonly warmUpRounds: number;
}

export interface ContestResult {
  /** Medians, in microseconds per item. */
  readonly ours: number;
  readonly reference: number;
  readonly ratio: number;
  /** The 10th and 90th percentile of the rounds' ratios. */
  readonly spread: readonly [number, number];
}

export async function runContest(contest: Contest): Promise<ContestResult> {
  const ours: number[] = [];
  const reference: number[] = [];
  for (let round = -contest.warmUpRounds; round < contest.rounds; round += 1) {
    collectGarbage();
    const oursUs = await contest.ours();
    collectGarbage();
    const referenceUs = await contest.reference();
    if (round < 0) continue;
    ours.push(oursUs);
    reference.push(referenceUs);
  }
  return compare(ours, reference);
}

/** @param ours one number a round, as `reference` */
export function compare(ours: readonly number[], reference: readonly number[]): ContestResult {
  const ratios = ours.map((time, round) => time / (reference[round] ?? Number.NaN));
  return {
    ours: quantile(ours, 0.5),
    reference: quantile(reference, 0.5),
    ratio: quantile(ours, 0.5) / quantile(reference, 0.5),
    spread: [quantile(ratios, 0.1), quantile(ratios, 0.9)],
  };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

/** Microseconds per item of one run over `count` items. */
export async function timeUs(count: number, run: () => Promise<unknown> | unknown): Promise<number> {
  const startedMs = performance.now();
  await run();
  return ((performance.now() - startedMs) * 1000) / count;
}

/** So that no side pays for the other's garbage. */
function collectGarbage(): void {
  if (globalThis.gc === undefined)
    throw new Error('bench: expected node --expose-gc, found no gc. Use `npm run bench`.');
  globalThis.gc();
}
