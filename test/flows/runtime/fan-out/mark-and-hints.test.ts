/** What a fan-out settles in its source's status, and which index entries it sweeps (design §5). */
import { describe, expect, it } from 'vitest';
import { brandJoin, joinlessRules, productRules } from '../../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../../support/runtime-fixture.ts';
import { brandNamed, brandSliceJoin, ofBrand, openShop, type Shop, shopContracts } from '../../../support/shop.ts';
import { createTestStore } from '../../../support/test-store.ts';
import { wrapStore } from '../../../support/wrap-store.ts';

const ACME = 'brand#ACME';
const P1 = 'product#P1';
const ACME_INDEX = 'IDX#brand#ACME#product';
const NAME_ONLY = {
  joinProjection: { brand_name: 'name' },
  joinImpact: [{ path: 'name', slices: ['PRODUCT_BRAND'] }],
};

describe('the mark up to which a source’s changes are followed', () => {
  it('moves to its newest version when all parents have followed', async () => {
    const shop = await openWith([brandNamed('Apex')]);
    expect(await marksOf(shop)).toEqual({ fannedOutTo: 1, version: 2 });
    await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    expect(await marksOf(shop)).toEqual({ fannedOutTo: 2, version: 2 });
  });

  it.each([
    { what: 'behind the mark', from: 0 },
    { what: 'above the mark', from: 2 },
  ])('stays where a plan begins $what, though all in it follow', async ({ from }) => {
    const shop = await openWith([brandNamed('Apex'), brandNamed('Zenith')]);
    const result = await shop.runtime.applyFanOut(await shop.plan(ACME, from, 3));
    expect(result).toMatchObject({ revised: 1, settled: 0 });
    expect(await marksOf(shop)).toEqual({ fannedOutTo: 1, version: 3 });
  });

  it('moves only as far as the slices are built that a join reads', async () => {
    const shop = await openWith([], brandSliceJoin());
    for (const name of ['Apex', 'Zenith']) await shop.insert(ACME, brandNamed(name));
    await slice(shop, 2);
    const plan = await shop.plan(ACME, 1, 3);
    expect(plan.changes).toMatchObject([{ settlesTo: 2 }]);
    expect(await shop.runtime.applyFanOut(plan)).toMatchObject({ settled: 0 });
    expect(await marksOf(shop)).toEqual({ fannedOutTo: 2, version: 3 });
  });

  it('moves only to the least end where one join reads the RawData and another a slice of it', async () => {
    const shop = openShop({ contracts: [...shopContracts(), rulesJoiningSlices()] });
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest(P1, ofBrand('ACME'));
    await shop.insert(ACME, brandNamed('Apex'));
    const plan = await shop.plan(ACME, 1, 2);
    expect(plan.changes).toMatchObject([{ settlesTo: 1 }]);
    expect(await shop.runtime.applyFanOut(plan)).toMatchObject({ revised: 1, settled: 0 });
    expect(await marksOf(shop)).toEqual({ fannedOutTo: 1, version: 2 });
  });

  it('does not lose a change that crashed to a later one that concerns nobody', async () => {
    const shop = await openWith([brandNamed('Apex')], NAME_ONLY);
    const { fanOut } = await shop.ingest(ACME, brandNamed('Apex', { logo_url: 'new.png' }));
    expect(fanOut).toMatchObject({ outcome: 'settled', revised: 1 });
    expect(await shop.brandOf(P1)).toEqual({ name: 'Apex' });
  });

  it('is where it was while a version comes in between planning and settling', async () => {
    const inner = createTestStore();
    const shop = await openWith([brandNamed('Apex')], {}, inner);
    const plan = await shop.plan(ACME, 1, 2);
    let commits = 0;
    const store = wrapStore(inner, async (method, _args, call) => {
      const answer = await call();
      // Once the parent is done, and before the status is read to be settled.
      if (method === 'commit') commits += 1;
      if (method === 'commit' && commits === 2) await shop.insert(ACME, brandNamed('Zenith'));
      return answer;
    });
    const racing = openRuntime(shopContracts(), { store });
    expect(await racing.applyFanOut(plan)).toMatchObject({ settled: 0 });
    expect(await marksOf(shop)).toEqual({ fannedOutTo: 1, version: 3 });
    await shop.runtime.resume({ tenantId: TENANT });
    expect(await shop.brandOf(P1)).toEqual({ name: 'Zenith' });
    expect(await marksOf(shop)).toEqual({ fannedOutTo: 3, version: 3 });
  });
});

