/** Which entries of the inverted index a revision writes: those that a source gives, and no others. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import { brandJoin, brandRules, brandSchema, productRules, productSchema } from '../../../support/product-catalogue.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import { brandNamed, ofBrand, openShop, type Shop } from '../../../support/shop.ts';

const ACME = 'brand#ACME';
const P1 = 'product#P1';
const NAME_INDEX = indexOf('shown_brand', 'brand_name');
const TITLE_INDEX = indexOf('shown_title', 'title');

describe('a revision', () => {
  it('puts the entry of what a joined field holds now, and the one before is nobody’s any more', async () => {
    const shop = shopWith(NAME_INDEX);
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest(P1, ofBrand('ACME'));
    await shop.ingest(ACME, brandNamed('Apex'));
    expect(await standingsOf(shop, 'IDX#shown_brand#Apex#product')).toEqual([['true', 1, 1]]);
    expect(await standingsOf(shop, 'IDX#shown_brand#Acme#product')).toEqual([['stale', 1, 0]]);
  });

  it('puts the entry of an own field whose slice was a tombstone until its source came', async () => {
    const shop = shopWith(TITLE_INDEX, { missing: 'TOMBSTONE' });
    await shop.ingest(P1, ofBrand('ACME', { title: 'Lamp' }));
    expect(await standingsOf(shop, 'IDX#shown_title#Lamp#product')).toEqual([]);
    await shop.ingest(ACME, brandNamed('Acme'));
    expect(await standingsOf(shop, 'IDX#shown_title#Lamp#product')).toEqual([['true', 1, 1]]);
  });

  it.each(['FAIL_CLOSED', 'NULL_FIELDS'])(
    'leaves the entry of an own field as its first commit put it under missing: %s',
    async (missing) => {
      const shop = shopWith(TITLE_INDEX, { missing });
      await shop.ingest(ACME, brandNamed('Acme'));
      await shop.ingest(P1, ofBrand('ACME', { title: 'Lamp' }));
      await shop.ingest(ACME, brandNamed('Apex'));
      expect(await shop.commitsOf(P1)).toEqual([
        [1, 0],
        [1, 1],
      ]);
      expect(await shop.hintsOf('IDX#shown_title#Lamp#product')).toMatchObject([{ version: 1, revision: 0 }]);
      expect(await standingsOf(shop, 'IDX#shown_title#Lamp#product')).toEqual([['true', 1, 1]]);
    },
  );
});

function shopWith(index: JsonObject, join: JsonObject = {}): Shop {
  const rules = productRules({ joins: [brandJoin(join)], indexes: [index] });
  return openShop({ contracts: [brandSchema(), productSchema(), brandRules(), rules] });
}

function indexOf(type: string, path: string): JsonObject {
  return {
    type,
    fromSlice: 'PRODUCT_BRAND',
    selector: { path },
    indexKey: { format: `IDX#${type}#{value}#product` },
  };
}

/** Of each entry: whether the head bears it out, and since which version and revision. */
async function standingsOf({ runtime }: Shop, indexKey: string) {
  const { items } = await runtime.lookUpIndex({ tenantId: TENANT, indexKey });
  return items.map(({ standing, version, revision }) => [standing, version, revision]);
}
