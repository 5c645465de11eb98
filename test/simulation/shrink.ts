import type { Alteration } from './alteration.ts';
import { runScenario, type Scenario, type SeedRun } from './run-seed.ts';

/** Runs that are spent on making one failure small. */
const RUNS_MAX = 150;

/**
 * A smaller run that breaks the same demand: without operations and without faults that do not matter to it. What is
 * left out does not change what the rest meets (see `random.ts`), so most of it can go.
 */
export async function shrink(failing: SeedRun, alteration: Alteration = {}): Promise<SeedRun> {
  const shrinking = new Shrinking(failing, alteration);
  await shrinking.leaveOut((run) => operationsOf(run).toReversed(), withoutOperations);
  await shrinking.leaveOut((run) => run.struck, withoutFaults);
  return shrinking.smallest;
}

function operationsOf({ scenario }: SeedRun): readonly string[] {
  return scenario.workload.clients.flatMap(({ operations }) => operations.map(({ id }) => id));
}

function withoutOperations(scenario: Scenario, ids: readonly string[]): Scenario {
  const clients = scenario.workload.clients
    .map(({ name, operations }) => ({ name, operations: operations.filter(({ id }) => !ids.includes(id)) }))
    .filter(({ operations }) => operations.length > 0);
  return { ...scenario, workload: { ...scenario.workload, clients } };
}

function withoutFaults(scenario: Scenario, keys: readonly string[]): Scenario {
  return { ...scenario, spared: [...scenario.spared, ...keys] };
}

class Shrinking {
  smallest: SeedRun;
  readonly #alteration: Alteration;
  #runs = 0;

  constructor(failing: SeedRun, alteration: Alteration) {
    this.smallest = failing;
    this.#alteration = alteration;
  }

  /** All at once, then halves, and so on down to one by one, over and over as long as something goes. */
  async leaveOut(
    partsOf: (run: SeedRun) => readonly string[],
    without: (scenario: Scenario, parts: readonly string[]) => Scenario,
  ): Promise<void> {
    for (let size = partsOf(this.smallest).length; size >= 1; ) {
      const parts = partsOf(this.smallest);
      let hasGone = false;
      for (let start = 0; start < parts.length; start += size) {
        hasGone = (await this.#accept(without(this.smallest.scenario, parts.slice(start, start + size)))) || hasGone;
      }
      if (!hasGone || size > 1) size = Math.floor(size / 2);
    }
  }

  async #accept(scenario: Scenario): Promise<boolean> {
    if (this.#runs >= RUNS_MAX) return false;
    this.#runs += 1;
    const run = await runScenario(scenario, this.#alteration);
    if (run.violation?.check !== this.smallest.violation?.check) return false;
    this.smallest = run;
    return true;
  }
}
