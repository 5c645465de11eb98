import assert from 'node:assert/strict';
import type { PayloadLocation } from '../../src/domain/records.ts';
import type { PayloadStore } from '../../src/ports/payload-store.ts';
import { addressOf, type Owner, someBytes, someHash } from './record-builders.ts';
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

interface LocationParts extends Owner {
  readonly content?: string;
  readonly generation?: number;
}

export function locationOf({ content = 'a', generation = 0, ...owner }: LocationParts = {}): PayloadLocation {
  return { ...addressOf(owner), rawHash: someHash(content), generation };
}

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
