import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../src/adapters/memory/memory-store.ts';
import type { Store } from '../../../../src/ports/store.ts';
import { openRuntime, TENANT } from '../../../support/runtime-fixture.ts';
import { onStore, STORE_KINDS } from '../../../support/store-kinds.ts';
import { wrapStore } from '../../../support/wrap-store.ts';
import { createMemoryPayloadStore, ERASURE, fillPeople, PERSON, peopleContracts } from './erasure-bench.ts';

const OTHER = { ...ERASURE, entityKey: 'person#8', reason: 'letter 13' };

const open = (store: Store) => openRuntime(peopleContracts(), { store, payloadStore: createMemoryPayloadStore() });

describe.each(STORE_KINDS)('listErasures on $kind', ({ prepare }) => {
  const onPeople = async (run: (store: Store) => Promise<void>) =>
    onStore(await prepare(async () => undefined), async (store) => {
      await fillPeople(open(store));
      await run(store);
    });

  it('says who ordered what, when and why, and what was found', async () => {
    await onPeople(async (store) => {
      const { counts } = await open(store).eraseEntity(ERASURE);
      const { items, cursor } = await open(store).listErasures({ tenantId: TENANT });
      const told = { ...PERSON, order: 1, by: ERASURE.by, reason: ERASURE.reason, orderedAt: expect.any(String) };
      expect(items).toEqual([{ ...told, completed: { version: 4, counts, at: expect.any(String) } }]);
      expect(cursor).toBeNull();
    });
  });

  it('has every order, a second one under the same version too', async () => {
    await onPeople(async (store) => {
      for (const order of [ERASURE, OTHER, { ...ERASURE, by: 'somebody else' }]) await open(store).eraseEntity(order);
      const of = async (entityKey?: string) => {
        const input = { tenantId: TENANT, ...(entityKey !== undefined && { entityKey }) };
        const { items } = await open(store).listErasures(input);
        return items.map((item) => [item.entityKey, item.order, item.by, item.completed?.version]);
      };
      const ofPerson = [
        [PERSON.entityKey, 1, ERASURE.by, 4],
        [PERSON.entityKey, 2, 'somebody else', 4],
      ];
      expect(await of(PERSON.entityKey)).toEqual(ofPerson);
      expect(await of()).toEqual([...ofPerson, [OTHER.entityKey, 1, OTHER.by, 2]]);
    });
  });

  it('is read page by page', async () => {
    await onPeople(async (store) => {
      const runtime = open(store);
      for (const order of [ERASURE, OTHER]) await runtime.eraseEntity(order);
      const first = await runtime.listErasures({ tenantId: TENANT, limit: 1 });
      const second = await runtime.listErasures({ tenantId: TENANT, limit: 1, cursor: first.cursor ?? '' });
      expect([first, second].flatMap(({ items }) => items.map(({ entityKey }) => entityKey))).toEqual([
        PERSON.entityKey,
        OTHER.entityKey,
      ]);
      const elsewhere = runtime.listErasures({ ...PERSON, cursor: first.cursor ?? '' });
      await expect(elsewhere).rejects.toMatchObject({ code: 'cursor.invalid' });
    });
  });
});

describe('an erasure that dies', () => {
  it('leaves its order, put before anything was changed, and not completed', async () => {
    const inner = createMemoryStore();
    await fillPeople(open(inner));
    const writes: string[] = [];
    const dying = wrapStore(inner, async (method, _args, call) => {
      if (method === 'batchGet' || method === 'range') return call();
      writes.push(method);
      if (writes.length > 1) throw new Error('killed');
      return call();
    });
    await expect(open(dying).eraseEntity(ERASURE)).rejects.toThrow('killed');
    expect(writes[0]).toBe('putOnce');
    expect((await open(inner).listErasures({ tenantId: TENANT })).items).toMatchObject([{ order: 1, completed: null }]);
    expect((await open(inner).getStatus(PERSON))?.version).toBe(3);
    await open(inner).eraseEntity(ERASURE);
    const { items } = await open(inner).listErasures({ tenantId: TENANT });
    expect(items.map(({ order, completed }) => [order, completed?.version])).toEqual([
      [1, undefined],
      [2, 4],
    ]);
  });

  it('puts its order once, however often an answer is lost', async () => {
    const inner = createMemoryStore();
    await fillPeople(open(inner));
    let puts = 0;
    const losing = wrapStore(inner, async (method, args, call) => {
      const answer = await call();
      const [records] = args;
      const isOrder = method === 'putOnce' && Array.isArray(records) && records[0]?.kind === 'erasure';
      return isOrder && puts++ === 0 ? call() : answer;
    });
    expect(await open(losing).eraseEntity(ERASURE)).toMatchObject({ order: 1 });
    expect((await open(inner).listErasures({ tenantId: TENANT })).items).toHaveLength(1);
  });
});
