/** Whatever comes in, a store comes to the same bytes as the reference model. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { BRAND_RULES, PRODUCT_RULES, worldOf } from './arbitraries/worlds.ts';
import { playGoldenCatalogue } from './golden-catalogue.ts';
import { replayInputs } from './replay-inputs.ts';
import { inputOf, openRuntime } from './runtime-fixture.ts';
import { onStore } from './store-kinds.ts';

export interface AgreeingStore {
  readonly name: string;
  /** One that is empty, and that nobody else has. */
  readonly open: () => Promise<Store>;
  /** How many worlds are tried. */
  readonly worlds: number;
}

const WORLD_RULES = [BRAND_RULES, PRODUCT_RULES];

export function describeAgreement({ name, open, worlds }: AgreeingStore): void {
  describe(`${name} and the reference model`, () => {
    it('say and hold the same of one golden catalogue, byte for byte', async () => {
      const expected = await playGoldenCatalogue(createMemoryStore());
      expect(await onStore(open, playGoldenCatalogue)).toEqual(expected);
    });

    it('say and hold the same of any world', async () => {
      await fc.assert(
        fc.asyncProperty(worldOf(), async ({ contracts, steps }) => {
          const play = (store: Store) =>
            replayInputs(openRuntime(contracts, { store }), store, steps.map(inputOf), WORLD_RULES);
          expect(await onStore(open, play)).toEqual(await play(createMemoryStore()));
        }),
        { numRuns: worlds },
      );
    });
  });
}
