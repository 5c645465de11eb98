import { parentPort } from 'node:worker_threads';
import { type FailureReport, reportOf } from './report.ts';
import { drawScenario, runScenario } from './run-seed.ts';
import { shrink } from './shrink.ts';

/** What a worker hands back for each seed that it was sent. */
export interface SeedOutcome {
  readonly seed: number;
  readonly steps: number;
  readonly failure: FailureReport | null;
}

async function run(seed: number): Promise<SeedOutcome> {
  const seedRun = await runScenario(drawScenario(seed));
  const failure = seedRun.violation === null ? null : reportOf(seedRun, await shrink(seedRun));
  return { seed, steps: seedRun.steps, failure };
}

parentPort?.on('message', async (seed: number) => parentPort?.postMessage(await run(seed)));
