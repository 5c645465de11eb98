/** Who is in a plan, and why (rfc-v4-001 §11). */
import { describe, expect, it } from 'vitest';
import { missing } from '../../../../src/domain/errors.ts';
import { statusAfterFail, statusAfterMark } from '../../../../src/domain/pipeline-state.ts';
import { countingStore } from '../../../support/counting-store.ts';
import { PRODUCT_RULES } from '../../../support/product-catalogue.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import {
  brandNamed,
  brandSliceJoin,
  joinSourcesWith,
  ofBrand,
  openShop,
  type Shop,
  shopContracts,
  twoJoinContracts,
} from '../../../support/shop.ts';

const ACME = 'brand#ACME';

describe('a plan names', () => {
  it('the slices of a changed entity that its change concerns', async () => {
    const shop = await renamedShop([]);
    const { slices } = await shop.plan(ACME, 1, 2);
    expect(slices).toEqual([
      { entityKey: ACME, version: 2, sliceType: 'BRAND_CORE', ruleSetRef: 'brand-core@1.0.0', because: 'own' },
    ]);
  });

  it('of each parent the slices that take from it, and which source moved', async () => {
    const shop = await renamedShop(['product#P1', 'product#P2']);
    const { slices, counts } = await shop.plan(ACME, 1, 2);
    const because = { because: 'source', sources: [ACME] };
    const parents = slices.filter(({ entityKey }) => entityKey !== ACME);
    expect(parents).toEqual([
      { entityKey: 'product#P1', version: 1, sliceType: 'PRODUCT_BRAND', ruleSetRef: PRODUCT_RULES, ...because },
      { entityKey: 'product#P2', version: 1, sliceType: 'PRODUCT_BRAND', ruleSetRef: PRODUCT_RULES, ...because },
    ]);
    expect(counts).toEqual({ parents: 2, cutOff: 0, skippedArchived: 0 });
  });

  it('a parent whose newest version nobody has begun to slice by its head: applying slices the newest', async () => {
    const shop = await renamedShop(['product#P1']);
    await shop.insert('product#P1', ofBrand('ACME', { title: 'New lamp' }));
    expect(await parentsIn(shop)).toEqual([['product#P1', 1, 'PRODUCT_BRAND', 'source']]);
    await expect(shop.runtime.applyFanOut(await shop.plan(ACME, 1, 2))).resolves.toMatchObject({
      // With the brand's own.
      sliced: 2,
      revised: 0,
    });
    await expect(shop.commitsOf('product#P1')).resolves.toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  it('every slice of a parent whose newest version is being sliced, at that version', async () => {
    const shop = await renamedShop(['product#P1']);
    const [hint] = await shop.hintsOf('IDX#brand#ACME#product');
    if (hint === undefined) throw new Error('expected the entry of the product, found none');
    await shop.insert('product#P1', ofBrand('ACME', { title: 'New lamp' }));
    await shop.store.putHints([{ ...hint, version: 2 as typeof hint.version }]);
    expect(await parentsIn(shop)).toEqual([
      ['product#P1', 2, 'PRODUCT_BRAND', 'owed'],
      ['product#P1', 2, 'PRODUCT_CORE', 'owed'],
      ['product#P1', 2, 'PRODUCT_PRICE', 'owed'],
      ['product#P1', 2, 'PRODUCT_PROMOTION', 'owed'],
    ]);
  });

  it('a parent that was refused because the source was not there', async () => {
    const shop = openShop();
    await shop.ingest('product#P1', ofBrand('ACME'));
    await shop.insert(ACME, brandNamed('Acme'));
    const { slices } = await shop.plan(ACME, 0, 1);
    expect(slices.filter(({ because }) => because === 'owed')).toHaveLength(4);
  });

  it('a parent whose source appears only now', async () => {
    const shop = openShop({ contracts: shopContracts({ missing: 'NULL_FIELDS' }) });
    await shop.ingest('product#P1', ofBrand('ACME'));
    await shop.insert(ACME, brandNamed('Acme'));
    const { slices } = await shop.plan(ACME, 0, 1);
    expect(slices.map(({ entityKey, because }) => [entityKey, because])).toEqual([
      [ACME, 'own'],
      ['product#P1', 'source'],
    ]);
  });

  it('nobody of another brand, and nobody who left this one', async () => {
    const shop = await openWith(['product#P1', 'product#P2']);
    await shop.ingest('brand#OTHER', brandNamed('Other'));
    await shop.ingest('product#P1', ofBrand('OTHER'));
    await shop.insert(ACME, brandNamed('Apex'));
    expect(await parentsIn(shop)).toEqual([['product#P2', 1, 'PRODUCT_BRAND', 'source']]);
  });

  it('nobody of another tenant', async () => {
    const shop = await renamedShop(['product#P1']);
    const other = { tenantId: 'other', version: 1 };
    await shop.runtime.ingest({ ...other, entityKey: ACME, payload: brandNamed('Acme') });
    await shop.runtime.ingest({ ...other, entityKey: 'product#P2', payload: ofBrand('ACME') });
    expect(await parentsIn(shop)).toEqual([['product#P1', 1, 'PRODUCT_BRAND', 'source']]);
  });

  it('a parent that joins two changed sources once, and of each slice those that it takes from', async () => {
    const shop = await twoBrandsRenamed();
    const changes = ['brand#LABEL', 'brand#MAKER'].map((entityKey) => ({ entityKey, fromVersion: 1, toVersion: 2 }));
    const { slices, counts } = await shop.runtime.planFanOuts({ tenantId: TENANT, changes });
    const parents = slices.filter(({ entityKey }) => entityKey === 'product#P1');
    expect(parents).toMatchObject([
      { sliceType: 'PRODUCT_BRAND', sources: ['brand#LABEL'] },
      { sliceType: 'PRODUCT_MAKER', sources: ['brand#LABEL', 'brand#MAKER'] },
    ]);
    expect(counts.parents).toBe(1);
  });

  it('the sources of a parent sorted by bytes, whatever JavaScript makes of their keys', async () => {
    const ids = ['\u{1F600}', '\uFB01'] as const;
    const shop = await twoBrandsRenamed(...ids);
    const changes = ids.map((id) => ({ entityKey: `brand#${id}`, fromVersion: 1, toVersion: 2 }));
    const { slices } = await shop.runtime.planFanOuts({ tenantId: TENANT, changes });
    expect(slices.find(({ sliceType }) => sliceType === 'PRODUCT_MAKER')).toMatchObject({
      sources: ['brand#\uFB01', 'brand#\u{1F600}'],
    });
  });

  it('only the slices of the join whose source moved', async () => {
    const shop = await twoBrandsRenamed();
    const { slices } = await shop.plan('brand#MAKER', 1, 2);
    expect(slices.filter(({ because }) => because === 'source').map(({ sliceType }) => sliceType)).toEqual([
      'PRODUCT_MAKER',
    ]);
  });
});

describe('early cut-off: a plan leaves out', () => {
  it('everybody, without reading an index entry, where nothing that is projected changed', async () => {
    const shop = openShop({ contracts: shopContracts(NAME_ONLY) });
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest('product#P1', ofBrand('ACME'));
    await shop.insert(ACME, brandNamed('Acme', { logo_url: 'new.png' }));
    const store = countingStore(shop.store);
    const watching = openShop({ contracts: shopContracts(NAME_ONLY), store });
    const { slices, counts } = await watching.plan(ACME, 1, 2);
    expect(slices.map(({ entityKey }) => entityKey)).toEqual([ACME]);
    expect(counts).toEqual({ parents: 0, cutOff: 0, skippedArchived: 0 });
    expect(store.calls.range).toBe(0);
  });

  it('a parent that has followed already, and counts it', async () => {
    const shop = await renamedShop(['product#P1']);
    await shop.ingest('product#P2', ofBrand('ACME'));
    const { counts } = await shop.plan(ACME, 1, 2);
    expect(counts).toEqual({ parents: 1, cutOff: 1, skippedArchived: 0 });
  });

  it('every slice of a parent that somebody refused, who saw other sources, while its commit was on its way', async () => {
    const shop = await openWith(['product#P1', 'product#P2']);
    expect((await shop.plan(ACME, 0, 1)).counts).toMatchObject({ parents: 0, cutOff: 2 });
    await refuse(shop, 'product#P1');
    const plan = await shop.plan(ACME, 0, 1);
    expect(plan.counts).toMatchObject({ parents: 1, cutOff: 1 });
    await shop.runtime.applyFanOut(plan);
    expect(await shop.statusOf('product#P1')).toMatchObject({ state: 'ACTIVE', owed: {} });
  });

  it('nobody where the source moved and came back, because a revision in between may be under way', async () => {
    const shop = await openWith(['product#P1']);
    await shop.insert(ACME, brandNamed('Apex'));
    await shop.insert(ACME, brandNamed('Acme'));
    const { slices } = await shop.plan(ACME, 1, 3);
    expect(slices.filter(({ because }) => because === 'source').map(({ entityKey }) => entityKey)).toEqual([
      'product#P1',
    ]);
  });

  it('nobody of those who were there before a change that came and went behind a harmless one', async () => {
    const shop = openShop({ contracts: shopContracts(NAME_ONLY) });
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest('product#P1', ofBrand('ACME'));
    await shop.insert(ACME, brandNamed('Apex'));
    await shop.insert(ACME, brandNamed('Apex', { logo_url: 'new.png' }));
    const { counts } = await shop.plan(ACME, 1, 3);
    expect(counts).toMatchObject({ parents: 1, cutOff: 0 });
  });

  it.each([
    ['SAME_VERSION', 'SAME_VERSION'],
    ['PINNED', { PINNED: 1 }],
  ])('a parent whose version of the source stays the same under %s', async (_rule, versionRule) => {
    const shop = await renamedShop(['product#P1'], { joinSources: joinSourcesWith({ versionRule }) });
    const { counts } = await shop.plan(ACME, 1, 2);
    expect(counts).toMatchObject({ parents: 0, cutOff: 1 });
  });

  it('the parents of a slice type that is not built so far, and settles only up to where it is', async () => {
    const shop = await renamedShop(['product#P1'], brandSliceJoin());
    const plan = await shop.plan(ACME, 1, 2);
    expect(plan.slices.map(({ because }) => because)).toEqual(['own']);
    expect(plan.changes).toEqual([{ entityKey: ACME, fromVersion: 1, toVersion: 2, settlesTo: 1, fills: 0 }]);
  });
});

const NAME_ONLY = {
  joinProjection: { brand_name: 'name' },
  joinImpact: [{ path: 'name', slices: ['PRODUCT_BRAND'] }],
};

/** Brand ACME, and products of it, all sliced. */
async function openWith(productKeys: readonly string[], join = {}): Promise<Shop> {
  const shop = openShop({ contracts: shopContracts(join) });
  await shop.ingest(ACME, brandNamed('Acme'));
  for (const productKey of productKeys) await shop.ingest(productKey, ofBrand('ACME'));
  return shop;
}

/** The same, and the brand's next version is in. */
async function renamedShop(productKeys: readonly string[], join = {}): Promise<Shop> {
  const shop = await openWith(productKeys, join);
  await shop.insert(ACME, brandNamed('Apex'));
  return shop;
}

/** What a slicing does that read the sources before they came, and the status before the entity was settled. */
async function refuse({ store, statusOf }: Shop, entityKey: string): Promise<void> {
  const status = await statusOf(entityKey);
  const change = { ruleSetRef: PRODUCT_RULES, version: status.version, at: status.updatedAt } as const;
  const marked = statusAfterMark(status, change);
  const lastError = missing('join.source_missing', 'expected the brand, found nothing there').toJSON();
  const failed = marked && statusAfterFail(marked, { ...change, lastError });
  if (failed === null) throw new Error('expected a status that can be refused.');
  await store.updateStatus({ ...failed, counter: status.counter + 1 }, status.counter);
}

async function twoBrandsRenamed(label = 'LABEL', maker = 'MAKER'): Promise<Shop> {
  const shop = openShop({ contracts: twoJoinContracts() });
  const keys = [label, maker].map((id) => `brand#${id}`);
  for (const key of keys) await shop.ingest(key, brandNamed('Before'));
  await shop.ingest('product#P1', ofBrand(label, { maker_id: maker }));
  for (const key of keys) await shop.insert(key, brandNamed('After'));
  return shop;
}

async function parentsIn(shop: Shop) {
  const { slices } = await shop.plan(ACME, 1, 2);
  const parents = slices.filter(({ entityKey }) => entityKey !== ACME);
  return parents.map(({ entityKey, version, sliceType, because }) => [entityKey, version, sliceType, because]);
}
