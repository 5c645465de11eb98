import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../src/adapters/memory/memory-store.ts';
import { type Fault, faultyStore, SimulatedCrash } from '../../../support/faulty-store.ts';
import { addressIn } from '../../../support/record-keys.ts';
import { openRuntime } from '../../../support/runtime-fixture.ts';
import {
  allOf,
  createMemoryPayloadStore,
  dyingAtCommitOf,
  ERASURE,
  fillPeople,
  LEFT_BEHIND,
  PERSON,
  peopleContracts,
  SECRET,
} from './erasure-bench.ts';

/** A filled store, with what a writer left that died, on which every call fails as planned. */
async function bench(plan: readonly Fault[]) {
  const inner = createMemoryStore();
  const payloadStore = createMemoryPayloadStore();
  await fillPeople(openRuntime(peopleContracts(), { store: inner, payloadStore }));
  const dying = openRuntime(peopleContracts(), { store: dyingAtCommitOf(LEFT_BEHIND.entityKey, inner), payloadStore });
  await expect(
    dying.ingest({ ...LEFT_BEHIND, version: 1, payload: { item: 'pen', person_id: '7' } }),
  ).rejects.toThrow();
  const store = faultyStore(inner, plan);
  return { inner, payloadStore, store, runtime: openRuntime(peopleContracts(), { store, payloadStore }) };
}

async function countCalls(): Promise<number> {
  const { store, runtime } = await bench([]);
  await runtime.eraseEntity(ERASURE);
  return store.callCount;
}

describe('eraseEntity, whatever call it dies in', () => {
  for (const applied of ['nothing', 'all'] as const) {
    it(`is completed by the same call again, where ${applied} of it was applied`, async () => {
      const calls = await countCalls();
      expect(calls).toBeGreaterThan(40);
      for (let call = 1; call <= calls; call += 1) {
        const { inner, payloadStore, runtime } = await bench([{ call, applied, ends: 'crash' }]);
        await expect(runtime.eraseEntity(ERASURE), `call ${call}`).rejects.toThrow(SimulatedCrash);
        const restarted = openRuntime(peopleContracts(), { store: inner, payloadStore });
        const { counts, version } = await restarted.eraseEntity(ERASURE);
        expect([version, counts.versions, counts.parents], `call ${call}`).toEqual([4, 3, 2]);
        expect(await allOf(inner), `call ${call}`).not.toContain(SECRET);
        expect((await payloadStore.list({ ...addressIn(PERSON.entityKey), limit: 10 })).items).toEqual([]);
        expect((await restarted.getStatus(PERSON))?.state).toBe('ACTIVE');
      }
    }, 120_000);
  }

  it('retries what fails softly', async () => {
    const calls = await countCalls();
    const everyThird = Array.from({ length: Math.floor(calls / 3) }, (_, index): Fault => {
      return { call: index * 3 + 1, applied: index % 2 === 0 ? 'all' : 'nothing', ends: 'reject' };
    });
    const { inner, runtime } = await bench(everyThird);
    await runtime.eraseEntity(ERASURE);
    expect(await allOf(inner)).not.toContain(SECRET);
  });
});
