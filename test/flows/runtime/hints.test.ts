import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { TenantId } from '../../../src/domain/identity.ts';
import type { HintRecord } from '../../../src/domain/records.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_RULES } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;

describe('the hints of a slicing', () => {
  it('name its join keys before any source is read, and all that they name before the commit', async () => {
    const inner = createMemoryStore();
    const steps: string[] = [];
    const store = wrapStore(inner, (method, args, call) => {
      // `putHints` and `batchGet` take a list first.
      const list = args[0] as readonly { readonly entityKey?: string; readonly indexKey?: string }[];
      if (method === 'putHints') for (const { indexKey } of list) steps.push(`hint ${indexKey}`);
      if (method === 'batchGet' && list.some(({ entityKey }) => entityKey === 'brand#ACME'))
        steps.push('read the source');
      if (method === 'commit') steps.push('commit');
      return call();
    });
    await openRuntime(PRODUCT_CATALOGUE, { store: inner }).ingest({ ...BRAND, version: 1, payload: ACME });
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store, cache: { maxBytes: 0 } });
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP });
    steps.length = 0;
    await runtime.slicing({ ...PRODUCT, version: 1, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' });
    expect(steps.filter((step, index) => steps.indexOf(step) === index)).toEqual([
      'hint IDX#brand#ACME#product',
      'read the source',
      'hint IDX#category#home#product',
      'hint IDX#category#lights#product',
      'commit',
    ]);
  });

  it('stay where the slicing is refused, so that the source’s arrival finds whom it heals', async () => {
    const store = createMemoryStore();
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    await expect(runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP })).resolves.toMatchObject({
      slicing: 'refused',
    });
    await expect(hintsOf(store, 'IDX#brand#ACME#product')).resolves.toMatchObject([
      { entityKey: 'product#P1', sliceType: '*', version: 1, revision: 0, sliceHash: null },
    ]);
  });

  it('go up with the version where the slice is built again, and stay where it is shared', async () => {
    const store = createMemoryStore();
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    const payload = { title: 'Lamp', category_ids: ['home'] };
    await runtime.ingest({ ...PRODUCT, version: 1, payload });
    await runtime.ingest({ ...PRODUCT, version: 2, payload: { ...payload, price: 2 } });
    await expect(hintsOf(store, 'IDX#category#home#product')).resolves.toMatchObject([{ version: 1 }]);
    await runtime.ingest({ ...PRODUCT, version: 3, payload: { ...payload, title: 'New lamp' } });
    await expect(hintsOf(store, 'IDX#category#home#product')).resolves.toMatchObject([{ version: 3 }]);
  });

  it('of an older version leave those of a newer one alone', async () => {
    const store = createMemoryStore();
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    const payload = { title: 'Lamp', category_ids: ['home'] };
    for (const version of [1, 2])
      await runtime.insertRawdata({ ...PRODUCT, version, payload: { ...payload, price: version } });
    for (const version of [2, 1]) {
      await runtime.slicing({ ...PRODUCT, version, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' });
    }
    await expect(hintsOf(store, 'IDX#category#home#product')).resolves.toMatchObject([{ version: 2 }]);
  });
});

async function hintsOf(store: Store, indexKey: string): Promise<readonly HintRecord[]> {
  // A tenant of the tests is fit to be parsed.
  const tenantId = TENANT as TenantId;
  const { items } = await store.range({ range: 'hints', tenantId, indexKey, shard: 0, limit: 100 });
  return items;
}
