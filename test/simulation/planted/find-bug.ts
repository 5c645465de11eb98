import type { Alteration } from '../alteration.ts';
import { drawScenario, runScenario, type SeedRun } from '../run-seed.ts';

/** Within which a planted bug has to be found. */
export const SEEDS_MAX = 500;

/** The first seed that breaks the demand that a bug is to break. */
export async function findBug({
  breaks,
  ...alteration
}: Alteration & { readonly breaks: RegExp }): Promise<SeedRun | undefined> {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    const run = await runScenario(drawScenario(seed), alteration);
    if (run.violation !== null && breaks.test(run.violation.check)) return run;
  }
  return undefined;
}
