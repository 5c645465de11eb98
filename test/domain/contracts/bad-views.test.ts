import { describe } from 'vitest';
import { type BadContract, itRefuses, push, put } from './bad-contract.ts';

const badViews: readonly BadContract[] = [
  {
    why: 'a view of another rule set',
    change: put('view', '/ruleSetRef', 'product-core@2.0.0'),
    code: 'contract.ref_unresolved',
    pointer: '/ruleSetRef',
    says: 'RuleSet product-core@2.0.0',
  },
  {
    why: 'a view slice in both lists',
    change: push('view', '/optionalSlices', 'PRODUCT_CORE'),
    code: 'contract.view_slice_twice',
    pointer: '/optionalSlices/1',
    says: 'required or optional',
  },
  {
    why: 'a view slice twice in a list',
    change: push('view', '/requiredSlices', 'PRODUCT_CORE'),
    code: 'contract.view_slice_twice',
    pointer: '/requiredSlices/2',
    says: 'each slice type once',
  },
  {
    why: 'a view with an unknown slice type',
    change: put('view', '/requiredSlices/0', 'PRODUCT_CROE'),
    code: 'contract.slice_unknown',
    pointer: '/requiredSlices/0',
    says: 'Did you mean `PRODUCT_CORE`?',
  },
  {
    why: 'a view field from a slice in neither list',
    change: put('view', '/fields/0/from', 'PRODUCT_BRAND_ENRICHED.title'),
    code: 'contract.view_slice_unlisted',
    pointer: '/fields/0/from',
    says: 'Add its slice type',
  },
  {
    why: 'a view field from no slice type',
    change: put('view', '/fields/0/from', 'title'),
    code: 'contract.slice_unknown',
    pointer: '/fields/0/from',
    says: 'found title',
  },
  {
    why: 'a view field that no slice has',
    change: put('view', '/fields/0/from', 'PRODUCT_CORE.tilte'),
    code: 'contract.field_unknown',
    pointer: '/fields/0/from',
    says: 'Did you mean `title`?',
  },
  {
    why: 'a view field of a whole slice',
    change: put('view', '/fields/0/from', 'PRODUCT_CORE'),
    code: 'contract.field_unknown',
    pointer: '/fields/0/from',
    says: 'starts at an output member',
  },
  {
    why: 'a view field that its schema rules out',
    change: put('view', '/fields/1/from', 'PRODUCT_PRICE.price.tax'),
    code: 'contract.path_unknown',
    pointer: '/fields/1/from',
    says: 'one of amount, currency',
  },
  {
    why: 'a view member written twice',
    change: put('view', '/fields/1/to', 'title'),
    code: 'contract.output_duplicate',
    pointer: '/fields/1/to',
    says: 'title, which is at /fields/0',
  },
  {
    why: 'a default that is never used',
    change: put('view', '/fallbackPolicy', 'NONE'),
    code: 'contract.view_default_unused',
    pointer: '/fields/2/default',
    says: 'Set `fallbackPolicy: DEFAULT_VALUE`',
  },
];

describe('a view that does not fit its rule set is refused', () => itRefuses(badViews));
