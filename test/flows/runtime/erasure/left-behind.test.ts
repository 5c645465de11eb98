/** What a writer left that died before its commit is personal data as well, and so is what the index says of it. */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import type { Runtime } from '../../../../src/flows/runtime/runtime.ts';
import type { CommitChange, Store, StoredRecord } from '../../../../src/ports/store.ts';
import { SimulatedCrash } from '../../../support/faulty-store.ts';
import { openRuntime, TENANT } from '../../../support/runtime-fixture.ts';
import { wrapStore } from '../../../support/wrap-store.ts';
import {
  allOf,
  createMemoryPayloadStore,
  dyingAtCommitOf,
  ERASURE,
  ORDER,
  ORDER_CARD,
  PERSON,
  peopleContracts,
  SECRET,
} from './erasure-bench.ts';

type Missing = 'NULL_FIELDS' | 'FAIL_CLOSED' | 'TOMBSTONE';

const NAMED: JsonObject = { name: SECRET, city: 'Ulm' };
const OF_PERSON: JsonObject = { item: 'book', person_id: '7' };

/** A store without transactions of several records, as DynamoDB is. */
function bench(missing: Missing = 'NULL_FIELDS') {
  const store = createMemoryStore();
  return { store, runtime: open(store, missing), dying: open(dyingAtCommitOf('order#1', store), missing) };
}

function open(store: Store, missing: Missing = 'NULL_FIELDS'): Runtime {
  return openRuntime(peopleContracts({ missing }), { store, payloadStore: createMemoryPayloadStore() });
}

async function expectCrash(work: Promise<unknown>): Promise<void> {
  await expect(work).rejects.toThrow(SimulatedCrash);
}

function hasSlice(records: readonly StoredRecord[]): boolean {
  return records.some(({ kind }) => kind === 'slice');
}

/** A collection for which everything is old enough. */
function collect(store: Store) {
  const clock = { now: () => Date.now() + 86_400_000 };
  const runtime = openRuntime(peopleContracts(), { store, payloadStore: createMemoryPayloadStore(), clock });
  return runtime.collectSlices({ tenantId: TENANT, olderThanMs: 0 });
}

