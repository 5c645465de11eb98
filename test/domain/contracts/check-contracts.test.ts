import { describe, expect, it } from 'vitest';
import { refusalsIn } from '../../../src/domain/contracts/check-contracts.ts';
import { indexContracts } from '../../../src/domain/contracts/contract-index.ts';
import { type Draft, register, type SampleDrafts, sampleDrafts } from './sample-contracts.ts';

function refusalsOf(change: (drafts: SampleDrafts) => void = () => undefined): Record<string, string> {
  const drafts = sampleDrafts();
  change(drafts);
  const documents = Object.values(drafts).filter((draft) => draft !== null);
  const refusals = refusalsIn(indexContracts(documents.map((document) => register(document))));
  return Object.fromEntries([...refusals].map(([name, { code }]) => [name, code]));
}

const RULES = 'RuleSet product-core@1.3.0';

describe('the contracts of a registry', () => {
  it('have nothing against them where they hang together', () => {
    expect(refusalsOf()).toEqual({});
  });

  it('are refused with all that refers to them', () => {
    const refused = refusalsOf(({ rules }) => rules.impactMap.shift());
    expect(Object.keys(refused)).toContain(RULES);
    expect(new Set(Object.values(refused)).size).toBe(1);
    expect(Object.keys(refused).some((name) => name.startsWith('View'))).toBe(true);
  });

  it('are refused where what they refer to is not there, or may not run', () => {
    expect(refusalsOf((drafts) => Object.assign(drafts, { brand: null }))[RULES]).toBe('contract.unknown');
    expect(refusalsOf(({ brand }) => Object.assign(brand, { status: 'DRAFT' }))[RULES]).toBe('contract.not_active');
    expect(refusalsOf(({ brand }) => Object.assign(brand, { status: 'DEPRECATED' }))[RULES]).toBe(
      'contract.deprecated',
    );
  });

  it.each(['DRAFT', 'ARCHIVED'])('are not looked at where they are %s', (status) => {
    const refused = refusalsOf(({ rules, view }) => {
      Object.assign(rules, { status, slices: 'not even a list' });
      view.status = status;
    });
    expect(refused).toEqual({});
  });

  it('are refused where their status is none', () => {
    expect(refusalsOf(({ rules }) => Object.assign(rules, { status: 'LIVE' }))[RULES]).toBe('contract.invalid');
  });

  it('are refused where rule sets wait for each other', () => {
    const joining = (join: Draft, source: string, ruleSetRef: string) => {
      const { schemaRef, ...joinSources } = join.joinSources;
      return { ...join, joinSources: { ...joinSources, source, ruleSetRef } };
    };
    const refused = refusalsOf(({ rules, brandRules }) => {
      const [join] = rules.joins;
      rules.joins = [joining(join, 'BRAND_CORE', `${brandRules.id}@${brandRules.version}`)];
      brandRules.joins = [joining(join, 'PRODUCT_CORE', 'product-core@1.3.0')];
    });
    expect(refused[RULES]).toBe('contract.rule_set_cycle');
  });
});
