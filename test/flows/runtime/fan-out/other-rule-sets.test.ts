/** A rule set whose parents may not be followed holds up nobody who follows under another. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import {
  brandJoin,
  brandRules,
  brandSchema,
  PRODUCT_RULES,
  productRules,
  productSchema,
} from '../../../support/product-catalogue.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import { brandNamed, ofBrand, openShop, type Shop } from '../../../support/shop.ts';

const ACME = 'brand#ACME';
const PARENTS = ['product#P1', 'product#P2'];
const LABEL_RULES = 'product-label@1.3.0';

interface Refusal {
  readonly because: string;
  readonly code: string;
  /** The first rule set's. */
  readonly join: JsonObject;
  readonly isIndexMissing: boolean;
}

const REFUSALS: readonly Refusal[] = [
  { because: 'too many parents', code: 'fan_out.too_large', join: { maxFanout: 1 }, isIndexMissing: false },
  {
    because: 'too many parents, found without the index',
    code: 'fan_out.too_large',
    join: { maxFanout: 1, onIndexMissing: 'FULL_REBUILD' },
    isIndexMissing: true,
  },
  { because: 'its index is not complete', code: 'index.missing', join: {}, isIndexMissing: true },
];

describe.each(REFUSALS)('a fan-out that is refused under one rule set, because $because', (refusal) => {
  it('is followed under the other, by ingest, and stays owed', async () => {
    const shop = await openRefusing(refusal);
    const { fanOut } = await shop.ingest(ACME, brandNamed('After'));
    expect(fanOut).toMatchObject({ outcome: 'owed', revised: 2, error: { code: refusal.code } });
    expect(await revisionsOf(shop)).toEqual({ [PRODUCT_RULES]: [0, 0], [LABEL_RULES]: [1, 1] });
    expect(await shop.statusOf(ACME)).toMatchObject({ state: 'READY', fannedOutTo: 1 });
  });

  it('is followed under the other, by resume, and stays owed', async () => {
    const shop = await openRefusing(refusal);
    await shop.insert(ACME, brandNamed('After'));
    expect(await shop.runtime.resume({ tenantId: TENANT })).toMatchObject({ fannedOut: 0, fanOutOwed: 1 });
    expect(await revisionsOf(shop)).toEqual({ [PRODUCT_RULES]: [0, 0], [LABEL_RULES]: [1, 1] });
    expect(await shop.statusOf(ACME)).toMatchObject({ state: 'READY', fannedOutTo: 1 });
  });

  it('is not planned on demand: a plan is all or nothing', async () => {
    const shop = await openRefusing(refusal);
    await shop.insert(ACME, brandNamed('After'));
    await expect(shop.plan(ACME, 1, 2)).rejects.toMatchObject({ code: refusal.code });
  });
});

async function openRefusing({ join, isIndexMissing }: Refusal): Promise<Shop> {
  const labels = productRules({ id: 'product-label', joins: [brandJoin()] });
  const rules = [brandRules(), productRules({ joins: [brandJoin(join)] }), labels];
  const shop = openShop({ contracts: [brandSchema(), productSchema(), ...rules] });
  await shop.ingest(ACME, brandNamed('Before'));
  for (const parent of PARENTS) await shop.ingest(parent, ofBrand('ACME'));
  if (isIndexMissing) await shop.runtime.markIndexIncomplete({ tenantId: TENANT, ruleSetRef: PRODUCT_RULES });
  return shop;
}

/** Rule set → the revision that each parent is at. */
async function revisionsOf({ runtime }: Shop) {
  const revisions = [PRODUCT_RULES, LABEL_RULES].map(async (ruleSetRef) => {
    const heads = PARENTS.map((entityKey) => runtime.activeVersion({ tenantId: TENANT, entityKey, ruleSetRef }));
    return [ruleSetRef, (await Promise.all(heads)).map((head) => head?.revision)] as const;
  });
  return Object.fromEntries(await Promise.all(revisions));
}
