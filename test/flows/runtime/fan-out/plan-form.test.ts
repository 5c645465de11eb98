/** A plan is plain JSON with a hash, is made by reading alone, and is refused where it could not be whole. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import { countingStore } from '../../../support/counting-store.ts';
import { brandJoin, joinlessRules, productRules } from '../../../support/product-catalogue.ts';
import { TENANT, withStatus } from '../../../support/runtime-fixture.ts';
import { brandNamed, joinSourcesWith, ofBrand, openShop, type Shop, shopContracts } from '../../../support/shop.ts';
import { createTestStore } from '../../../support/test-store.ts';

const ACME = 'brand#ACME';
const SHOP_KEYS = ['product#\u{1F600}', 'product#P2', 'product#\uFB01', 'product#P1', 'product#p1', 'product#P10'];

describe('the slices of a plan', () => {
  it('are sorted by bytes, whatever JavaScript makes of their keys', async () => {
    const { slices } = await (await renamedShop(SHOP_KEYS)).plan(ACME, 1, 2);
    const keys = slices.map(({ entityKey }) => entityKey);
    expect(keys).toEqual([...keys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))));
    expect(keys).toHaveLength(SHOP_KEYS.length + 1);
  });

  it('and its hash are the same in whatever order things came in', async () => {
    const [one, other] = await Promise.all([SHOP_KEYS, [...SHOP_KEYS].reverse()].map((keys) => renamedShop(keys)));
    expect(await other?.plan(ACME, 1, 2)).toEqual(await one?.plan(ACME, 1, 2));
  });

  it('and its hash are the same in whatever order the changes are named', async () => {
    const shop = await renamedShop(['product#P1']);
    await shop.insert('brand#\uFB01', brandNamed('Ligature'));
    const changes = [
      { entityKey: ACME, fromVersion: 1, toVersion: 2 },
      { entityKey: 'brand#\uFB01', fromVersion: 0, toVersion: 1 },
    ];
    const plan = await shop.runtime.planFanOuts({ tenantId: TENANT, changes });
    await expect(shop.runtime.planFanOuts({ tenantId: TENANT, changes: changes.toReversed() })).resolves.toEqual(plan);
  });
});

it('parents are found in every shard of the index', async () => {
  const [whole, sharded] = await Promise.all([1, 3].map((shards) => renamedShop(SHOP_KEYS, { join: { shards } })));
  expect((await sharded?.plan(ACME, 1, 2))?.slices).toEqual((await whole?.plan(ACME, 1, 2))?.slices);
});

describe('a plan', () => {
  it('is applied as well after it was printed and read again', async () => {
    const shops = await Promise.all([renamedShop(['product#P1']), renamedShop(['product#P1'])]);
    const plan = await shops[0].plan(ACME, 1, 2);
    const applied = await shops[0].runtime.applyFanOut(plan);
    const printed = await shops[1].runtime.applyFanOut(JSON.parse(JSON.stringify(plan)));
    expect(printed).toEqual(applied);
    expect(await shops[1].brandOf('product#P1')).toEqual({ name: 'Apex' });
  });

  it('is JSON and nothing else', async () => {
    const plan = await (await renamedShop(['product#P1'])).plan(ACME, 1, 2);
    expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
  });

  it('has another hash where it says something else', async () => {
    const [one, other] = await Promise.all([['product#P1'], ['product#P2']].map((keys) => renamedShop(keys)));
    expect((await one?.plan(ACME, 1, 2))?.planHash).not.toBe((await other?.plan(ACME, 1, 2))?.planHash);
  });

  it('is made by reading alone', async () => {
    const store = countingStore(createTestStore());
    const shop = await renamedShop(SHOP_KEYS, { store });
    await shop.insert('product#P1', ofBrand('ACME', { title: 'New' }));
    store.reset();
    await shop.plan(ACME, 1, 2);
    expect(new Set(store.sequence)).toEqual(new Set(['batchGet', 'range']));
  });
});

describe('planning is refused', () => {
  it('where a newer version is in', async () => {
    const shop = await renamedShop(['product#P1']);
    await shop.insert(ACME, brandNamed('Zenith'));
    await expect(shop.plan(ACME, 1, 2)).rejects.toMatchObject({
      code: 'fan_out.superseded',
      category: 'Conflict',
      retryable: false,
      details: { toVersion: 2, newestVersion: 3 },
    });
  });

  it.each([
    { what: 'a range that goes nowhere', from: 2, to: 2, code: 'fan_out.range_invalid' },
    { what: 'a range that goes back', from: 2, to: 1, code: 'fan_out.range_invalid' },
    { what: 'a range to 0', from: 0, to: 0, code: 'version.invalid' },
    { what: 'a negative start', from: -1, to: 2, code: 'version.invalid' },
    { what: 'a version that is none', from: 1, to: 1.5, code: 'version.invalid' },
    { what: 'a version that is not in', from: 1, to: 3, code: 'rawdata.missing' },
  ])('for $what', async ({ from, to, code }) => {
    const shop = await renamedShop([]);
    await expect(shop.plan(ACME, from, to)).rejects.toMatchObject({ code });
  });

  it('for an entity that is not in', async () => {
    await expect(openShop().plan('brand#NOBODY', 0, 1)).rejects.toMatchObject({ code: 'rawdata.missing' });
  });

  it('for one change named twice', async () => {
    const { runtime } = await renamedShop([]);
    const changes = [0, 1].map((fromVersion) => ({ entityKey: ACME, fromVersion, toVersion: 2 }));
    await expect(runtime.planFanOuts({ tenantId: TENANT, changes })).rejects.toMatchObject({
      code: 'fan_out.change_repeated',
    });
  });

  it('where the contract allows one parent less', async () => {
    const shop = await renamedShop(['product#P1', 'product#P2', 'product#P3'], { join: { maxFanout: 2 } });
    await expect(shop.plan(ACME, 1, 2)).rejects.toMatchObject({
      code: 'fan_out.too_large',
      details: { entityKey: ACME, join: 'brand', maxFanout: 2 },
    });
  });

  it('not where the contract allows just as many', async () => {
    const shop = await renamedShop(['product#P1', 'product#P2'], { join: { maxFanout: 2 } });
    expect((await shop.plan(ACME, 1, 2)).counts.parents).toBe(2);
  });

  it('where the index names a rule set that the registry does not know', async () => {
    const shop = await renamedShop(['product#P1'], { contracts: [...shopContracts(), otherRules()] });
    const forgetful = openShop({ store: shop.store });
    await expect(forgetful.plan(ACME, 1, 2)).rejects.toMatchObject({ code: 'contract.unknown' });
  });
});

describe('the entries of an ARCHIVED rule set', () => {
  it('are passed over and counted, beside those that run', async () => {
    const both = [...shopContracts(), otherRules()];
    const shop = await renamedShop(['product#P1', 'product#P2'], { contracts: both });
    const later = openShop({ store: shop.store, contracts: withStatus(both, 'ARCHIVED', isOtherRules) });
    expect((await later.plan(ACME, 1, 2)).counts).toEqual({ parents: 2, cutOff: 0, skippedArchived: 2 });
  });

  it('do not count as parents that the contract bounds', async () => {
    const both = [...shopContracts({ maxFanout: 2 }), otherRules()];
    const shop = await renamedShop(['product#P1', 'product#P2'], { contracts: both });
    const later = openShop({ store: shop.store, contracts: withStatus(both, 'ARCHIVED', isOtherRules) });
    expect((await later.plan(ACME, 1, 2)).counts.parents).toBe(2);
  });
});

it('the parents of each rule set that joins a source are in one plan', async () => {
  const shop = await renamedShop(['product#P1'], { contracts: [...shopContracts(), otherRules()] });
  const { slices, counts } = await shop.plan(ACME, 1, 2);
  const parents = slices.filter(({ because }) => because === 'source');
  expect(parents.map(({ ruleSetRef }) => ruleSetRef)).toEqual(['product-label@1.0.0', 'product-core@1.3.0']);
  expect(counts.parents).toBe(2);
});

interface RenamedShop {
  readonly join?: JsonObject;
  readonly contracts?: readonly JsonObject[];
  readonly store?: Shop['store'];
}

/** Products of brand ACME, in their order, and the brand's second version, which nobody has followed. */
async function renamedShop(productKeys: readonly string[], options: RenamedShop = {}): Promise<Shop> {
  const { join, contracts = shopContracts(join), store } = options;
  const shop = openShop({ contracts, ...(store === undefined ? {} : { store }) });
  await shop.ingest(ACME, brandNamed('Acme'));
  for (const productKey of productKeys) await shop.ingest(productKey, ofBrand('ACME'));
  await shop.insert(ACME, brandNamed('Apex'));
  return shop;
}

/** Rules beside the product's own that join the same brands. */
function otherRules(): JsonObject {
  const { impactMap } = joinlessRules() as unknown as { impactMap: readonly JsonObject[] };
  const label = { type: 'LABEL', fields: { title: 'title' }, joins: ['brand'] };
  return productRules({
    id: 'product-label',
    version: '1.0.0',
    slices: [label],
    indexes: [],
    joins: [
      brandJoin({
        joinSources: joinSourcesWith({}),
        joinImpact: ['name', 'logo_url'].map((path) => ({ path, slices: ['LABEL'] })),
      }),
    ],
    impactMap: impactMap.map(({ path }) => ({
      path: path ?? '',
      slices: path === 'title' || path === 'brand_id' ? ['LABEL'] : [],
    })),
  });
}

function isOtherRules({ id }: JsonObject): boolean {
  return id === 'product-label';
}
