import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { parseEntityKey, parseVersion } from '../../../src/domain/identity.ts';
import { joinView } from '../../../src/domain/view/view-joiner.ts';
import { compileRulesOf, compileSchemaOf, compileViewOf } from '../../support/compile-catalogue.ts';
import { brandSchema, productPage, productRules, productSchema } from '../../support/product-catalogue.ts';

const RULES = compileRulesOf(productRules(), compileSchemaOf(productSchema()), [compileSchemaOf(brandSchema())]);
const CORE = { title: 'Lamp', category_ids: ['home'] };
const PRICE = { price: 20, variant_prices: [1, 2] };
const PROMOTION = { label: 'New' };

describe('joinView', () => {
  it('copies fields from slices, in the order of their names, and leaves out what is absent', () => {
    const fields = [
      { from: 'PRODUCT_PRICE.variant_prices[*]', to: 'prices' },
      { from: 'PRODUCT_CORE.category_ids', to: 'categories' },
      { from: 'PRODUCT_CORE.status', to: 'status' },
    ];
    const joined = join({ fields }, { PRODUCT_CORE: CORE, PRODUCT_PRICE: PRICE, PRODUCT_PROMOTION: PROMOTION });
    expect(joined).toEqual({ status: 'complete', data: { categories: ['home'], prices: [1, 2] } });
    expect(Object.keys(joined.data)).toEqual(['categories', 'prices']);
  });

  it('gives a field whose name is __proto__ as a member like any other', () => {
    const fields = [{ from: 'PRODUCT_CORE.title', to: '__proto__' }];
    const { data } = join({ fields }, { PRODUCT_CORE: CORE, PRODUCT_PRICE: PRICE, PRODUCT_PROMOTION: PROMOTION });
    expect(JSON.stringify(data)).toBe('{"__proto__":"Lamp"}');
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });

  const slicesWithout = (...types: readonly string[]) =>
    Object.fromEntries(
      Object.entries({ PRODUCT_CORE: CORE, PRODUCT_PRICE: PRICE, PRODUCT_PROMOTION: PROMOTION }).map(
        ([type, slice]) => [type, types.includes(type) ? null : slice],
      ),
    );

  it.each([
    { policy: { missingPolicy: 'FAIL_CLOSED' }, tombstone: 'PRODUCT_PROMOTION', advice: /PARTIAL_ALLOWED/ },
    { policy: { missingPolicy: 'FAIL_CLOSED' }, tombstone: 'PRODUCT_PRICE', advice: /PARTIAL_ALLOWED/ },
    { policy: { missingPolicy: 'PARTIAL_ALLOWED' }, tombstone: 'PRODUCT_PRICE', advice: /optionalSlices|optionalOnly/ },
    {
      policy: { missingPolicy: 'FAIL_CLOSED', partialPolicy: { optionalOnly: false } },
      tombstone: 'PRODUCT_PROMOTION',
      advice: /PARTIAL_ALLOWED/,
    },
  ])('under $policy is refused without $tombstone', ({ policy, tombstone, advice }) => {
    expect(() => join(policy, slicesWithout(tombstone))).toThrow(
      expect.objectContaining({
        code: 'view.slice_missing',
        category: 'Missing',
        message: expect.stringMatching(advice),
        details: expect.objectContaining({ sliceType: tombstone }),
      }),
    );
  });

  it.each([
    {
      policy: { missingPolicy: 'PARTIAL_ALLOWED' },
      tombstones: ['PRODUCT_PROMOTION'],
      data: { title: 'Lamp', price: 20 },
    },
    {
      policy: { missingPolicy: 'PARTIAL_ALLOWED', partialPolicy: { optionalOnly: false } },
      tombstones: ['PRODUCT_CORE', 'PRODUCT_PROMOTION'],
      data: { price: 20 },
    },
    {
      policy: { missingPolicy: 'PARTIAL_ALLOWED', partialPolicy: { optionalOnly: false } },
      tombstones: ['PRODUCT_CORE', 'PRODUCT_PRICE', 'PRODUCT_PROMOTION'],
      data: {},
    },
  ])('under $policy is partial without $tombstones', ({ policy, tombstones, data }) => {
    const joined = join(policy, slicesWithout(...tombstones));
    expect(joined).toMatchObject({ status: 'partial', data });
    expect(joined.data).toEqual(data);
    expect(joined.status === 'partial' && joined.missing.map(({ sliceType }) => sliceType)).toEqual(tombstones);
  });

  it('lets a default stand in for a field of a slice that is left out, and for no other', () => {
    const view = {
      fallbackPolicy: 'DEFAULT_VALUE',
      fields: [
        { from: 'PRODUCT_PROMOTION.label', to: 'badge', default: null },
        { from: 'PRODUCT_PROMOTION.ends_at', to: 'until' },
        { from: 'PRODUCT_CORE.status', to: 'status', default: 'unknown' },
      ],
    };
    expect(join(view, slicesWithout('PRODUCT_PROMOTION'))).toEqual({
      status: 'partial',
      data: { badge: null },
      missing: [{ sliceType: 'PRODUCT_PROMOTION', reason: 'tombstone', fields: ['badge', 'until'] }],
    });
  });
});

function join(overrides: JsonObject, slices: Readonly<Record<string, JsonObject | null>>) {
  const view = compileViewOf(productPage(overrides), RULES);
  const entityKey = parseEntityKey('product#P1');
  return joinView({ view, entityKey, version: parseVersion(1), slices: new Map(Object.entries(slices)) });
}
