import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../src/adapters/memory/memory-store.ts';
import type { HintRecord } from '../../../../src/domain/records.ts';
import { LAMP } from '../../../support/product-catalogue.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import { brandNamed, ofBrand, openShop, type Shop, type ShopOptions } from '../../../support/shop.ts';
import { wrapStore } from '../../../support/wrap-store.ts';

const AT_HOME = 'IDX#category#home#product';
const OF_ACME = 'IDX#brand#ACME#product';
/** More than are read together. */
const MANY = 205;

describe('sweeping an index key', () => {
  it('deletes a declared entry whose value the newest slice lost, and nothing else', async () => {
    const shop = await shopAtHome();
    await shop.ingest('product#P1', { ...LAMP, category_ids: ['lights'] });
    await expect(sweep(shop, AT_HOME)).resolves.toEqual({ entries: 2, swept: 1 });
    await expect(keysUnder(shop, AT_HOME)).resolves.toEqual(['product#P2']);
  });

  it('deletes a join’s entry whose entity names another source', async () => {
    const shop = await shopAtHome();
    await shop.ingest('product#P1', ofBrand('OTHER'));
    await expect(sweep(shop, OF_ACME)).resolves.toEqual({ entries: 2, swept: 1 });
    await expect(keysUnder(shop, OF_ACME)).resolves.toEqual(['product#P2']);
  });

  it('keeps an entry that is pending: its source may still come', async () => {
    const shop = openShop();
    await shop.ingest('product#P1', LAMP);
    await expect(sweep(shop, OF_ACME)).resolves.toEqual({ entries: 1, swept: 0 });
    await shop.ingest('brand#ACME', brandNamed('Acme'));
    await expect(shop.brandOf('product#P1')).resolves.toEqual({ name: 'Acme' });
  });

  it('keeps an entry that is written again between its reading and its deleting', async () => {
    const inner = createMemoryStore();
    const store = wrapStore(inner, async (method, args, call) => {
      if (method === 'deleteHint') {
        // A hint comes first.
        const hint = args[0] as HintRecord;
        await inner.putHints([{ ...hint, version: (hint.version + 2) as HintRecord['version'] }]);
      }
      return call();
    });
    const shop = await shopAtHome({ store });
    await shop.ingest('product#P1', { ...LAMP, category_ids: ['lights'] });
    await expect(sweep(shop, AT_HOME)).resolves.toEqual({ entries: 2, swept: 0 });
    await expect(keysUnder(shop, AT_HOME)).resolves.toEqual(['product#P1', 'product#P2']);
  });

  it('goes through all pages', async () => {
    const shop = await shopAtHome();
    const [hint] = await shop.hintsOf(AT_HOME);
    if (hint === undefined) throw new Error('expected the entry of a product, found none');
    await shop.ingest('product#P1', { ...LAMP, category_ids: ['lights'] });
    const types = Array.from({ length: MANY }, (_, index) => `X_${index}`);
    await shop.store.putHints(types.map((sliceType) => ({ ...hint, entityKey: P1, sliceType })));
    await expect(sweep(shop, AT_HOME)).resolves.toEqual({ entries: MANY + 2, swept: MANY + 1 });
    await expect(keysUnder(shop, AT_HOME)).resolves.toEqual(['product#P2']);
  });

  it.each([
    ['no index key', 'brand#ACME', 'index.key_invalid'],
    ['an index that no rule set has', 'IDX#colour#red#product', 'index.unknown'],
  ])('is refused for %s', async (_, indexKey, code) => {
    await expect(sweep(openShop(), indexKey)).rejects.toMatchObject({ code });
  });
});

const P1 = 'product#P1' as HintRecord['entityKey'];

/** Two products of one brand in one category. */
async function shopAtHome(options: ShopOptions = {}): Promise<Shop> {
  const shop = openShop(options);
  for (const brand of ['ACME', 'OTHER']) await shop.ingest(`brand#${brand}`, brandNamed(brand));
  for (const product of ['product#P1', 'product#P2']) await shop.ingest(product, LAMP);
  return shop;
}

function sweep({ runtime }: Shop, indexKey: string) {
  return runtime.sweepIndex({ tenantId: TENANT, indexKey });
}

async function keysUnder(shop: Shop, indexKey: string): Promise<readonly string[]> {
  return (await shop.hintsOf(indexKey)).map(({ entityKey }) => entityKey);
}
