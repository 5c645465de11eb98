/** How many parents a fan-out may name: those that are there, not the entries that nothing supports any more. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import type { Store } from '../../../../src/ports/store.ts';
import { countingStore } from '../../../support/counting-store.ts';
import { brandJoin, brandRules, brandSchema, productRules, productSchema } from '../../../support/product-catalogue.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import { brandNamed, joinSourcesWith, ofBrand, openShop, type Shop, shopContracts } from '../../../support/shop.ts';
import { createTestStore } from '../../../support/test-store.ts';

const ACME = 'brand#ACME';
const OTHER = 'brand#OTHER';
const ACME_INDEX = 'IDX#brand#ACME#product';

describe('the bound on a fan-out', () => {
  it('does not count index entries that nothing supports', async () => {
    const shop = await openShopOf({ maxFanout: 2, parents: 2, moved: 1 });
    const { fanOut } = await shop.ingest(ACME, brandNamed('After'));
    expect(fanOut).toMatchObject({ outcome: 'settled', revised: 2 });
    expect(await shop.hintsOf(ACME_INDEX)).toHaveLength(2);
  });

  it('counts those that are there, be they one too many', async () => {
    const shop = await openShopOf({ maxFanout: 2, parents: 3, moved: 0 });
    const { fanOut } = await shop.ingest(ACME, brandNamed('After'));
    expect(fanOut).toMatchObject({ outcome: 'owed', revised: 0, error: { code: 'fan_out.too_large' } });
  });

  it.each([
    { whose: 'first commit', brandBefore: null },
    { whose: 'commit under this brand', brandBefore: 'OTHER' },
  ])('counts an entry whose $whose is still to come', async ({ brandBefore }) => {
    const shop = await openShopOf({ maxFanout: 2, parents: 2, moved: 0 });
    if (brandBefore !== null) await shop.ingest('product#NEW', ofBrand(brandBefore));
    const [hint] = await shop.hintsOf(ACME_INDEX);
    if (hint === undefined) throw new Error('expected an entry');
    const version = (hint.version + 1) as typeof hint.version;
    await shop.store.putHints([{ ...hint, entityKey: 'product#NEW' as typeof hint.entityKey, version }]);
    const { fanOut } = await shop.ingest(ACME, brandNamed('After'));
    expect(fanOut).toMatchObject({ outcome: 'owed', error: { code: 'fan_out.too_large' } });
  });

  it('is each join’s own: who joins by a wide one is not refused for a narrow one', async () => {
    const shop = await openShopOfThree({ brand: 5, noted: 1 });
    const { fanOut } = await shop.ingest(ACME, brandNamed('After'));
    expect(fanOut).toMatchObject({ outcome: 'settled', revised: 3 });
  });

  it('is each join’s own: who joins by a narrow one is refused for it, however wide another', async () => {
    const shop = await openShopOfThree({ brand: 1, noted: 5 });
    const { fanOut } = await shop.ingest(ACME, brandNamed('After'));
    expect(fanOut).toMatchObject({ outcome: 'owed', error: { details: { join: 'brand', maxFanout: 1 } } });
  });

  it('holds among hundreds of entries, most of them of nobody', async () => {
    const shop = await openShopOf({ maxFanout: 110, parents: 110, moved: 250 });
    const plan = await shop.plan(ACME, 1, await insertAfter(shop));
    expect(plan.counts).toMatchObject({ parents: 110 });
    expect(new Set(plan.staleHints.map(({ entityKey }) => entityKey)).size).toBe(250);
  });
});

describe('a fan-out that is refused for its parents', () => {
  it('sweeps what nothing supports, by ingest', async () => {
    const shop = await openShopOf({ maxFanout: 1, parents: 2, moved: 2 });
    expect(await shop.hintsOf(ACME_INDEX)).toHaveLength(4);
    await shop.ingest(ACME, brandNamed('After'));
    expect(await shop.hintsOf(ACME_INDEX)).toHaveLength(2);
  });

  it('sweeps what nothing supports, by resume', async () => {
    const shop = await openShopOf({ maxFanout: 1, parents: 2, moved: 2 });
    await insertAfter(shop);
    expect(await shop.runtime.resume({ tenantId: TENANT })).toMatchObject({ fanOutOwed: 1 });
    expect(await shop.hintsOf(ACME_INDEX)).toHaveLength(2);
  });

  it('writes nothing where it is only planned', async () => {
    const shop = await openShopOf({ maxFanout: 1, parents: 2, moved: 2 });
    const planning = shop.plan(ACME, 1, await insertAfter(shop));
    await expect(planning).rejects.toMatchObject({ code: 'fan_out.too_large' });
    expect(await shop.hintsOf(ACME_INDEX)).toHaveLength(4);
  });

  it('reads no more than a page beyond the bound, however many entries there are', async () => {
    const store = countingStore(createTestStore());
    const shop = await openShopOf({ maxFanout: 110, parents: 1, moved: 0 }, store);
    const [hint] = await shop.hintsOf(ACME_INDEX);
    if (hint === undefined) throw new Error('expected an entry');
    const keys = Array.from({ length: 3000 }, (_, index) => `product#Q${index}` as typeof hint.entityKey);
    await store.putHints(keys.map((entityKey) => ({ ...hint, entityKey })));
    const newest = await insertAfter(shop);
    store.reset();
    await expect(shop.plan(ACME, 1, newest)).rejects.toMatchObject({ code: 'fan_out.too_large' });
    expect(store.sequence.filter((method) => method === 'range')).toHaveLength(1);
    expect(store.calls.batchGet).toBeLessThan(10);
  });
});

interface Bounds {
  readonly brand: number;
  readonly noted: number;
}

/** Three products that name ACME by `brand_id`; nobody names a brand by `internal_note`, though that is joined too. */
async function openShopOfThree(bounds: Bounds): Promise<Shop> {
  const shop = openShop({ contracts: [brandSchema(), productSchema(), brandRules(), joiningTwice(bounds)] });
  await shop.ingest(ACME, brandNamed('Before'));
  for (const product of ['product#P1', 'product#P2', 'product#P3']) await shop.ingest(product, ofBrand('ACME'));
  return shop;
}

