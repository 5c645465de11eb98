/** Two sides doing the same, in turns (A B A B), so that whatever the machine does meanwhile happens to both. */

export interface Contest {
  /** One round of each side, with its own set-up outside the clock. */
  readonly ours: () => Promise<Timing> | Timing;
  readonly reference: () => Promise<Timing> | Timing;
  readonly rounds: number;
  readonly warmUpRounds: number;
}

export interface Solo extends Pick<Contest, 'rounds' | 'warmUpRounds'> {
  readonly run: Contest['ours'];
}

/** Microseconds per item. */
export interface Timing {
  readonly wallUs: number;
  /** This process' processor time: steadier than the wall on a shared machine, but it waits for no disk. */
  readonly processorUs: number;
}

export interface ContestResult {
  /** Medians of the wall time, in microseconds per item. */
  readonly ours: number;
  readonly reference: number;
  readonly ratio: number;
  /** The 10th and 90th percentile of the rounds' ratios. */
  readonly spread: readonly [number, number];
  /** The same in processor time. */
  readonly processorOurs: number;
  readonly processorReference: number;
  readonly processorRatio: number;
}

export async function runContest(contest: Contest): Promise<ContestResult> {
  const ours: Timing[] = [];
  const reference: Timing[] = [];
  for (let round = -contest.warmUpRounds; round < contest.rounds; round += 1) {
    collectGarbage();
    const oursTiming = await contest.ours();
    collectGarbage();
    const referenceTiming = await contest.reference();
    if (round < 0) continue;
    ours.push(oursTiming);
    reference.push(referenceTiming);
  }
  return compare(ours, reference);
}

/** @returns the median of one side that has no opponent, in microseconds per item */
export async function measureAlone({ run, rounds, warmUpRounds }: Solo): Promise<number> {
  const timings: Timing[] = [];
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    collectGarbage();
    const timing = await run();
    if (round >= 0) timings.push(timing);
  }
  return medianOf(timings, 'wallUs');
}

/** @param ours one a round, as `reference` */
function compare(ours: readonly Timing[], reference: readonly Timing[]): ContestResult {
  const ratios = ours.map(({ wallUs }, round) => wallUs / (reference[round]?.wallUs ?? Number.NaN));
  const oursUs = medianOf(ours, 'wallUs');
  const referenceUs = medianOf(reference, 'wallUs');
  const processorOurs = medianOf(ours, 'processorUs');
  const processorReference = medianOf(reference, 'processorUs');
  return {
    ours: oursUs,
    reference: referenceUs,
    ratio: oursUs / referenceUs,
    spread: [quantile(ratios, 0.1), quantile(ratios, 0.9)],
    processorOurs,
    processorReference,
    processorRatio: processorOurs / processorReference,
  };
}

function medianOf(timings: readonly Timing[], member: keyof Timing): number {
  return quantile(
    timings.map((timing) => timing[member]),
    0.5,
  );
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

/** What one run over `count` items costs per item. */
export async function timeItems(count: number, run: () => Promise<unknown> | unknown): Promise<Timing> {
  const usedBefore = process.cpuUsage();
  const startedMs = performance.now();
  await run();
  const wallUs = ((performance.now() - startedMs) * 1000) / count;
  const { user, system } = process.cpuUsage(usedBefore);
  return { wallUs, processorUs: (user + system) / count };
}

/** So that no side pays for the other's garbage. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined)
    throw new Error('bench: expected node --expose-gc, found no gc. Use `npm run bench`.');
  globalThis.gc();
}
