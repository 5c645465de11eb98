/** The server dies under load and comes back: what was answered is there, and the same calls complete. */
import { expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { parseRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { IngestInput } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_RULES } from '../product-catalogue.ts';
import { openRuntime, TENANT } from '../runtime-fixture.ts';
import { contentsOf } from '../store-contents.ts';
import { type Need, needing } from './missing-service.ts';

const PRODUCTS = 8;
const KILLED_AFTER = 2;
const BRAND: IngestInput = { tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME };
const INPUTS: readonly IngestInput[] = Array.from({ length: PRODUCTS }, (_, id) => ({
  tenantId: TENANT,
  entityKey: `product#P${id}`,
  version: 1,
  payload: { ...LAMP, title: `Lamp ${id}` },
}));

/** A server that runs, that nobody else uses, and that keeps what it has on disk. */
export interface KillableServer {
  /** Opens a store that is empty. */
  open(): Promise<Store>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param need of a server that nobody else uses: it may be killed */
export function itSurvivesItsServer(need: Need, start: () => Promise<KillableServer>): void {
  it('a server that is killed under load loses nothing, and the same calls complete', needing(need), async () => {
    const server = await start();
    try {
      const store = await server.open();
      const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
      await runtime.ingest(BRAND);
      const answered: IngestInput[] = [];
      const failures: unknown[] = [];
      const working = INPUTS.map(async (input) => {
        try {
          await runtime.ingest(input);
          answered.push(input);
          if (answered.length === KILLED_AFTER) await server.kill();
        } catch (error) {
          failures.push(error);
        }
      });
      await Promise.all(working);
      expect(answered.length).toBeGreaterThanOrEqual(KILLED_AFTER);
      expect(failures.length).toBe(PRODUCTS - answered.length);
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures) expect(failure).toMatchObject({ code: 'store.unavailable', retryable: true });

      await server.restart();
      for (const input of answered) {
        await expect(runtime.ingest(input)).resolves.toMatchObject({ outcome: 'unchanged' });
      }
      for (const input of INPUTS) await runtime.ingest(input);
      await runtime.resume({ tenantId: TENANT });
      expect(await holdingsOf(store)).toEqual(await holdingsWithoutFaults());
      await store.close();
    } finally {
      await server.stop();
    }
  });
}

async function holdingsWithoutFaults() {
  const store = createMemoryStore();
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
  for (const input of [BRAND, ...INPUTS]) await runtime.ingest(input);
  return holdingsOf(store);
}

function holdingsOf(store: Store) {
  const indexKeys = ['IDX#brand#ACME#product'];
  return contentsOf(store, { tenantId: TENANT, ruleSets: [parseRef(PRODUCT_RULES)], indexKeys });
}
