/** Tenants that share a store never meet, however their names and keys are put together. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts';
import { parseRef } from '../../src/domain/contracts/contract-ref.ts';
import { formatIndexKey } from '../../src/domain/inverted-index/index-key.ts';
import type { Store } from '../../src/ports/store.ts';
import type { AgreeingStore } from './agreeing-store.suite.ts';
import { BRAND_RULES, LAMP, PRODUCT_CATALOGUE, PRODUCT_RULES } from './product-catalogue.ts';
import { openRuntime } from './runtime-fixture.ts';
import { contentsOf } from './store-contents.ts';
import { onStore } from './store-kinds.ts';

/** What somebody's tenant holds: some products of one brand. */
interface Tenancy {
  readonly tenantId: string;
  readonly brandId: string;
  readonly productIds: readonly string[];
}

// What stores separate and escape by, so that a careless composition of keys lets two of them meet.
const PART = fc.string({
  unit: fc.constantFrom('a', 'b', '%', '23', '/', '|', ':', '.', '\\', "'", '"', ' ', '_', '~', 'é', '\u{1F600}'),
  minLength: 1,
  maxLength: 4,
});
const TENANCY: fc.Arbitrary<Tenancy> = fc.record({
  tenantId: PART,
  brandId: PART,
  productIds: fc.uniqueArray(PART, { minLength: 1, maxLength: 2 }),
});
const TENANCIES = fc.uniqueArray(TENANCY, { minLength: 2, maxLength: 2, selector: ({ tenantId }) => tenantId });

export function describeSeparateTenants({ name, open, worlds }: AgreeingStore): void {
  describe(`tenants that share ${name}`, () => {
    it('hold what each would hold alone', async () => {
      await fc.assert(
        fc.asyncProperty(TENANCIES, async (tenancies) => {
          const alone = await Promise.all(tenancies.map((tenancy) => holdingsAlone(tenancy)));
          const shared = await onStore(open, async (store) => {
            for (const tenancy of tenancies) await fill(store, tenancy);
            return Promise.all(tenancies.map((tenancy) => holdingsOf(store, tenancy)));
          });
          expect(shared).toEqual(alone);
        }),
        { numRuns: worlds },
      );
    });
  });
}

async function holdingsAlone(tenancy: Tenancy) {
  const store = createMemoryStore();
  await fill(store, tenancy);
  return holdingsOf(store, tenancy);
}

async function fill(store: Store, { tenantId, brandId, productIds }: Tenancy): Promise<void> {
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
  const brand = { tenantId, entityKey: `brand#${brandId}` };
  await runtime.ingest({ ...brand, version: 1, payload: { name: `of ${tenantId}`, logo_url: null } });
  for (const id of productIds) {
    const payload = { ...LAMP, title: `of ${tenantId}`, brand_id: brandId };
    await runtime.ingest({ tenantId, entityKey: `product#${id}`, version: 1, payload });
  }
  await runtime.ingest({ ...brand, version: 2, payload: { name: `of ${tenantId}, renamed`, logo_url: null } });
}

function holdingsOf(store: Store, { tenantId, brandId }: Tenancy) {
  return contentsOf(store, {
    tenantId,
    ruleSets: [BRAND_RULES, PRODUCT_RULES].map((ref) => parseRef(ref)),
    indexKeys: [formatIndexKey('brand', brandId, 'product')],
  });
}
