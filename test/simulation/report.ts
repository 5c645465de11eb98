import type { Scenario, SeedRun } from './run-seed.ts';
import { formatTrace } from './trace.ts';

/** A law that a seed broke, as small as it could be made; plain JSON. */
export interface FailureReport {
  readonly seed: number;
  readonly check: string;
  readonly message: string;
  /** Of the whole seed. */
  readonly steps: number;
  /** For a file in `regressions/`. */
  readonly scenario: Scenario;
  /** One line a step. */
  readonly trace: string;
}

export function reportOf(failing: SeedRun, shrunk: SeedRun): FailureReport {
  return {
    seed: failing.scenario.seed,
    check: failing.violation?.check ?? '',
    message: shrunk.violation?.message ?? '',
    steps: failing.steps,
    scenario: shrunk.scenario,
    trace: formatTrace(shrunk.trace),
  };
}

export function formatReport({ seed, message, steps, scenario, trace }: FailureReport): string {
  return [
    `seed ${seed} breaks ${message}`,
    `shrunk from ${steps} steps to what follows; it runs again as the scenario ${JSON.stringify(scenario)}`,
    trace,
  ].join('\n');
}
