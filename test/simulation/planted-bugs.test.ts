import { describe, expect, it } from 'vitest';
import { findBug } from './planted/find-bug.ts';
import type { PlantedBug } from './planted/planted-bug.ts';
import { PLANTED_BUGS } from './planted/planted-bugs.ts';
import { runScenario, type SeedRun } from './run-seed.ts';
import { shrink } from './shrink.ts';

const TIMEOUT_MS = 300_000;

describe('the simulator sees that', () => {
  it.each(PLANTED_BUGS)(
    '$name',
    async (bug) => {
      const found = await findBug(bug);
      expect(found?.violation?.check).toMatch(bug.breaks);
    },
    TIMEOUT_MS,
  );
});

describe('a failing run', () => {
  it('is shrunk to a smaller one that breaks the same demand, and does so whenever it runs', async () => {
    const bug = PLANTED_BUGS.find(({ name }) => name.startsWith('an INCREMENTAL shares')) as PlantedBug;
    const found = (await findBug(bug)) as SeedRun;
    const shrunk = await shrink(found, bug);
    const again = await runScenario(JSON.parse(JSON.stringify(shrunk.scenario)), bug);
    expect(again.violation?.check).toBe(found.violation?.check);
    expect(again.traceHash).toBe(shrunk.traceHash);
    expect(countOperations(shrunk)).toBeLessThan(countOperations(found) / 2);
  });
});

function countOperations({ scenario }: SeedRun): number {
  return scenario.workload.clients.flatMap(({ operations }) => operations).length;
}
