import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import type { Runtime } from '../../../../src/flows/runtime/runtime.ts';
import type { PayloadStore } from '../../../../src/ports/payload-store.ts';
import type { Store } from '../../../../src/ports/store.ts';
import { addressIn } from '../../../support/record-keys.ts';
import { openRuntime, TENANT, withStatus } from '../../../support/runtime-fixture.ts';
import { onStore, STORE_KINDS } from '../../../support/store-kinds.ts';
import {
  allOf,
  type BenchOptions,
  createMemoryPayloadStore,
  ERASURE,
  fillPeople,
  ORDER,
  ORDER_CARD,
  ORDER_RULES,
  ORDERS,
  PERSON,
  PERSON_CARD,
  PERSON_RULES,
  PERSON_VERSIONS,
  peopleContracts,
  SECRET,
} from './erasure-bench.ts';

interface People {
  readonly store: Store;
  readonly payloads: PayloadStore;
  readonly runtime: Runtime;
}

function withoutEpochs(contents: string): string {
  return contents.replaceAll(/"gcEpoch": \d+/g, '');
}

describe.each(STORE_KINDS)('eraseEntity on $kind', ({ prepare }) => {
  const onPeople = async (run: (people: People) => Promise<void>, options: BenchOptions = {}) =>
    onStore(await prepare(async () => undefined), async (store) => {
      const payloads = createMemoryPayloadStore();
      const runtime = openRuntime(peopleContracts(options), { store, payloadStore: payloads });
      await fillPeople(runtime);
      await run({ store, payloads, runtime });
    });

  it('leaves no trace of the content, in any record or payload, and every hash', async () => {
    await onPeople(async ({ store, payloads, runtime }) => {
      expect(await allOf(store)).toContain(SECRET);
      const before = await runtime.listVersions({ ...PERSON });
      const result = await runtime.eraseEntity(ERASURE);
      expect(result).toMatchObject({ version: 4, deletion: 'inserted', order: 1 });
      expect(result.counts).toMatchObject({ versions: 3, payloads: 1, changeSets: 4, parents: 2 });
      expect(await allOf(store)).not.toContain(SECRET);
      expect((await payloads.list({ ...addressIn(PERSON.entityKey), limit: 10 })).items).toEqual([]);
      const after = await runtime.listVersions({ ...PERSON });
      expect(after.items.slice(1).map(({ rawHash }) => rawHash)).toEqual(before.items.map(({ rawHash }) => rawHash));
    });
  });

  it('says that it is erased, wherever somebody asks for it', async () => {
    await onPeople(async ({ runtime }) => {
      await runtime.eraseEntity(ERASURE);
      const erased = [
        [runtime.getRawdata({ ...PERSON, version: 2 }), 'rawdata.erased'],
        [runtime.queryView({ ...PERSON, viewRef: PERSON_CARD, version: 2 }), 'slice.erased'],
        [runtime.explain({ ...PERSON, version: 2, viewRef: PERSON_CARD }), 'slice.erased'],
        [runtime.slicing({ ...PERSON, version: 2, ruleSetRef: PERSON_RULES, mode: 'FULL_REBUILD' }), 'rawdata.erased'],
        [
          runtime.createChangeSet({ ...PERSON, fromVersion: 1, toVersion: 2, ruleSetRef: PERSON_RULES }),
          'rawdata.erased',
        ],
        [runtime.insertRawdata({ ...PERSON, version: 2, payload: PERSON_VERSIONS[1] ?? {} }), 'rawdata.erased'],
        [runtime.queryView({ ...ORDER, viewRef: ORDER_CARD, version: 1, revision: 0 }), 'slice.erased'],
        [runtime.queryView({ ...PERSON, viewRef: PERSON_CARD, version: 'active' }), 'view.slice_missing'],
      ] as const;
      for (const [asking, code] of erased) await expect(asking).rejects.toMatchObject({ code, retryable: false });
    });
  });

  it('lets those that joined it go on without it', async () => {
    await onPeople(async ({ runtime }) => {
      const { followed } = await runtime.eraseEntity(ERASURE);
      expect(followed).toMatchObject({ outcome: 'settled', revised: 1 });
      const views = ORDERS.map((entityKey) =>
        runtime.queryView({ tenantId: TENANT, entityKey, viewRef: ORDER_CARD, version: 'active' }),
      );
      const data = (await Promise.all(views)).map((view) => Object(view).data.buyer ?? null);
      expect(data).toEqual([null, 'Otto', 'Otto']);
    });
  });

  it('leaves what another person shares with it alone', async () => {
    await onPeople(async ({ runtime }) => {
      await runtime.eraseEntity(ERASURE);
      const otto = await runtime.queryView({
        tenantId: TENANT,
        entityKey: 'person#8',
        viewRef: PERSON_CARD,
        version: 1,
      });
      expect(otto.data).toEqual({ name: 'Otto' });
      const { items } = await runtime.lookUpIndex({ tenantId: TENANT, indexKey: 'IDX#buyer#Otto#order' });
      expect(items.map(({ entityKey }) => entityKey)).toEqual(['order#2', 'order#3']);
    });
  });

  it('takes the copy out of a follower that cannot go on without it', async () => {
    await onPeople(
      async ({ store, runtime }) => {
        const { followed } = await runtime.eraseEntity(ERASURE);
        expect(followed).toMatchObject({ refused: 1 });
        expect(await allOf(store)).not.toContain(SECRET);
        const reading = runtime.queryView({ ...ORDER, viewRef: ORDER_CARD, version: 'active' });
        await expect(reading).rejects.toMatchObject({ code: 'slice.erased' });
      },
      { missing: 'FAIL_CLOSED' },
    );
  });

  for (const missing of ['NULL_FIELDS', 'FAIL_CLOSED'] as const) {
    it(`lets the entity come back, with the very content that was erased, where orders are ${missing}`, async () => {
      await onPeople(
        async ({ runtime }) => {
          await runtime.eraseEntity(ERASURE);
          const [first = {}] = PERSON_VERSIONS;
          await runtime.ingest({ ...PERSON, version: 'next', payload: first });
          const person = await runtime.queryView({ ...PERSON, viewRef: PERSON_CARD, version: 'active' });
          expect(person.data).toEqual({ name: SECRET });
          const order = await runtime.queryView({ ...ORDER, viewRef: ORDER_CARD, version: 'active' });
          expect(order).toMatchObject({ status: 'complete', data: { item: 'book', buyer: SECRET } });
          await expect(runtime.getRawdata({ ...PERSON, version: 1 })).rejects.toMatchObject({ code: 'rawdata.erased' });
          const again = await runtime.ingest({ ...ORDER, version: 'next', payload: { item: 'pen', person_id: '7' } });
          expect(again.slicing).toBe('settled');
          const pen = await runtime.queryView({ ...ORDER, viewRef: ORDER_CARD, version: 'active' });
          expect(pen.data).toEqual({ item: 'pen', buyer: SECRET });
        },
        { missing },
      );
    });
  }

  it('finds nothing to do a second time, and counts the same', async () => {
    await onPeople(async ({ store, runtime }) => {
      const first = await runtime.eraseEntity(ERASURE);
      const contents = withoutEpochs(await allOf(store));
      const second = await runtime.eraseEntity({ ...ERASURE, reason: 'once more' });
      expect(second).toMatchObject({ version: 4, deletion: 'there', order: 2 });
      expect(second.counts).toMatchObject({ versions: 3, changeSets: first.counts.changeSets, parents: 2 });
      expect(withoutEpochs(await allOf(store))).toBe(contents);
    });
  });

  it('erases what came in since, too', async () => {
    await onPeople(async ({ store, runtime }) => {
      await runtime.eraseEntity(ERASURE);
      await runtime.ingest({ ...PERSON, version: 'next', payload: PERSON_VERSIONS[1] ?? {} });
      expect(await runtime.eraseEntity(ERASURE)).toMatchObject({ version: 6, deletion: 'inserted', order: 2 });
      expect(await allOf(store)).not.toContain(SECRET);
    });
  });

  for (const status of ['DEPRECATED', 'ARCHIVED']) {
    for (const ids of [['person'], ['person-core'], ['person', 'person-core']]) {
      it(`passes no gate where ${ids.join(' and ')} are ${status} meanwhile`, async () => {
        await onPeople(async ({ store, payloads }) => {
          const isMeant = ({ kind, id }: JsonObject) => kind !== 'View' && ids.includes(String(id));
          const contracts = withStatus(peopleContracts(), status, isMeant);
          const successor = { ...peopleContracts()[0], version: '2.0.0' };
          const runtime = openRuntime([...contracts, successor], { store, payloadStore: payloads });
          const { version, followed } = await runtime.eraseEntity(ERASURE);
          expect([version, followed?.outcome]).toEqual([4, 'settled']);
          expect(await allOf(store)).not.toContain(SECRET);
          const heads = await runtime.listManifests({ ...PERSON, ruleSetRef: PERSON_RULES });
          expect(heads.items.map((manifest) => manifest.version)).toContain(4);
        });
      });
    }
  }

  it('only counts in a dry run', async () => {
    await onPeople(async ({ store, runtime }) => {
      const before = await allOf(store);
      const result = await runtime.eraseEntity({ ...ERASURE, dryRun: true });
      expect(result).toMatchObject({ version: 3, order: null, followed: null });
      expect(result.counts).toMatchObject({ versions: 3, payloads: 1, changeSets: 3, parents: 2 });
      expect(await allOf(store)).toBe(before);
    });
  });

  it('is logged without the content, and refuses to be made without a word', async () => {
    await onPeople(async ({ runtime }) => {
      for (const change of [{ reason: '  ' }, { by: '' }]) {
        await expect(runtime.eraseEntity({ ...ERASURE, ...change })).rejects.toMatchObject({ code: 'input.invalid' });
      }
      const unknown = runtime.eraseEntity({ ...ERASURE, entityKey: 'person#9' });
      await expect(unknown).rejects.toMatchObject({ code: 'rawdata.missing' });
      expect((await runtime.listManifests({ ...ORDER, ruleSetRef: ORDER_RULES })).items.length).toBeGreaterThan(1);
    });
  });
});
