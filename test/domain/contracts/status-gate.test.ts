import { describe, expect, it } from 'vitest';
import type { ContractStatus } from '../../../src/domain/contracts/compiled-contracts.ts';
import { assertUsable, gateRuleSet, gateView } from '../../../src/domain/contracts/status-gate.ts';
import { compileSample, type SampleDrafts, sampleDrafts } from './sample-contracts.ts';

const contract = (status: ContractStatus) =>
  ({ kind: 'Schema', ref: { id: 'brand', version: '1.0.0' }, status }) as const;

function compileWith(
  statuses: Partial<Record<keyof SampleDrafts, ContractStatus>>,
  allowing: readonly (keyof SampleDrafts)[] = [],
) {
  const drafts = sampleDrafts();
  for (const [name, status] of Object.entries(statuses)) drafts[name as keyof SampleDrafts].status = status;
  for (const name of allowing) drafts[name].allowDeprecated = true;
  return compileSample(drafts);
}

describe('a contract', () => {
  it('that is ACTIVE is usable without a word', () => {
    expect(assertUsable(contract('ACTIVE'), { usedBy: 'slicing', allowDeprecated: false })).toBeNull();
  });

  it('that is DEPRECATED is usable with a warning where the referring contract allows it', () => {
    const warning = assertUsable(contract('DEPRECATED'), { usedBy: 'RuleSet a@1.0.0', allowDeprecated: true });
    expect(warning).toBe('RuleSet a@1.0.0 uses Schema brand@1.0.0, which is DEPRECATED.');
  });

  it.each([
    ['DEPRECATED', false, 'contract.deprecated'],
    ['DRAFT', false, 'contract.not_active'],
    ['DRAFT', true, 'contract.not_active'],
    ['ARCHIVED', false, 'contract.not_active'],
    ['ARCHIVED', true, 'contract.not_active'],
  ] as const)('that is %s (allowDeprecated: %s) is refused: %s', (status, allowDeprecated, code) => {
    expect(() => assertUsable(contract(status), { usedBy: 'slicing', allowDeprecated })).toThrow(
      expect.objectContaining({ code, category: 'ContractError' }),
    );
  });
});

describe('a rule set', () => {
  it('compiles whatever the statuses: replays of what was committed need it', () => {
    const { rules, view } = compileWith({ rules: 'ARCHIVED', product: 'DRAFT', brand: 'DEPRECATED', view: 'ARCHIVED' });
    expect(rules.status).toBe('ARCHIVED');
    expect(rules.warnings).toEqual(['RuleSet product-core@1.3.0 uses Schema brand@1.0.0, which is DEPRECATED.']);
    expect(view.status).toBe('ARCHIVED');
  });

  it('that is ACTIVE with all that it uses passes', () => {
    expect(gateRuleSet(compileWith({}).rules)).toEqual([]);
  });

  it.each([
    ['itself', { rules: 'ARCHIVED' }, 'contract.not_active', 'RuleSet product-core@1.3.0'],
    ['its schema', { product: 'DRAFT' }, 'contract.not_active', 'Schema product@2.1.0'],
    ['the schema of a join', { brand: 'DEPRECATED' }, 'contract.deprecated', 'Schema brand@1.0.0'],
  ] as const)('is refused for %s', (_, statuses, code, contractName) => {
    const { rules } = compileWith(statuses);
    expect(() => gateRuleSet(rules)).toThrow(
      expect.objectContaining({ code, details: expect.objectContaining({ contract: contractName }) }),
    );
  });

  it('passes with warnings where it allows what is DEPRECATED', () => {
    const { rules } = compileWith({ rules: 'DEPRECATED', brand: 'DEPRECATED' }, ['rules']);
    expect(gateRuleSet(rules, 'slicing')).toEqual([
      'slicing uses RuleSet product-core@1.3.0, which is DEPRECATED.',
      'RuleSet product-core@1.3.0 uses Schema brand@1.0.0, which is DEPRECATED.',
    ]);
  });
});

describe('a view', () => {
  it.each([
    ['itself', { view: 'DRAFT' }, 'contract.not_active'],
    ['its rule set', { rules: 'ARCHIVED' }, 'contract.not_active'],
    ['its rule set that is deprecated', { rules: 'DEPRECATED' }, 'contract.deprecated'],
  ] as const)('is refused for %s', (_, statuses, code) => {
    const { view } = compileWith(statuses);
    expect(() => gateView(view)).toThrow(expect.objectContaining({ code }));
  });

  it('passes with a warning where it allows what is DEPRECATED', () => {
    expect(gateView(compileWith({ rules: 'DEPRECATED' }, ['view']).view)).toEqual([
      'View product-page@1.0.0 uses RuleSet product-core@1.3.0, which is DEPRECATED.',
    ]);
  });

  it('passes whatever became of the schema: it reads what was sliced', () => {
    expect(gateView(compileWith({ product: 'ARCHIVED' }).view)).toEqual([]);
  });
});
