import assert from 'node:assert/strict';
import type { PayloadLocation } from '../../src/domain/records.ts';
import type { PayloadStore, StoredPayload } from '../../src/ports/payload-store.ts';
import { addressOf, type LocationParts, locationOf, someBytes } from './record-builders.ts';
import { assertSame, type TestRunner } from './suite-api.ts';

export interface PayloadStoreAdapter {
  readonly name: string;
  /** A fresh, empty payload store for each test. */
  readonly open: () => Promise<PayloadStore>;
}

/** Every promise of the payload store port, for any adapter of it. */
export function describePayloadStore({ describe, it }: TestRunner, { name, open }: PayloadStoreAdapter): void {
  describe(`payload store port: ${name}`, () => {
    it('answers undefined where there is none', async () => {
      const store = await open();
      assert.equal(await store.get(locationOf()), undefined);
    });

    for (const bytes of [100_000, 5_000_000]) {
      it(`gives ${bytes} bytes back as they were put`, async () => {
        const store = await open();
        const payload = new Uint8Array(bytes).map((_, index) => index % 251);
        await store.put(locationOf(), payload);
        assertSame(await store.get(locationOf()), payload);
      });
    }

    it('takes the same content again, also at the same time', async () => {
      const store = await open();
      const payload = someBytes('payload');
      await Promise.all(Array.from({ length: 8 }, () => store.put(locationOf(), payload)));
      await store.put(locationOf(), payload);
      assertSame(await store.get(locationOf()), payload);
    });

    it('keeps what is there: a location has one content', async () => {
      const store = await open();
      await store.put(locationOf(), someBytes('first'));
      await store.put(locationOf(), someBytes('second'));
      assertSame(await store.get(locationOf()), someBytes('first'));
    });

    it('is not altered by altering what was given or answered', async () => {
      const store = await open();
      const given = someBytes('payload');
      await store.put(locationOf(), given);
      given.fill(0);
      (await store.get(locationOf()))?.fill(1);
      assertSame(await store.get(locationOf()), someBytes('payload'));
    });

    it('lists what an entity has, on pages of any size, with sizes and times', async () => {
      const store = await open();
      const before = Date.now();
      const locations = LISTED.map(locationOf);
      for (const [index, location] of locations.entries()) await store.put(location, new Uint8Array(index + 1));
      for (const other of OTHERS) await store.put(locationOf(other), someBytes('of another'));
      for (const limit of [1, 2, 3, 1_000]) {
        const listed = await listAll(store, limit);
        const sizes = new Map(listed.map((item) => [textOf(item.location), item.payloadBytes]));
        assert.equal(listed.length, locations.length);
        assert.deepEqual(sizes, new Map(locations.map((location, index) => [textOf(location), index + 1])));
        for (const { storedAt } of listed) {
          assert.equal(new Date(storedAt).toISOString(), storedAt);
          // Clocks of file systems and servers are coarser, or a little apart.
          assert.ok(Math.abs(Date.parse(storedAt) - before) < 60_000, storedAt);
        }
      }
    });

    it('lists nothing where there is nothing', async () => {
      const store = await open();
      assert.deepEqual(await store.list({ ...addressOf(), limit: 10 }), { items: [], next: null });
    });

    it('deletes one location and no other, and may be asked again', async () => {
      const store = await open();
      const locations = [...LISTED, ...OTHERS].map(locationOf);
      for (const location of locations) await store.put(location, someBytes('payload'));
      await store.delete(locationOf());
      await store.delete(locationOf());
      assert.equal(await store.get(locationOf()), undefined);
      for (const location of locations.slice(1)) assertSame(await store.get(location), someBytes('payload'));
      assert.equal((await listAll(store, 10)).length, LISTED.length - 1);
    });

    it('takes what was deleted again', async () => {
      const store = await open();
      await store.put(locationOf(), someBytes('first'));
      await store.delete(locationOf());
      await store.put(locationOf(), someBytes('second'));
      assertSame(await store.get(locationOf()), someBytes('second'));
    });

    it('lists on while what was listed is deleted, page by page', async () => {
      const store = await open();
      for (const location of LISTED.map(locationOf)) await store.put(location, someBytes('payload'));
      await listAll(store, 2, (location) => store.delete(location));
      assert.deepEqual(await listAll(store, 10), []);
    });

    it('keeps locations apart that differ in one part, in case, or in a path', async () => {
      const store = await open();
      const locations = DISTINCT.map(locationOf);
      for (const [index, location] of locations.entries()) await store.put(location, someBytes(`payload ${index}`));
      for (const [index, location] of locations.entries()) {
        assertSame(await store.get(location), someBytes(`payload ${index}`));
      }
    });
  });
}

async function listAll(
  store: PayloadStore,
  limit: number,
  meet: (location: PayloadLocation) => Promise<void> = async () => undefined,
): Promise<readonly StoredPayload[]> {
  const items: StoredPayload[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.list({ ...addressOf(), limit, ...(after !== undefined && { after }) });
    items.push(...page.items);
    for (const { location } of page.items) await meet(location);
    if (page.next === null) return items;
    after = page.next;
  }
}

function textOf({ rawHash, generation }: PayloadLocation): string {
  return `${rawHash}.${generation}`;
}

/** Of one entity. */
const LISTED: readonly LocationParts[] = [
  {},
  ...[1, 2, 10, 11].map((generation) => ({ generation })),
  { content: 'b' },
  { content: 'c', generation: 3 },
];

const OTHERS: readonly LocationParts[] = [{ tenant: 'tenant-b' }, { entity: 'product#P10' }, { entity: 'product#P' }];

const DISTINCT: readonly LocationParts[] = [
  {},
  { generation: 1 },
  { content: 'b' },
  { tenant: 'tenant-b' },
  { tenant: 'TENANT-A' },
  { entity: 'product#p1' },
  { entity: 'Product#P1' },
  { entity: 'product#../../P1' },
  { entity: 'product#/etc/P1' },
  { entity: 'product#C:\\P1' },
  { entity: `product#${'é'.repeat(252)}` },
  { tenant: '..', entity: 'product#..' },
  { tenant: '.', entity: 'product#%2e%2e%2f' },
];