describe('eraseEntity, where a writer died before its commit', () => {
  for (const isCollected of [false, true]) {
    const collected = isCollected ? ', and was collected' : '';

    it(`finds the copy in a parent that never committed one${collected}`, async () => {
      const { store, runtime, dying } = bench();
      await runtime.ingest({ ...ORDER, version: 1, payload: OF_PERSON });
      await expectCrash(dying.ingest({ ...PERSON, version: 1, payload: NAMED }));
      expect(await allOf(store)).toContain(`IDX#buyer#${SECRET}`);
      if (isCollected) await collect(store);
      await runtime.eraseEntity(ERASURE);
      expect(await allOf(store)).not.toContain(SECRET);
    });

    it(`finds the copy beside one that the parent committed${collected}`, async () => {
      const { store, runtime, dying } = bench();
      await runtime.ingest({ ...PERSON, version: 1, payload: { ...NAMED, name: 'One' } });
      await runtime.ingest({ ...ORDER, version: 1, payload: OF_PERSON });
      await expectCrash(dying.ingest({ ...PERSON, version: 2, payload: NAMED }));
      if (isCollected) await collect(store);
      await runtime.eraseEntity(ERASURE);
      expect(await allOf(store)).not.toMatch(new RegExp(`${SECRET}|One`));
    });

    it(`finds the copy in a parent that cannot go on without its source${collected}`, async () => {
      const { store, runtime, dying } = bench('FAIL_CLOSED');
      await runtime.ingest({ ...PERSON, version: 1, payload: { ...NAMED, name: 'One' } });
      await runtime.ingest({ ...ORDER, version: 1, payload: OF_PERSON });
      await expectCrash(dying.ingest({ ...PERSON, version: 2, payload: NAMED }));
      if (isCollected) await collect(store);
      await runtime.eraseEntity(ERASURE);
      expect(await allOf(store)).not.toMatch(new RegExp(`${SECRET}|One`));
    });

    it(`finds the copy in a parent that never committed anything${collected}`, async () => {
      const { store, runtime, dying } = bench('FAIL_CLOSED');
      await runtime.ingest({ ...PERSON, version: 1, payload: NAMED });
      await expectCrash(dying.ingest({ ...ORDER, version: 1, payload: OF_PERSON }));
      if (isCollected) await collect(store);
      await runtime.eraseEntity(ERASURE);
      expect(await allOf(store)).not.toContain(SECRET);
    });

    it(`finds what the entity's own slicing left${collected}`, async () => {
      const { store, runtime } = bench();
      const dying = open(dyingAtCommitOf(PERSON.entityKey, store));
      await runtime.ingest({ ...PERSON, version: 1, payload: { ...NAMED, name: 'One' } });
      await expectCrash(dying.ingest({ ...PERSON, version: 2, payload: NAMED }));
      await runtime.ingest({ ...PERSON, version: 3, payload: { ...NAMED, name: 'Three' } });
      if (isCollected) expect(await collect(store)).toMatchObject({ collected: 1 });
      await runtime.eraseEntity(ERASURE);
      expect(await allOf(store)).not.toContain(SECRET);
    });
  }

  it('finds no index entry without the slice that tells where it is', async () => {
    const { store, runtime } = bench();
    await runtime.ingest({ ...PERSON, version: 1, payload: NAMED });
    const dyingAtSlices = wrapStore(store, (method, args, call) => {
      if (method === 'putOnce' && hasSlice(args[0] as readonly StoredRecord[])) throw new SimulatedCrash();
      return call();
    });
    await expectCrash(open(dyingAtSlices).ingest({ ...ORDER, version: 1, payload: OF_PERSON }));
    const { items } = await runtime.lookUpIndex({ tenantId: TENANT, indexKey: `IDX#buyer#${SECRET}#order` });
    expect(items).toEqual([]);
    await runtime.eraseEntity(ERASURE);
    expect(await allOf(store)).not.toContain(SECRET);
  });

  it('lets the parent come to its first commit, with the very content that was taken away', async () => {
    const { runtime, dying } = bench('FAIL_CLOSED');
    await runtime.ingest({ ...PERSON, version: 1, payload: NAMED });
    await expectCrash(dying.ingest({ ...ORDER, version: 1, payload: OF_PERSON }));
    await runtime.eraseEntity(ERASURE);
    await runtime.ingest({ ...PERSON, version: 'next', payload: NAMED });
    const { data } = await runtime.queryView({ ...ORDER, viewRef: ORDER_CARD, version: 'active' });
    expect(data).toEqual({ item: 'book', buyer: SECRET });
  });

  it('keeps a first commit that is under way from naming what it took away', async () => {
    const { store, runtime } = bench();
    await runtime.ingest({ tenantId: TENANT, entityKey: 'person#8', version: 1, payload: { ...NAMED, name: 'Otto' } });
    await runtime.ingest({ ...PERSON, version: 1, payload: NAMED });
    let erasures = 0;
    const erasingInBetween = wrapStore(store, async (method, args, call) => {
      if (method !== 'commit' || (args[0] as CommitChange).manifest.entityKey !== 'order#1') return call();
      if (erasures++ === 0) await runtime.eraseEntity(ERASURE);
      return call();
    });
    await open(erasingInBetween).ingest({ ...ORDER, version: 1, payload: { item: 'book', person_id: '8' } });
    expect(erasures).toBeGreaterThan(0);
    const { data } = await runtime.queryView({ ...ORDER, viewRef: ORDER_CARD, version: 'active' });
    expect(data).toEqual({ item: 'book', buyer: 'Otto' });
    const { items } = await runtime.lookUpIndex({ tenantId: TENANT, indexKey: 'IDX#buyer#Otto#order' });
    expect(items.map(({ standing }) => standing)).toEqual(['true']);
  });

  it('takes no entry from an attempt that counts on the one that another left', async () => {
    const { store, runtime, dying } = bench('FAIL_CLOSED');
    await runtime.ingest({ tenantId: TENANT, entityKey: 'person#8', version: 1, payload: { ...NAMED, name: 'Otto' } });
    await runtime.ingest({ ...PERSON, version: 1, payload: NAMED });
    const ofOtto = { ...ORDER, version: 1, payload: { item: 'book', person_id: '8' } };
    await expectCrash(dying.ingest(ofOtto));
    let attempts = 0;
    const slicingInBetween = wrapStore(store, async (method, _args, call) => {
      // Behind the first fence, where the entry is there and is about to go.
      if (method === 'deleteHint' && attempts++ === 0) await open(store, 'FAIL_CLOSED').ingest(ofOtto);
      return call();
    });
    await open(slicingInBetween, 'FAIL_CLOSED').eraseEntity(ERASURE);
    expect(attempts).toBeGreaterThan(0);
    const { data } = await runtime.queryView({ ...ORDER, viewRef: ORDER_CARD, version: 'active' });
    expect(data).toEqual({ item: 'book', buyer: 'Otto' });
    const { items } = await runtime.lookUpIndex({ tenantId: TENANT, indexKey: 'IDX#buyer#Otto#order' });
    expect(items.map(({ standing }) => standing)).toEqual(['true']);
  });
});
