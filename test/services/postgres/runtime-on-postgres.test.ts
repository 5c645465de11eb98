/** The whole runtime on Postgres, contracts and all: results and contents as on the reference model. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { migratePostgres, openPostgresPublisher, openPostgresRegistry } from '../../../src/adapters/postgres/index.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { parseRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { IngestInput, Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { register } from '../../domain/contracts/sample-contracts.ts';
import {
  BRAND_RULES as WORLD_BRANDS,
  PRODUCT_RULES as WORLD_PRODUCTS,
  worldOf,
} from '../../support/arbitraries/worlds.ts';
import {
  ACME,
  BRAND_RULES,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_PAGE,
  PRODUCT_RULES,
} from '../../support/product-catalogue.ts';
import { inputOf, openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { contentsOf } from '../../support/store-contents.ts';
import { freshSchema, openFreshStore } from './test-database.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const PRODUCTS = ['product#P1', 'product#🧀', 'product#\ufffd'].map((entityKey) => ({ tenantId: TENANT, entityKey }));

const STEPS: readonly IngestInput[] = [
  { ...BRAND, version: 1, payload: ACME },
  ...PRODUCTS.map((product) => ({ ...product, version: 1, payload: LAMP })),
  { ...BRAND, version: 'next', payload: { ...ACME, name: 'Acme & Co' } },
  ...PRODUCTS.map((product) => ({ ...product, version: 'next' as const, payload: { ...LAMP, title: 'Lantern' } })),
  { ...BRAND, version: 'next', deleted: true },
  { ...BRAND, version: 'next', payload: ACME },
];

describeService('postgres', (url) => {
  const registryOf = async (contracts: readonly JsonObject[]) => {
    const options = { connectionString: url, schema: freshSchema() };
    await migratePostgres(options);
    const publisher = await openPostgresPublisher(options);
    await publisher.publish({ contracts: contracts.map((contract) => register(contract)), actor: 'tests' });
    await publisher.close();
    return openPostgresRegistry(options);
  };
  const replay = async (runtime: Runtime, store: Store, steps: readonly IngestInput[], ruleSets: readonly string[]) => {
    const results = [];
    for (const step of steps) results.push(await runtime.ingest(step));
    const indexKeys = results.flatMap(({ ruleSets }) =>
      ruleSets.flatMap((ruleSet) => ('slicing' in ruleSet ? ruleSet.slicing.indexKeys : [])),
    );
    const looking = {
      tenantId: TENANT,
      ruleSets: ruleSets.map((ref) => parseRef(ref)),
      indexKeys: [...new Set(indexKeys)],
    };
    return { results, contents: await contentsOf(store, looking) };
  };

  describe('a runtime on Postgres', () => {
    it('gives the bytes and hashes that it gives in memory: products, a brand that is renamed, views', async () => {
      const ruleSets = [PRODUCT_RULES, BRAND_RULES];
      const memory = createMemoryStore();
      const reference = openRuntime(PRODUCT_CATALOGUE, { store: memory });
      const expected = await replay(reference, memory, STEPS, ruleSets);

      const registry = await registryOf(PRODUCT_CATALOGUE);
      const store = await openFreshStore(url);
      const runtime = openRuntime([], { store, registry });
      expect(await replay(runtime, store, STEPS, ruleSets)).toEqual(expected);
      for (const product of PRODUCTS) {
        const view = { ...product, viewRef: PRODUCT_PAGE, version: 'active' } as const;
        expect(await runtime.queryView(view)).toEqual(await reference.queryView(view));
      }
      await Promise.all([runtime.close(), reference.close()]);
      await registry.close();
    });

    it('says and holds the same as in memory, whatever comes in', () =>
      fc.assert(
        fc.asyncProperty(worldOf(), async ({ contracts, steps }) => {
          const memory = createMemoryStore();
          const store = await openFreshStore(url, { connectionsMax: 2 });
          const [reference, runtime] = [openRuntime(contracts, { store: memory }), openRuntime(contracts, { store })];
          const inputs = steps.map(inputOf);
          const ruleSets = [WORLD_PRODUCTS, WORLD_BRANDS];
          const expected = await replay(reference, memory, inputs, ruleSets);
          expect(await replay(runtime, store, inputs, ruleSets)).toEqual(expected);
          await Promise.all([runtime.close(), reference.close()]);
        }),
        { numRuns: 20 },
      ));
  });
});
