import { describe, expect, it } from 'vitest';
import { type BadContract, drop, inTurn, itRefuses, push, put, refusalAfter } from './bad-contract.ts';

const unsoundRuleSets: readonly BadContract[] = [
  {
    why: 'a field that no entry covers',
    change: drop('rules', '/impactMap/0'),
    code: 'contract.impact_map_unsound',
    pointer: '/impactMap',
    says: '- { path: title, slices: [PRODUCT_BRAND_ENRICHED, PRODUCT_CORE] }',
  },
  {
    why: 'a field that an entry covers for another slice type',
    change: put('rules', '/impactMap/4/slices', ['PRODUCT_CORE']),
    code: 'contract.impact_map_unsound',
    pointer: '/impactMap',
    says: '- { path: price, slices: [PRODUCT_PRICE] }',
  },
  {
    why: 'a condition that is wider than its entries',
    change: put('rules', '/impactMap/5', { path: 'promotion.label', slices: ['PRODUCT_PROMOTION'] }),
    code: 'contract.impact_map_unsound',
    pointer: '/impactMap',
    says: '- { path: promotion, slices: [PRODUCT_PROMOTION] }',
  },
  {
    why: 'a join key that no entry covers for the join’s slice type',
    change: put('rules', '/impactMap/1/slices', ['PRODUCT_CORE']),
    code: 'contract.impact_map_unsound',
    pointer: '/impactMap',
    says: '- { path: brand_id, slices: [PRODUCT_BRAND_ENRICHED] }',
  },
  {
    why: 'a declared property that it forgets',
    change: drop('rules', '/impactMap/6'),
    code: 'contract.impact_map_incomplete',
    pointer: '/impactMap',
    says: '- { path: internal_note, slices: [] }',
  },
  {
    why: 'a member of a closed property that it forgets',
    change: inTurn(
      put('rules', '/slices/1/fields/price', 'price.amount'),
      put('rules', '/impactMap/4/path', 'price.amount'),
    ),
    code: 'contract.impact_map_incomplete',
    pointer: '/impactMap',
    says: '- { path: price.currency, slices: [] }',
  },
  {
    why: 'a projected path that no join impact covers',
    change: drop('rules', '/joins/0/joinImpact/1'),
    code: 'contract.join_impact_unsound',
    pointer: '/joins/0/joinImpact',
    says: '- { path: logo_url, slices: [PRODUCT_BRAND_ENRICHED] }',
  },
  {
    why: 'a projected path that is covered for one of two slice types',
    change: inTurn(
      put('rules', '/slices/1/joins', ['brand']),
      push('rules', '/impactMap/1/slices', 'PRODUCT_PRICE'),
      push('rules', '/joins/0/joinImpact/0/slices', 'PRODUCT_PRICE'),
    ),
    code: 'contract.join_impact_unsound',
    pointer: '/joins/0/joinImpact',
    says: '- { path: logo_url, slices: [PRODUCT_PRICE] }',
  },
];

describe('a rule set that a change could escape is refused', () => {
  itRefuses(unsoundRuleSets);

  it('with every gap of the impact map and the join impacts at once', () => {
    const { code, message } = refusalAfter(
      inTurn(
        put('rules', '/impactMap', [{ path: 'title', slices: ['PRODUCT_CORE', 'PRODUCT_BRAND_ENRICHED'] }]),
        put('rules', '/joins/0/joinImpact', []),
      ),
    );
    expect(code).toBe('contract.impact_map_unsound');
    for (const entry of [
      '- { path: brand_id, slices: [PRODUCT_BRAND_ENRICHED, PRODUCT_CORE] }',
      '- { path: category_ids, slices: [PRODUCT_CORE] }',
      '- { path: promotion, slices: [PRODUCT_PROMOTION] }',
      '- { path: internal_note, slices: [] }',
      '- { path: name, slices: [PRODUCT_BRAND_ENRICHED] }',
    ]) {
      expect(message).toContain(entry);
    }
    expect(message).not.toContain('promotion.label');
  });
});
