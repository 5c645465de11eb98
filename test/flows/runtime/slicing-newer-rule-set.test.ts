/** A rule set that is published behind a version: no insert has marked its slicing, so the slicing itself does. */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_RULES } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT, withStatus } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' };
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' };
const SLICING = { ...PRODUCT, version: 1, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' } as const;

describe('slicing the newest version under a rule set that is newer', () => {
  it('is owed as soon as it looks at its sources: what moved until it dies is found by resume', async () => {
    const store = await storeBeforePublishing();
    const other = openRuntime(PRODUCT_CATALOGUE, { store });
    const moveBrand = () => other.ingest({ ...BRAND, version: 2, payload: { ...ACME, name: 'Bolt' } });
    await expect(
      openRuntime(PRODUCT_CATALOGUE, { store: dyingBehindCommit(store, moveBrand) }).slicing(SLICING),
    ).rejects.toThrow('dead');
    await other.resume({ tenantId: TENANT });
    const active = { ...PRODUCT, ruleSetRef: PRODUCT_RULES, version: 'active', sliceType: 'PRODUCT_BRAND' } as const;
    const { slices } = await other.explain(active);
    expect(slices[0]?.payload).toMatchObject({ brand_name: 'Bolt' });
  });

  it('leaves nothing owed once it is done', async () => {
    const store = await storeBeforePublishing();
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    await expect(runtime.slicing(SLICING)).resolves.toMatchObject({ outcome: 'committed', settled: true });
    await expect(runtime.getStatus(PRODUCT)).resolves.toMatchObject({ state: 'ACTIVE', owed: {} });
  });

  it('leaves no debt behind where the rule set may not run', async () => {
    const store = await storeBeforePublishing();
    const runtime = openRuntime(draft(), { store });
    await expect(runtime.slicing(SLICING)).rejects.toThrow('DRAFT');
    await expect(runtime.getStatus(PRODUCT)).resolves.toMatchObject({ state: 'ACTIVE', owed: {} });
  });
});

function draft() {
  return withStatus(
    PRODUCT_CATALOGUE,
    'DRAFT',
    ({ id, kind }) => kind !== 'Schema' && String(id).startsWith('product'),
  );
}

/** Source and product are in, and nothing is owed. */
async function storeBeforePublishing(): Promise<Store> {
  const store = createMemoryStore();
  const runtime = openRuntime(draft(), { store });
  await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
  await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
  return store;
}

/** Its sources move while it commits, and it never looks at them again. */
function dyingBehindCommit(store: Store, meanwhile: () => Promise<unknown>): Store {
  let isDead = false;
  return wrapStore(store, async (method, _args, call) => {
    if (isDead) throw new Error('dead');
    if (method !== 'commit') return call();
    isDead = true;
    await meanwhile();
    return call();
  });
}
