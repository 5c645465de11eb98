import { describe, expect, it } from 'vitest';
import { createObjectRegistry } from '../../../src/adapters/memory/contract-objects.ts';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { formatRef } from '../../../src/domain/contracts/contract-ref.ts';
import { createContractCatalogue } from '../../../src/flows/runtime/contract-catalogue.ts';
import { ACME, brandJoin, PRODUCT_CATALOGUE, productRules } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT, withStatus } from '../../support/runtime-fixture.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME } as const;
const MEMBERS = ['status', 'price', 'brand_id', 'category_ids', 'promotion', 'variants', 'internal_note'];
const ON_PRODUCTS: JsonObject = {
  joinSources: {
    entityType: 'product',
    schemaRef: 'product@2.1.0',
    keyResolver: { path: 'brand_id', format: 'product#{value}' },
    source: 'RAW',
    versionRule: 'LATEST',
  },
  joinProjection: { related_title: 'title' },
  joinImpact: [{ path: 'title', slices: ['PRODUCT_BRAND'] }, ...MEMBERS.map((path) => ({ path, slices: [] }))],
};
const UNSOUND = productRules({ id: 'unsound', impactMap: [] });

describe('the joins on entities of a type', () => {
  it('are those of every rule set that names it as a source, by rule set and then by name', async () => {
    const contracts = [productRules({ id: 'z' }), productRules({ id: 'a', ...twoJoins('maker', 'brand') })];
    expect(await joinsOn('brand', contracts)).toEqual([
      'a@1.3.0 brand',
      'a@1.3.0 maker',
      'product-core@1.3.0 brand',
      'z@1.3.0 brand',
    ]);
  });

  it('are not the others of the same rule set', async () => {
    const twoTypes = productRules({ id: 'a', ...twoJoins('brand', 'related', { source: 'product' }) });
    expect(await joinsOn('product', [twoTypes])).toEqual(['a@1.3.0 related']);
    expect(await joinsOn('brand', [twoTypes])).toEqual(['a@1.3.0 brand', 'product-core@1.3.0 brand']);
  });

  it('are none where nobody joins it', async () => {
    expect(await joinsOn('product', [])).toEqual([]);
  });

  it.each([
    { status: 'DEPRECATED', counts: true },
    { status: 'DRAFT', counts: false },
    { status: 'ARCHIVED', counts: false },
  ])('of a rule set that is $status count: $counts', async ({ status, counts }) => {
    const joins = await joinsOn('brand', [productRules({ id: 'other', status })]);
    expect(joins.includes('other@1.3.0 brand')).toBe(counts);
  });

  it('stop every insert of the type where a rule set that may run does not compile', async () => {
    await expect(joinsOn('brand', [UNSOUND])).rejects.toMatchObject({ code: 'contract.impact_map_unsound' });
    const inserting = openRuntime([...PRODUCT_CATALOGUE, UNSOUND]).insertRawdata(BRAND);
    await expect(inserting).rejects.toMatchObject({ code: 'contract.impact_map_unsound' });
  });

  it('are not stopped by an unsound rule set that may not run', async () => {
    const draft = withStatus([UNSOUND], 'DRAFT');
    await expect(openRuntime([...PRODUCT_CATALOGUE, ...draft]).insertRawdata(BRAND)).resolves.toMatchObject({
      outcome: 'inserted',
    });
  });
});

async function joinsOn(entityType: string, others: readonly JsonObject[]): Promise<readonly string[]> {
  const catalogue = createContractCatalogue({
    registry: createObjectRegistry([...PRODUCT_CATALOGUE, ...others]),
    store: createMemoryStore(),
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    timestamp: () => '1970-01-01T00:00:00.000Z',
  });
  const joins = await catalogue.joinsOf(entityType);
  return joins.map(({ ruleSet, join }) => `${formatRef(ruleSet.ref)} ${join.name}`);
}

/** Two joins of one slice, on brands or, the second one, on products. */
function twoJoins(first: string, second: string, { source }: { readonly source?: 'product' } = {}): JsonObject {
  const { slices = [] } = productRules() as { readonly slices?: readonly JsonObject[] };
  return {
    slices: slices.map((slice) => (slice['type'] === 'PRODUCT_BRAND' ? { ...slice, joins: [first, second] } : slice)),
    joins: [joinOf(first), source === 'product' ? { ...joinOf(second), ...ON_PRODUCTS } : joinOf(second)],
  };
}

function joinOf(name: string): JsonObject {
  return brandJoin({
    name,
    joinProjection: { [`${name}_name`]: 'name' },
    joinImpact: [
      { path: 'name', slices: ['PRODUCT_BRAND'] },
      { path: 'logo_url', slices: [] },
    ],
  });
}
