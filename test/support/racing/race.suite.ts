/** Many processes over one store, all after the same few keys: for any store that several processes can open by a URL. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/ports/store.ts';
import { openRuntime } from '../runtime-fixture.ts';
import { checkEachIsTold, checkOutcomes, checkState } from './check-race.ts';
import { inputsOf, RACING_CONTRACTS, WRITERS_PER_PROCESS } from './racing-work.ts';
import { type RacedUrl, runKilledRace, runRace } from './run-race.ts';

/** A store that is empty, and that nobody else uses. */
export interface RacedStore extends RacedUrl {
  open(): Promise<Store>;
}

const PROCESSES = 4;
const INPUTS = PROCESSES * WRITERS_PER_PROCESS * inputsOf(0).length;

export function describeRaces(name: string, prepare: () => Promise<RacedStore>): void {
  describe(`${PROCESSES * WRITERS_PER_PROCESS} writers in ${PROCESSES} processes over ${name}`, () => {
    it('come to one winner a version, and to what a single writer comes to', async () => {
      const raced = await prepare();
      const outcomes = await runRace(raced, PROCESSES);
      expect(outcomes.filter(({ isRetryable }) => !isRetryable)).toHaveLength(INPUTS);
      await expectSound(raced, async (store) => {
        const runtime = openRuntime(RACING_CONTRACTS, { store });
        await checkOutcomes(runtime, outcomes);
        await checkEachIsTold(runtime, outcomes);
      });
    });

    it('that are killed at any moment come to the same once they have run again', async () => {
      const raced = await prepare();
      const moments = fc.sample(fc.integer({ min: 1, max: INPUTS / PROCESSES }), PROCESSES);
      const killed = await runKilledRace(raced, moments);
      const outcomes = await runRace(raced, PROCESSES);
      await expectSound(raced, (store) =>
        checkOutcomes(openRuntime(RACING_CONTRACTS, { store }), [...killed, ...outcomes]),
      );
    });
  });
}

async function expectSound(raced: RacedStore, check: (store: Store) => Promise<void>): Promise<void> {
  const store = await raced.open();
  try {
    await check(store);
    await checkState(store);
  } finally {
    await store.close();
  }
}
