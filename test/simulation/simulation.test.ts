import { describe, expect, it } from 'vitest';
import { readRegressions } from './regressions.ts';
import { formatReport, reportOf } from './report.ts';
import { drawScenario, runScenario, type Scenario, type SeedRun } from './run-seed.ts';
import { shrink } from './shrink.ts';

/** A glimpse; `npm run simulation` runs as many as one likes. */
const SEEDS = 60;
const SHARES = 6;
const STORE_CALLS_MIN = 200;
const TIMEOUT_MS = 120_000;

describe('runtimes that race on one store, and crash', () => {
  it.each(Array.from({ length: SHARES }, (_, share) => 1 + (share * SEEDS) / SHARES))(
    `break no law in ${SEEDS / SHARES} seeds from %i on, each of hundreds of store calls`,
    async (firstSeed) => {
      for (let seed = firstSeed; seed < firstSeed + SEEDS / SHARES; seed += 1) {
        const run = await expectNoViolation(drawScenario(seed));
        expect(run.steps).toBeGreaterThanOrEqual(STORE_CALLS_MIN);
      }
    },
    TIMEOUT_MS,
  );

  it.each(readRegressions())('do not fail again where $was', async ({ scenario }) => {
    await expectNoViolation(scenario);
  });
});

describe('a seed', () => {
  it('runs again exactly as it ran before', async () => {
    const first = await runScenario(drawScenario(7));
    const second = await runScenario(drawScenario(7));
    expect(second.trace).toEqual(first.trace);
    expect(second.traceHash).toBe(first.traceHash);
  });

  it('runs otherwise than another one', async () => {
    const [one, other] = [await runScenario(drawScenario(7)), await runScenario(drawScenario(8))];
    expect(one.traceHash).not.toBe(other.traceHash);
  });

  it('runs the same workload otherwise where its faults are left out', async () => {
    const whole = await runScenario(withFaults(drawScenario(9)));
    expect(whole.struck.length).toBeGreaterThan(0);
    const spared = await runScenario({ ...whole.scenario, spared: whole.struck });
    expect(spared.struck.filter((key) => whole.struck.includes(key))).toEqual([]);
    expect(spared.traceHash).not.toBe(whole.traceHash);
  });
});

function withFaults(scenario: Scenario): Scenario {
  const { workload } = scenario;
  return { ...scenario, workload: { ...workload, conditions: { ...workload.conditions, faultShare: 0.05 } } };
}

/** Fails with the trace of a run that was made as small as it could be. */
async function expectNoViolation(scenario: Scenario): Promise<SeedRun> {
  const run = await runScenario(scenario);
  if (run.violation !== null) throw new Error(formatReport(reportOf(run, await shrink(run))));
  return run;
}
