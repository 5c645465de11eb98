/** The server dies under load and comes back: what was answered is there, and the same calls complete. */
import { expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { parseRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { IngestInput, Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_RULES } from '../product-catalogue.ts';
import { openRuntime, TENANT } from '../runtime-fixture.ts';
import { contentsOf } from '../store-contents.ts';
import { type Need, needing } from './missing-service.ts';

const WRITERS = 8;
const KILLED_AFTER = 2;
/** So that a server which outlives its death ends the test. */
const VERSIONS_MAX = 10_000;
const BRAND: IngestInput = { tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME };

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
      const { answered, attempted, failures } = await writeUntilKilled(runtime, server);
      expect(failures).toHaveLength(WRITERS);
      const isGone = { code: expect.stringMatching(/^store\.(unavailable|timeout)$/), retryable: true };
      for (const failure of failures) expect(failure).toMatchObject(isGone);

      await server.restart();
      for (const input of answered) {
        await expect(runtime.ingest(input)).resolves.toMatchObject({ outcome: 'unchanged' });
      }
      for (const input of attempted) await runtime.ingest(input);
      await runtime.resume({ tenantId: TENANT });
      expect(await holdingsOf(store)).toEqual(await holdingsWithoutFaults(attempted));
      await store.close();
    } finally {
      await server.stop();
    }
  });
}

interface Load {
  readonly answered: readonly IngestInput[];
  /** Each writer's in the order of its versions. */
  readonly attempted: readonly IngestInput[];
  readonly failures: readonly unknown[];
}

/** Writers that go on until the server, killed when a few were answered, answers nobody. */
async function writeUntilKilled(runtime: Runtime, server: KillableServer): Promise<Load> {
  const load = { answered: [] as IngestInput[], attempted: [] as IngestInput[], failures: [] as unknown[] };
  const writeOn = async (writer: number) => {
    for (const input of versionsOf(writer)) {
      load.attempted.push(input);
      try {
        await runtime.ingest(input);
      } catch (error) {
        load.failures.push(error);
        return;
      }
      load.answered.push(input);
      if (load.answered.length === KILLED_AFTER) await server.kill();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeOn(writer)));
  return load;
}

function* versionsOf(writer: number): Generator<IngestInput> {
  for (let version = 1; version <= VERSIONS_MAX; version += 1) {
    const payload = { ...LAMP, title: `Lamp ${writer}.${version}` };
    yield { tenantId: TENANT, entityKey: `product#P${writer}`, version, payload };
  }
}

async function holdingsWithoutFaults(attempted: readonly IngestInput[]) {
  const store = createMemoryStore();
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
  for (const input of [BRAND, ...attempted]) await runtime.ingest(input);
  return holdingsOf(store);
}

function holdingsOf(store: Store) {
  const indexKeys = ['IDX#brand#ACME#product'];
  return contentsOf(store, { tenantId: TENANT, ruleSets: [parseRef(PRODUCT_RULES)], indexKeys });
}
