import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { impactOf } from '../../../src/domain/changeset/impact-map.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { buildRuleSet } from './build-rule-set.ts';

const TYPES = ['CORE', 'MEDIA', 'PRICE', 'PROMOTION'];
const IMPACT_MAP = {
  title: ['CORE'],
  tags: ['CORE'],
  promotion: ['PROMOTION'],
  'dims.width': ['MEDIA'],
  'variants[*].price': ['PRICE'],
  'variants[*].title': ['CORE'],
  note: [],
};

function impact(paths: readonly string[], onNoMatch: 'FAIL_CLOSED' | 'FULL_REBUILD' | 'IGNORE' = 'FAIL_CLOSED') {
  return impactOf(paths, buildRuleSet({ types: TYPES, impactMap: IMPACT_MAP, onNoMatch }));
}

describe('the impact of a change', () => {
  it.each([
    ['at a selector', ['/title'], ['CORE']],
    ['below a selector', ['/promotion/label'], ['PROMOTION']],
    ['above a selector', ['/dims'], ['MEDIA']],
    ['beside a selector', ['/dims/width', '/title'], ['CORE', 'MEDIA']],
    ['in an item of a keyed array', ['/variants/SKU1/price'], ['PRICE']],
    ['of a whole item', ['/variants/SKU~11'], ['CORE', 'PRICE']],
    ['of a whole array', ['/variants'], ['CORE', 'PRICE']],
    ['that concerns no slice on purpose', ['/note'], []],
    ['of everything', [''], TYPES],
    ['of nothing', [], []],
  ])('%s is known', (_case, paths, sliceTypes) => {
    expect(impact(paths).sliceTypes).toEqual(sliceTypes);
  });

  it('of everything concerns a type that no entry names, too', () => {
    const ruleSet = buildRuleSet({ types: ['CONSTANT'], impactMap: {}, onNoMatch: 'FAIL_CLOSED' });
    expect(impactOf([''], ruleSet).sliceTypes).toEqual(['CONSTANT']);
  });

  it('says why each type is concerned, and sorts what it says', () => {
    const { reasons } = impact(['/variants/B/price', '/variants/A/price', '/title', '/variants/A/price']);
    expect([...reasons]).toEqual([
      ['CORE', ['/title']],
      ['PRICE', ['/variants/A/price', '/variants/B/price']],
    ]);
  });

  it.each(['/other', '/titles', '/variants/A/weight', '/dims/height'])(
    'refuses the change of %s, which nothing matches, and shows the entry to add',
    (path) => {
      const run = () => impact(['/title', path]);
      expect(run).toThrow(
        expect.toSatisfy(
          (error) => isSlicewiseError(error) && error.code === 'changeset.no_match' && error.details['path'] === path,
        ),
      );
      expect(run).toThrow(`path: ${JSON.stringify(path.split('/')[1])}`);
    },
  );

  it('writes the entry to add so that it loads', () => {
    expect(() => impact(['/odd name'])).toThrow(/Add \{ path: "\$\['odd name'\]", slices: /);
  });

  it('rebuilds everything for a path that nothing matches under FULL_REBUILD', () => {
    const { sliceTypes, reasons } = impact(['/title', '/other'], 'FULL_REBUILD');
    expect(sliceTypes).toEqual(TYPES);
    expect(reasons.get('CORE')).toEqual(['/other', '/title']);
    expect(reasons.get('MEDIA')).toEqual(['/other']);
  });

  it('passes over a path that nothing matches under IGNORE', () => {
    expect(impact(['/title', '/other'], 'IGNORE').sliceTypes).toEqual(['CORE']);
  });

  it('does not depend on the order of the paths', () => {
    const token = fc.constantFrom('title', 'variants', 'price', 'dims', 'width', 'x', '\u{1F600}', '\uFB01');
    const path = fc.array(token, { minLength: 1, maxLength: 3 }).map((tokens) => `/${tokens.join('/')}`);
    const cases = fc
      .uniqueArray(path, { maxLength: 6 })
      .chain((paths) => fc.tuple(fc.constant(paths), fc.shuffledSubarray(paths, { minLength: paths.length })));
    fc.assert(
      fc.property(cases, fc.constantFrom('FULL_REBUILD', 'IGNORE'), ([paths, shuffled], onNoMatch) => {
        expect(impact(shuffled, onNoMatch)).toEqual(impact(paths, onNoMatch));
      }),
      { numRuns: lawRuns },
    );
  });
});
