import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import {
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_RULES,
  productRules,
  productSchema,
  schemaContract,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT, withStatus } from '../../support/runtime-fixture.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const RULED = { ...PRODUCT, ruleSetRef: PRODUCT_RULES } as const;

describe('createChangeSet', () => {
  it('says what changed, where and for which slices', async () => {
    const runtime = await withVersions([LAMP, { ...LAMP, price: 25, variants: [{ sku: 'S', price: 25 }] }]);
    const changeSet = await runtime.createChangeSet({ ...RULED, fromVersion: 1, toVersion: 2 });
    expect(changeSet).toMatchObject({
      outcome: 'created',
      changeType: 'updated',
      ops: [
        { op: 'replace', path: '/price', value: 25 },
        { op: 'replace', path: '/variants/S/price', value: 25 },
      ],
      changedPaths: ['/price', '/variants/S/price'],
      changedKeys: ['price', 'variants'],
      impactedSlices: ['PRODUCT_PRICE'],
    });
  });

  it.each([
    { changeType: 'created', from: 0, ops: [{ op: 'add', path: '' }] },
    { changeType: 'deleted', from: 1, ops: [{ op: 'remove', path: '' }] },
    { changeType: 'restored', from: 2, ops: [{ op: 'add', path: '' }] },
  ])('calls a version $changeType by what was before and after', async ({ changeType, from, ops }) => {
    const runtime = await withVersions([LAMP, null, LAMP]);
    const changeSet = await runtime.createChangeSet({ ...RULED, fromVersion: from, toVersion: from + 1 });
    expect(changeSet).toMatchObject({ changeType, ops });
    expect(changeSet.impactedSlices).toEqual(['PRODUCT_BRAND', 'PRODUCT_CORE', 'PRODUCT_PRICE', 'PRODUCT_PROMOTION']);
  });

  it('is empty between two versions of one content', async () => {
    const runtime = await withVersions([LAMP, { ...LAMP }]);
    const changeSet = await runtime.createChangeSet({ ...RULED, fromVersion: 1, toVersion: 2 });
    expect(changeSet).toMatchObject({ changeType: 'updated', ops: [], impactedSlices: [] });
  });

  it('is unchanged when it is made again, also under a rule set that was archived since', async () => {
    const store = createMemoryStore();
    const runtime = await withVersions([LAMP, { ...LAMP, price: 1 }], store);
    const first = await runtime.createChangeSet({ ...RULED, fromVersion: 1, toVersion: 2 });
    const later = openRuntime(withStatus(PRODUCT_CATALOGUE, 'ARCHIVED'), { store });
    const again = await later.createChangeSet({ ...RULED, fromVersion: 1, toVersion: 2 });
    expect(again).toEqual({ ...first, outcome: 'unchanged' });
    await expect(later.createChangeSet({ ...RULED, fromVersion: 0, toVersion: 1 })).rejects.toMatchObject({
      code: 'contract.not_active',
    });
  });

  it('reads both versions through the schema of its rule set, under whichever they came in', async () => {
    const older = productSchema({
      version: '2.0.0',
      schema: { type: 'object', properties: { title: { type: 'string' } } },
    });
    const runtime = openRuntime([...PRODUCT_CATALOGUE, older]);
    // A list there, a set here.
    const payload = { title: 'Lamp', category_ids: ['b', 'a'] };
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload, schemaRef: 'product@2.0.0' });
    await runtime.insertRawdata({ ...PRODUCT, version: 2, payload, schemaRef: 'product@2.1.0' });
    const changeSet = await runtime.createChangeSet({ ...RULED, fromVersion: 1, toVersion: 2 });
    expect(changeSet.ops).toEqual([]);
  });

  it('refuses a version that does not fit the schema of its rule set', async () => {
    const loose = schemaContract('product', '2.0.0', {}, { schema: { type: 'object' } });
    const runtime = openRuntime([...PRODUCT_CATALOGUE, loose]);
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: { title: 7 }, schemaRef: 'product@2.0.0' });
    await expect(runtime.createChangeSet({ ...RULED, fromVersion: 0, toVersion: 1 })).rejects.toMatchObject({
      code: 'slicing.payload_mismatch',
      message: expect.stringContaining('product@2.0.0'),
    });
  });

  it('differs under each rule set, though the versions are the same', async () => {
    const other = productRules({ id: 'product-other' });
    const runtime = openRuntime([...PRODUCT_CATALOGUE, other]);
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP });
    const one = await runtime.createChangeSet({ ...RULED, fromVersion: 0, toVersion: 1 });
    const two = await runtime.createChangeSet({
      ...RULED,
      ruleSetRef: 'product-other@1.3.0',
      fromVersion: 0,
      toVersion: 1,
    });
    expect(one.changesetHash).not.toBe(two.changesetHash);
    expect(one.ops).toEqual(two.ops);
  });
});

async function withVersions(
  payloads: readonly (typeof LAMP | null)[],
  store: Store = createMemoryStore(),
): Promise<Runtime> {
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
  for (const payload of payloads) {
    await runtime.insertRawdata(
      payload === null
        ? { ...PRODUCT, version: 'next', deleted: true }
        : { ...PRODUCT, version: await nextOf(runtime), payload },
    );
  }
  return runtime;
}

/** By number: `'next'` would take equal content as unchanged. */
async function nextOf(runtime: Runtime): Promise<number> {
  const { items } = await runtime.listVersions({ ...PRODUCT, limit: 1 });
  return (items[0]?.version ?? 0) + 1;
}
