/** Applying a plan: idempotent, own slices first, nobody holds anybody up (design §5, Fan-out). */
import { describe, expect, it } from 'vitest';
import type { FanOutPlan, FanOutProgress } from '../../../../src/flows/runtime/fan-out/fan-out-calls.ts';
import type { CommitChange } from '../../../../src/ports/store.ts';
import { countingStore } from '../../../support/counting-store.ts';
import { openRuntime, TENANT } from '../../../support/runtime-fixture.ts';
import {
  brandNamed,
  brandSliceJoin,
  joinSourcesWith,
  ofBrand,
  openShop,
  pageOf,
  type Shop,
  shopContracts,
  twoJoinContracts,
} from '../../../support/shop.ts';
import { createTestStore } from '../../../support/test-store.ts';
import { wrapStore } from '../../../support/wrap-store.ts';

const ACME = 'brand#ACME';
const PARENTS = ['product#P1', 'product#P2', 'product#P3'] as const;

describe('applying a plan', () => {
  it('gives each parent its next revision', async () => {
    const shop = await renamedShop();
    const result = await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    // The brand's own slices are owed, because it was only inserted.
    expect(result).toMatchObject({ revised: 3, sliced: 1, unchanged: 0, refused: [], sweptHints: 0, settled: 1 });
    for (const parent of PARENTS) expect(await shop.brandOf(parent)).toEqual({ name: 'Apex' });
  });

  it('a second time finds everything done, and writes nothing', async () => {
    const store = countingStore(createTestStore());
    const shop = await renamedShop({ store });
    const plan = await shop.plan(ACME, 1, 2);
    await shop.runtime.applyFanOut(plan);
    store.reset();
    const again = await shop.runtime.applyFanOut(plan);
    expect(again).toMatchObject({ revised: 0, sliced: 0, unchanged: 4, refused: [], settled: 1 });
    expect(store.sequence.filter((method) => method !== 'batchGet' && method !== 'range')).toEqual([]);
  });

  it('leaves what was before readable as it was, for ever', async () => {
    const shop = await renamedShop();
    const before = await pageOf(shop, 'product#P1', 1, 0);
    for (const name of ['Zenith', 'Acme']) await shop.ingest(ACME, brandNamed(name));
    expect(await pageOf(shop, 'product#P1', 1, 0)).toEqual(before);
    const names = await Promise.all([0, 1, 2].map((revision) => brandOnPage(shop, revision)));
    expect(names).toEqual(['Acme', 'Zenith', 'Acme']);
  });

  it('shows the newest revision to whoever names none', async () => {
    const shop = await renamedShop();
    await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    const pages = await Promise.all([pageOf(shop, 'product#P1', 1), pageOf(shop, 'product#P1', 'active')]);
    expect(pages.map(({ meta }) => [meta.version, meta.revision])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(pages.map(({ data }) => data['brand'])).toEqual(['Apex', 'Apex']);
  });

  it('shares every slice that does not take from the source', async () => {
    const shop = await renamedShop();
    await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    const input = { tenantId: TENANT, entityKey: 'product#P1', ruleSetRef: 'product-core@1.3.0' };
    const { items } = await shop.runtime.listManifests({ ...input, order: 'ascending' });
    const [first, second] = items.map(({ slices }) => slices);
    const moved = Object.keys(first ?? {}).filter((type) => first?.[type] !== second?.[type]);
    expect(moved).toEqual(['PRODUCT_BRAND']);
  });

  it('slices a parent at its newest version where that is owed', async () => {
    const shop = await renamedShop();
    await shop.insert('product#P2', ofBrand('ACME', { title: 'New' }));
    const { revised, sliced } = await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    expect({ revised, sliced }).toEqual({ revised: 2, sliced: 2 });
    expect(await shop.commitsOf('product#P2')).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect((await shop.statusOf('product#P2')).state).toBe('ACTIVE');
  });

  it('builds a parent of two changed sources once', async () => {
    const shop = openShop({ contracts: twoJoinContracts() });
    const keys = ['brand#LABEL', 'brand#MAKER'];
    for (const key of keys) await shop.ingest(key, brandNamed('Before'));
    await shop.ingest('product#P1', ofBrand('LABEL', { maker_id: 'MAKER' }));
    for (const key of keys) await shop.insert(key, brandNamed('After'));
    const changes = keys.map((entityKey) => ({ entityKey, fromVersion: 1, toVersion: 2 }));
    const plan = await shop.runtime.planFanOuts({ tenantId: TENANT, changes });
    expect(await shop.runtime.applyFanOut(plan)).toMatchObject({ revised: 1, sliced: 2, settled: 2 });
    expect(await shop.commitsOf('product#P1')).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it('commits own slices before those of any parent', async () => {
    const committed: string[] = [];
    const store = wrapStore(createTestStore(), (method, args, call) => {
      // The one argument of `commit` is the change.
      if (method === 'commit') committed.push((args[0] as CommitChange).manifest.entityKey);
      return call();
    });
    const shop = await renamedShop({ store });
    const plan = await shop.plan(ACME, 1, 2);
    committed.length = 0;
    await shop.runtime.applyFanOut(plan);
    expect(committed[0]).toBe(ACME);
    expect(committed.slice(1).sort()).toEqual([...PARENTS]);
  });

  it('reports how far it is after each follower', async () => {
    const shop = await renamedShop();
    const seen: FanOutProgress[] = [];
    await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2), { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([1, 2, 3, 4].map((done) => ({ done, total: 4 })));
  });

  it('goes on elsewhere, from the plan alone', async () => {
    const shop = await renamedShop();
    const plan = await shop.plan(ACME, 1, 2);
    const elsewhere = openRuntime(shopContracts(), { store: shop.store });
    expect(await elsewhere.applyFanOut(plan)).toMatchObject({ revised: 3, settled: 1 });
  });

  it('finds unchanged whom somebody else brought up to date meanwhile', async () => {
    const shop = await renamedShop();
    const plan = await shop.plan(ACME, 1, 2);
    await shop.runtime.resume({ tenantId: TENANT });
    expect(await shop.runtime.applyFanOut(plan)).toMatchObject({ revised: 0, unchanged: 4, settled: 1 });
  });
});

describe('a plan is not applied', () => {
  it('where a newer version of its source is in', async () => {
    const shop = await renamedShop();
    const plan = await shop.plan(ACME, 1, 2);
    await shop.insert(ACME, brandNamed('Zenith'));
    await expect(shop.runtime.applyFanOut(plan)).rejects.toMatchObject({ code: 'fan_out.superseded' });
    expect(await shop.commitsOf('product#P1')).toEqual([[1, 0]]);
  });

  it.each([
    { what: 'a parent was taken out', alter: (plan: FanOutPlan) => ({ ...plan, slices: plan.slices.slice(1) }) },
    { what: 'another tenant was put in', alter: (plan: FanOutPlan) => ({ ...plan, tenantId: 'other' }) },
    {
      what: 'it would settle more than it covers',
      alter: (plan: FanOutPlan) => ({
        ...plan,
        changes: plan.changes.map((change) => ({ ...change, fromVersion: 0 })),
      }),
    },
  ])('where $what', async ({ alter }) => {
    const shop = await renamedShop();
    const plan = await shop.plan(ACME, 1, 2);
    await expect(shop.runtime.applyFanOut(alter(plan))).rejects.toMatchObject({
      code: 'fan_out.plan_altered',
      category: 'InvariantViolation',
    });
    expect((await shop.statusOf(ACME)).fannedOutTo).toBe(1);
  });

  it.each([
    { what: 'it is none', alter: () => ({ kind: 'shopping-list' }) },
    { what: 'its format is a later one', alter: (plan: FanOutPlan) => ({ ...plan, format: 2 }) },
    { what: 'it holds what no plan holds', alter: (plan: FanOutPlan) => ({ ...plan, note: 'approved' }) },
    { what: 'it has no hash', alter: ({ planHash: _hash, ...rest }: FanOutPlan) => rest },
  ])('where $what', async ({ alter }) => {
    const shop = await renamedShop();
    // What somebody hands over need not be what the type says.
    const given = alter(await shop.plan(ACME, 1, 2)) as FanOutPlan;
    await expect(shop.runtime.applyFanOut(given)).rejects.toMatchObject({ code: 'fan_out.plan_invalid' });
  });
});

describe('a parent that is refused', () => {
  it('keeps its last revision, is FAILED, and holds nobody up', async () => {
    const shop = await shopOfDeletedBrand();
    const plan = await shop.plan(ACME, 1, 2);
    const result = await shop.runtime.applyFanOut(plan);
    expect(result.refused).toMatchObject([
      { entityKey: 'product#P1', ruleSetRef: 'product-core@1.3.0', error: { code: 'join.source_missing' } },
      { entityKey: 'product#P2', ruleSetRef: 'product-core@1.3.0', error: { code: 'join.source_missing' } },
    ]);
    expect(result).toMatchObject({ revised: 0, settled: 1 });
    expect(await shop.brandOf('product#P1')).toEqual({ name: 'Acme' });
    expect((await shop.statusOf('product#P1')).state).toBe('FAILED');
    expect((await shop.statusOf(ACME)).state).toBe('ACTIVE');
  });

  it('is said to be behind by whoever reads it', async () => {
    const shop = await shopOfDeletedBrand();
    await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    const { meta } = await pageOf(shop, 'product#P1', 'active');
    expect(meta.behind).toMatchObject({ newestVersion: 1, state: 'FAILED', reason: { code: 'join.source_missing' } });
  });

  it('is healed when its source comes back', async () => {
    const shop = await shopOfDeletedBrand();
    await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    const { fanOut } = await shop.ingest(ACME, brandNamed('Apex'));
    expect(fanOut).toEqual({ outcome: 'settled', revised: 0, sliced: 2, cutOff: 0, refused: 0 });
    expect((await shop.statusOf('product#P1')).state).toBe('ACTIVE');
    expect(await shop.brandOf('product#P1')).toEqual({ name: 'Apex' });
  });

  it('is healed when its source comes back as it was', async () => {
    const shop = await shopOfDeletedBrand();
    await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    await shop.ingest(ACME, brandNamed('Acme'));
    expect((await shop.statusOf('product#P1')).state).toBe('ACTIVE');
    expect(await shop.commitsOf('product#P1')).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  async function shopOfDeletedBrand(): Promise<Shop> {
    const shop = openShop();
    await shop.ingest(ACME, brandNamed('Acme'));
    for (const parent of PARENTS.slice(0, 2)) await shop.ingest(parent, ofBrand('ACME'));
    await shop.insert(ACME, null);
    return shop;
  }
});

describe('a parent that joins a slice of the source', () => {
  it('follows when the plan is made behind the own slicing', async () => {
    const shop = await renamedShop({ join: brandSliceJoin() });
    await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    expect(await shop.brandOf('product#P1')).toEqual({ name: 'Acme' });
    expect((await shop.statusOf(ACME)).fannedOutTo).toBe(1);
    await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2));
    expect(await shop.brandOf('product#P1')).toEqual({ name: 'Apex' });
    expect((await shop.statusOf(ACME)).state).toBe('ACTIVE');
  });

  it('under PINNED is not looked for again where the pinned version is as it was', async () => {
    const joinSources = joinSourcesWith({ versionRule: { PINNED: 1 } });
    const shop = await renamedShop({ join: { joinSources } });
    expect(await shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2))).toMatchObject({ revised: 0, settled: 1 });
  });
});

interface RenamedShop {
  readonly join?: Parameters<typeof shopContracts>[0];
  readonly store?: Shop['store'];
}

/** Three products of brand ACME, and the brand's second version, which nobody has followed. */
async function renamedShop({ join, store }: RenamedShop = {}): Promise<Shop> {
  const shop = openShop({ contracts: shopContracts(join), ...(store === undefined ? {} : { store }) });
  await shop.ingest(ACME, brandNamed('Acme'));
  for (const parent of PARENTS) await shop.ingest(parent, ofBrand('ACME'));
  await shop.insert(ACME, brandNamed('Apex'));
  return shop;
}

async function brandOnPage(shop: Shop, revision: number) {
  const { data } = await pageOf(shop, 'product#P1', 1, revision);
  return data['brand'];
}
