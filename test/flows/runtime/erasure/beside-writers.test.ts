/** An erasure beside writers and collectors, some of which die: their store calls meet in every order. */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../src/adapters/memory/memory-store.ts';
import type { Runtime } from '../../../../src/flows/runtime/runtime.ts';
import type { PayloadStore } from '../../../../src/ports/payload-store.ts';
import type { Store } from '../../../../src/ports/store.ts';
import { RandomStream } from '../../../simulation/random.ts';
import { SimulatedCrash } from '../../../support/faulty-store.ts';
import { addressIn } from '../../../support/record-keys.ts';
import { openRuntime, TENANT } from '../../../support/runtime-fixture.ts';
import { wrapStore } from '../../../support/wrap-store.ts';
import {
  allOf,
  createMemoryPayloadStore,
  ERASURE,
  ORDER_CARD,
  ORDER_RULES,
  PERSON,
  peopleContracts,
  SECRET,
} from './erasure-bench.ts';

const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);
const OTTO = { tenantId: TENANT, entityKey: 'person#8' } as const;
const ORDERS = ['order#1', 'order#2', 'order#3', 'order#4'];

/** Every call waits for some others, before or after; at the `diesAt`-th commit its process dies. */
function shuffled(inner: Store, random: RandomStream, diesAt: number): Store {
  let commits = 0;
  const store = wrapStore(inner, async (method, _args, call) => {
    if (method === 'commit' && ++commits === diesAt) throw new SimulatedCrash('at a commit');
    await turns(random.integer(0, 30));
    const answer = await call();
    await turns(random.integer(0, 30));
    return answer;
  });
  return store;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await undefined;
}

class World {
  readonly store = createMemoryStore();
  readonly #payloadStore: PayloadStore = createMemoryPayloadStore();
  readonly #random: RandomStream;

  constructor(seed: number) {
    this.#random = new RandomStream(seed);
  }

  open(store: Store = this.store, aheadMs = 0): Runtime {
    const clock = { now: () => Date.now() + aheadMs };
    // Refused without its person, an order may stay without a head for long.
    const contracts = peopleContracts({ missing: 'FAIL_CLOSED' });
    return openRuntime(contracts, { store, payloadStore: this.#payloadStore, clock });
  }

  async #alive(work: (runtime: Runtime) => Promise<unknown>, diesAt = 0): Promise<void> {
    try {
      await work(this.open(shuffled(this.store, this.#random, diesAt), 1_000));
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
    }
  }

  async race(): Promise<void> {
    const random = this.#random;
    await this.open().ingest({ ...OTTO, version: 1, payload: { name: 'Otto', city: 'Ulm' } });
    await this.open().ingest({ ...PERSON, version: 1, payload: { name: SECRET, city: 'Ulm' } });
    const ordering = ORDERS.map((entityKey) =>
      this.#alive(
        async (runtime) => {
          for (const item of ['book', 'pen']) {
            const person_id = random.pick(['7', '8']);
            await runtime.ingest({ tenantId: TENANT, entityKey, version: 'next', payload: { item, person_id } });
          }
        },
        random.pick([0, 1, 2]),
      ),
    );
    const erasing = this.#alive((runtime) => runtime.eraseEntity(ERASURE));
    const collecting = this.#alive((runtime) => runtime.collectSlices({ tenantId: TENANT, olderThanMs: 0 }));
    await Promise.all([...ordering, erasing, collecting]);
  }

  async settle(): Promise<void> {
    await this.open().resume({ tenantId: TENANT, refused: 'retry' });
    await this.open().eraseEntity(ERASURE);
  }
}

describe.each(SEEDS)('an erasure beside writers, seed %i', (seed) => {
  it('leaves nothing of its entity once it is run again, and all of the others', async () => {
    const world = new World(seed);
    await world.race();
    await world.settle();
    const { contents, slices } = JSON.parse(await allOf(world.store));
    expect(JSON.stringify([contents.entities, slices])).not.toContain(SECRET);
    for (const entityKey of ORDERS) await expectWhole(world, entityKey);
  });
});

/** Of every commit the slices are there, and who joins somebody else shows it and is indexed by it. */
async function expectWhole(world: World, entityKey: string): Promise<void> {
  const runtime = world.open();
  const address = { tenantId: TENANT, entityKey };
  const status = await runtime.getStatus(address);
  if (status === null) return;
  const { items } = await runtime.listManifests({ ...address, ruleSetRef: ORDER_RULES });
  const ruleSet = { id: 'order-core', version: '1.0.0' };
  for (const { slices } of items) {
    const named = Object.entries(slices).map(([sliceType, sliceHash]) => {
      return { kind: 'slice', ...addressIn(entityKey), ruleSet, sliceType, sliceHash } as const;
    });
    expect(await world.store.batchGet(named), entityKey).not.toContain(undefined);
  }
  const { payload } = await runtime.getRawdata({ ...address, version: 'newest' });
  if (payload?.['person_id'] !== '8') return;
  const view = await runtime.queryView({ ...address, viewRef: ORDER_CARD, version: 'active' });
  expect(view.data).toEqual({ item: payload['item'], buyer: 'Otto' });
  const index = await runtime.lookUpIndex({ tenantId: TENANT, indexKey: 'IDX#buyer#Otto#order' });
  expect(index.items).toContainEqual(expect.objectContaining({ entityKey, standing: 'true' }));
}
