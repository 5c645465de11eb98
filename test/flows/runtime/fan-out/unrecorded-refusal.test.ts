/** A refusal that no status remembers must not be forgotten with the fan-out that met it (L12). */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import { brandRules, brandSchema } from '../../../support/product-catalogue.ts';
import { TENANT, withStatus } from '../../../support/runtime-fixture.ts';
import { brandNamed, ofBrand, openShop, type Shop, shopContracts } from '../../../support/shop.ts';

const ACME = 'brand#ACME';
const P1 = 'product#P1';

describe.each([
  {
    what: 'the schema that its join reads by is DEPRECATED',
    contracts: () => withOldBrandSchema('DEPRECATED'),
    schemaRef: 'brand@1.1.0',
  },
  {
    what: 'the schema that its join reads by is ARCHIVED',
    contracts: () => withOldBrandSchema('ARCHIVED'),
    schemaRef: 'brand@1.1.0',
  },
  {
    what: 'its own rule set is DEPRECATED',
    contracts: () => withStatus(shopContracts(), 'DEPRECATED', ({ id }) => id === 'product-core'),
    schemaRef: 'brand@1.0.0',
  },
])('a parent that may not follow now, because $what,', ({ contracts, schemaRef }) => {
  it('counts as refused, and stays owed by its source', async () => {
    const shop = await slicedShop();
    const { fanOut } = await renamed(openShop({ contracts: contracts(), store: shop.store }), schemaRef);
    expect(fanOut).toMatchObject({ outcome: 'owed', refused: 1 });
    expect(await shop.statusOf(ACME)).toMatchObject({ state: 'READY', fannedOutTo: 1, version: 2 });
  });

  it('keeps its revision, and follows once it may', async () => {
    const shop = await slicedShop();
    await renamed(openShop({ contracts: contracts(), store: shop.store }), schemaRef);
    expect(await shop.brandOf(P1)).toEqual({ name: 'Acme' });
    expect(await shop.runtime.resume({ tenantId: TENANT })).toMatchObject({ fannedOut: 1, fanOutOwed: 0 });
    expect(await shop.brandOf(P1)).toEqual({ name: 'Apex' });
    expect((await shop.statusOf(ACME)).state).toBe('ACTIVE');
  });
});

async function slicedShop(): Promise<Shop> {
  const shop = openShop();
  await shop.ingest(ACME, brandNamed('Acme'));
  await shop.ingest(P1, ofBrand('ACME'));
  return shop;
}

function renamed({ runtime }: Shop, schemaRef: string) {
  return runtime.ingest({ tenantId: TENANT, entityKey: ACME, version: 2, schemaRef, payload: brandNamed('Apex') });
}

/** Brands have moved on to another version of their schema; the rules of products have not. */
function withOldBrandSchema(status: string): readonly JsonObject[] {
  const others = shopContracts().filter(({ id }) => id !== 'brand' && id !== 'brand-core');
  return [
    ...others,
    brandSchema({ status }),
    brandSchema({ version: '1.1.0' }),
    brandRules({ version: '1.1.0', schemaRef: 'brand@1.1.0' }),
  ];
}
