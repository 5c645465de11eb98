/** Wherever a brand's ingest dies: once all is resumed nobody is stale and nothing is owed. */
import { describe, expect, it } from 'vitest';
import { faultyStore, SimulatedCrash } from '../../../support/faulty-store.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import {
  brandNamed,
  brandSliceJoin,
  type Content,
  ofBrand,
  openShop,
  type Shop,
  shopContracts,
} from '../../../support/shop.ts';
import { onStore, STORE_KINDS } from '../../../support/store-kinds.ts';

const ACME = 'brand#ACME';
const PARENTS = ['product#P1', 'product#P2'];

interface Change {
  readonly change: string;
  readonly missing: string;
  readonly before: readonly Content[];
  readonly now: Content;
  readonly shown: string | null;
}

const RENAMED: Change = {
  change: 'is renamed',
  missing: 'FAIL_CLOSED',
  before: [brandNamed('Acme')],
  now: brandNamed('Apex'),
  shown: 'Apex',
};
const DELETED: Change = { ...RENAMED, change: 'is deleted', missing: 'NULL_FIELDS', now: null, shown: null };
const LATE: Change = { ...RENAMED, change: 'was missed by all', before: [] };

const SOURCES = [
  { source: 'RawData', join: {} },
  { source: 'slice', join: brandSliceJoin() },
];
const EVERYTHING = SOURCES.flatMap((source) => [RENAMED, DELETED, LATE].map((change) => ({ ...source, ...change })));
const RENAMES = SOURCES.map((source) => ({ ...source, ...RENAMED }));

/** What a change comes to is no matter of the store, so that one change stands for all on the slower one. */
const CASES = STORE_KINDS.flatMap((kind) =>
  (kind.kind === 'memory' ? EVERYTHING : RENAMES).map((change) => ({ kind, ...change })),
);

describe.each(CASES)(
  'a brand that $change, joined by its $source, over $kind.kind',
  ({ kind, join, missing, before, now, shown }) => {
    const contracts = shopContracts({ ...join, missing });
    const prepared = () =>
      kind.prepare(async (store) => {
        const shop = openShop({ contracts, store });
        for (const content of before) await shop.ingest(ACME, content);
        for (const parent of PARENTS) await shop.ingest(parent, ofBrand('ACME'));
      });

    it('is followed by all, whatever call of its ingest the process died in', async () => {
      const open = await prepared();
      const calls = await onStore(open, (store) => callsOf(store, (shop) => shop.ingest(ACME, now)));
      for (let call = 1; call <= calls; call += 1) {
        for (const applied of ['nothing', 'all'] as const) {
          await onStore(open, async (store) => {
            const dying = openShop({ contracts, store: faultyStore(store, [{ call, applied, ends: 'crash' }]) });
            await expect(dying.ingest(ACME, now)).rejects.toBeInstanceOf(SimulatedCrash);
            const isIn = await isInserted(store);
            const shop = openShop({ contracts, store });
            if (!isIn) await shop.ingest(ACME, now);
            await shop.runtime.resume({ tenantId: TENANT });
            await expectFollowed(shop);
          });
        }
      }
    });

    it('is followed by all, whatever call of the resume that finishes it the process died in', async () => {
      const open = await prepared();
      const resume = (shop: Shop) => shop.runtime.resume({ tenantId: TENANT });
      const calls = await onStore(open, async (store) => {
        await openShop({ contracts, store }).insert(ACME, now);
        return callsOf(store, resume);
      });
      for (let call = 1; call <= calls; call += 1) {
        for (const applied of ['nothing', 'all'] as const) {
          await onStore(open, async (store) => {
            await openShop({ contracts, store }).insert(ACME, now);
            const dying = openShop({ contracts, store: faultyStore(store, [{ call, applied, ends: 'crash' }]) });
            await expect(resume(dying)).rejects.toBeInstanceOf(SimulatedCrash);
            // A claim that the dead process left behind is old by then.
            const shop = openShop({ contracts, store, clock: { now: () => Date.now() + 3_600_000 } });
            await resume(shop);
            await expectFollowed(shop);
          });
        }
      }
    });

    async function callsOf(store: Shop['store'], act: (shop: Shop) => Promise<unknown>): Promise<number> {
      const counting = faultyStore(store, []);
      await act(openShop({ contracts, store: counting }));
      return counting.callCount;
    }

    async function isInserted(store: Shop['store']): Promise<boolean> {
      const { items } = await openShop({ contracts, store }).runtime.listVersions({
        tenantId: TENANT,
        entityKey: ACME,
      });
      return items.length > before.length;
    }

    async function expectFollowed(shop: Shop): Promise<void> {
      for (const parent of PARENTS) expect(await shop.brandOf(parent)).toEqual({ name: shown });
      for (const key of [ACME, ...PARENTS])
        expect(await shop.statusOf(key)).toMatchObject({ state: 'ACTIVE', owed: {} });
    }
  },
);
