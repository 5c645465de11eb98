import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { CompiledRuleSet } from '../../../src/domain/contracts/compiled-contracts.ts';
import { ContractBindings } from '../../../src/flows/runtime/contract-bindings.ts';
import { compileRulesOf, compileSchemaOf } from '../../support/compile-catalogue.ts';
import { brandSchema, productRules, productSchema } from '../../support/product-catalogue.ts';

const BRAND = compileSchemaOf(brandSchema());
const PRODUCT = compileSchemaOf(productSchema());

function rulesOf(parts: JsonObject): CompiledRuleSet {
  return compileRulesOf(productRules(parts), PRODUCT, [BRAND]);
}

describe('contracts that are bound together', () => {
  it('refuse only the call whose own content changed, also where another shares a recording with it', async () => {
    const store = createMemoryStore();
    const open = () => new ContractBindings({ store, timestamp: () => '2026-01-01T00:00:00.000Z' });
    await open().bind([rulesOf({})]);
    const [changed, other] = [rulesOf({ description: 'changed' }), rulesOf({ id: 'product-other' })] as const;
    const bindings = open();
    const outcomes = await Promise.allSettled([bindings.bind([PRODUCT, changed]), bindings.bind([PRODUCT, other])]);
    expect(outcomes).toMatchObject([{ reason: { code: 'contract.content_changed' } }, { status: 'fulfilled' }]);
  });
});