function joiningTwice({ brand, noted }: Bounds): JsonObject {
  const byBrandId = brandJoin({ maxFanout: brand });
  const byNote = brandJoin({
    name: 'noted',
    maxFanout: noted,
    keyAbsent: 'NULL_FIELDS',
    joinSources: joinSourcesWith({ keyResolver: { path: 'internal_note', format: 'brand#{value}' } }),
    joinProjection: { noted_name: 'name' },
    joinImpact: [{ path: 'name', slices: ['PRODUCT_BRAND'] }],
  });
  const rules = productRules({ joins: [byBrandId, byNote] });
  const [slices, impactMap] = [rules['slices'], rules['impactMap']] as readonly (readonly JsonObject[])[];
  return {
    ...rules,
    slices: slices?.map((slice) => (slice['joins'] ? { ...slice, joins: ['brand', 'noted'] } : slice)) ?? [],
    impactMap: [
      ...(impactMap ?? []).filter(({ path }) => path !== 'internal_note'),
      { path: 'internal_note', slices: ['PRODUCT_BRAND'] },
    ],
  };
}

interface Size {
  readonly maxFanout: number;
  /** Products that join ACME. */
  readonly parents: number;
  /** Products that joined it before, and left their entries behind. */
  readonly moved: number;
}

async function openShopOf({ maxFanout, parents, moved }: Size, store: Store = createTestStore()): Promise<Shop> {
  const shop = openShop({ store, contracts: shopContracts({ maxFanout }) });
  for (const key of [ACME, OTHER]) await shop.ingest(key, brandNamed('Before'));
  // Between one another, in the order in which they are read.
  const keys = Array.from({ length: parents + moved }, (_, index) => `product#P${(index * 7919) % 10_007}`);
  await ingestAll(shop, keys, 1, 'ACME');
  await ingestAll(shop, keys.slice(0, moved), 2, 'OTHER');
  return shop;
}

async function ingestAll(shop: Shop, keys: readonly string[], version: number, brandId: string): Promise<void> {
  const items = keys.map((entityKey) => ({ tenantId: TENANT, entityKey, version, payload: ofBrand(brandId) }));
  for await (const outcome of shop.runtime.batch.ingest(items)) expect(outcome.ok).toBe(true);
}

async function insertAfter(shop: Shop): Promise<number> {
  return (await shop.insert(ACME, brandNamed('After'))).version;
}