describe('an index entry of a parent', () => {
  it('that left its source is named by the plan, and swept by its application', async () => {
    const shop = await shopOfMovedProduct();
    const plan = await shop.plan(ACME, 1, 2);
    expect(plan.staleHints).toEqual([
      {
        indexKey: ACME_INDEX,
        shard: 0,
        entityKey: P1,
        ruleSetRef: 'product-core@1.3.0',
        sliceType: '*',
        version: 1,
        revision: 0,
      },
    ]);
    expect(await shop.runtime.applyFanOut(plan)).toMatchObject({ sweptHints: 1 });
    expect(await shop.hintsOf(ACME_INDEX)).toEqual([]);
  });

  it('that was deleted is swept', async () => {
    const shop = await openWith([]);
    await shop.ingest(P1, null);
    await shop.ingest(ACME, brandNamed('Apex'));
    expect(await shop.hintsOf(ACME_INDEX)).toEqual([]);
  });

  it('that came back since the plan is kept', async () => {
    const shop = await shopOfMovedProduct();
    const plan = await shop.plan(ACME, 1, 2);
    await shop.ingest(P1, ofBrand('ACME'));
    expect(await shop.runtime.applyFanOut(plan)).toMatchObject({ sweptHints: 0 });
    expect(await shop.hintsOf(ACME_INDEX)).toMatchObject([{ entityKey: P1, version: 3, revision: 0 }]);
  });

  it('that was written again by a later revision since the plan is kept', async () => {
    const shop = await shopOfMovedProduct();
    const plan = await shop.plan(ACME, 1, 2);
    const [hint] = await shop.hintsOf(ACME_INDEX);
    if (hint === undefined) throw new Error('expected the entry of the product’s first version, found none');
    await shop.store.putHints([{ ...hint, revision: 1 }]);
    expect(await shop.runtime.applyFanOut(plan)).toMatchObject({ sweptHints: 0 });
    expect(await shop.hintsOf(ACME_INDEX)).toMatchObject([{ version: 1, revision: 1 }]);
  });

  it('that its head supports is kept as its version’s first commit wrote it', async () => {
    const shop = await openWith([]);
    await shop.ingest(ACME, brandNamed('Apex'));
    expect(await shop.hintsOf(ACME_INDEX)).toMatchObject([{ entityKey: P1, version: 1, revision: 0 }]);
  });

  it('is not swept before its first commit, which is owed as soon as it is begun', async () => {
    const shop = openShop({ contracts: withoutProductRules() });
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest(P1, ofBrand('ACME'));
    const { plan } = await planAtCommit(shop, 1);
    expect(plan.staleHints).toEqual([]);
    expect(new Set(plan.slices.map(({ because }) => because))).toEqual(new Set(['own', 'owed']));
    expect(await shop.hintsOf(ACME_INDEX)).toHaveLength(1);
    expect(await shop.brandOf(P1)).toEqual({ name: 'Apex' });
  });

  it('is not swept while the slicing that wrote it is above the head, and owed', async () => {
    const shop = openShop({ contracts: withoutProductRules() });
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest('brand#OTHER', brandNamed('Other'));
    await shop.ingest(P1, ofBrand('OTHER'));
    await slice(withProductRules(shop), 1, P1, 'product-core@1.3.0');
    await shop.ingest(P1, ofBrand('ACME'));
    const { plan } = await planAtCommit(shop, 2);
    expect(plan.staleHints).toEqual([]);
    expect(new Set(plan.slices.map(({ because }) => because))).toEqual(new Set(['own', 'owed']));
    expect(await shop.hintsOf(ACME_INDEX)).toHaveLength(1);
    expect(await shop.brandOf(P1)).toEqual({ name: 'Apex' });
  });
});

/** A product is sliced under a rule set that is newer; at its first commit the brand is renamed, planned and applied. */
async function planAtCommit(shop: Shop, version: number) {
  const writer = withProductRules(shop);
  const plans: Awaited<ReturnType<Shop['plan']>>[] = [];
  const store = wrapStore(shop.store, async (method, _args, call) => {
    if (method === 'commit' && plans.length === 0) {
      await writer.insert(ACME, brandNamed('Apex'));
      plans.push(await writer.plan(ACME, 1, 2));
      for (const plan of plans) await writer.runtime.applyFanOut(plan);
    }
    return call();
  });
  await slice(openShop({ store }), version, P1, 'product-core@1.3.0');
  const [plan] = plans;
  if (plan === undefined) throw new Error('nothing was committed, so nothing was planned');
  return { plan };
}

async function openWith(inserted: readonly ReturnType<typeof brandNamed>[], join = {}, store = createTestStore()) {
  const shop = openShop({ contracts: shopContracts(join), store });
  await shop.ingest(ACME, brandNamed('Acme'));
  await shop.ingest(P1, ofBrand('ACME'));
  for (const content of inserted) await shop.insert(ACME, content);
  return shop;
}

/** It was of brand ACME, is of another now, and ACME has changed since. */
async function shopOfMovedProduct(): Promise<Shop> {
  const shop = await openWith([]);
  await shop.ingest('brand#OTHER', brandNamed('Other'));
  await shop.ingest(P1, ofBrand('OTHER'));
  await shop.insert(ACME, brandNamed('Apex'));
  return shop;
}

async function marksOf(shop: Shop) {
  const { fannedOutTo, version } = await shop.statusOf(ACME);
  return { fannedOutTo, version };
}

function slice({ runtime }: Shop, version: number, entityKey = ACME, ruleSetRef = 'brand-core@1.0.0') {
  return runtime.slicing({ tenantId: TENANT, entityKey, version, ruleSetRef, mode: 'FULL_REBUILD' });
}

/** Products come in without owing a slicing under product-core, as if it were published later. */
function withoutProductRules() {
  return [...shopContracts().filter(({ id }) => id !== 'product-core' && id !== 'product-page'), joinlessRules()];
}

function withProductRules({ store }: Shop): Shop {
  return openShop({ store, contracts: [...shopContracts(), joinlessRules()] });
}

function rulesJoiningSlices() {
  return productRules({ id: 'product-label', version: '1.0.0', indexes: [], joins: [brandJoin(brandSliceJoin())] });
}
