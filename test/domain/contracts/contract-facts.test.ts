import { describe, expect, it } from 'vitest';
import { policyFactsOf, schemaFactsOf } from '../../../src/domain/contracts/contract-facts.ts';
import { sampleDrafts } from './sample-contracts.ts';

describe('what a registry shows beside a contract', () => {
  it('of a schema: fields, those that are required, those that an index can hold', () => {
    const schema = {
      type: 'object',
      required: ['b', 'a'],
      properties: {
        b: { type: 'integer' },
        a: { type: 'string' },
        list: { type: 'array' },
        either: { type: ['string', 'null'] },
      },
    };
    expect(schemaFactsOf({ entityType: 'thing', schema })).toEqual({
      entityType: 'thing',
      fieldCount: 4,
      requiredFields: ['a', 'b'],
      searchableFields: ['a', 'b'],
    });
  });

  it('of a rule set: whose payloads take part, and which contracts', () => {
    expect(policyFactsOf(sampleDrafts().rules)).toEqual({
      entityDependencies: ['brand', 'product'],
      policyDependencies: ['Schema brand@1.0.0', 'Schema product@2.1.0'],
    });
  });

  it('of a view: its rule set', () => {
    expect(policyFactsOf(sampleDrafts().view)).toEqual({
      entityDependencies: [],
      policyDependencies: ['RuleSet product-core@1.3.0'],
    });
  });

  it.each([null, [], {}, { schema: 7, joins: [7, null, { joinSources: 'x' }] }])(
    'nothing of what %j lacks',
    (document) => {
      expect(schemaFactsOf(document)).toEqual({
        entityType: null,
        fieldCount: 0,
        requiredFields: [],
        searchableFields: [],
      });
      expect(policyFactsOf(document)).toEqual({ entityDependencies: [], policyDependencies: [] });
    },
  );
});
