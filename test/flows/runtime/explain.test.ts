import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_PAGE, PRODUCT_RULES } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;

describe('explain', () => {
  it('of a slice names its inputs, pins, contracts, hashes and why it was built again', async () => {
    const runtime = await withTwoVersions();
    const asked = { ...PRODUCT, version: 2, ruleSetRef: PRODUCT_RULES, sliceType: 'PRODUCT_BRAND' };
    const explained = await runtime.explain(asked);
    const [committed] = (await runtime.listManifests({ ...PRODUCT, ruleSetRef: PRODUCT_RULES })).items;
    const changeSet = await runtime.createChangeSet({
      ...PRODUCT,
      ruleSetRef: PRODUCT_RULES,
      fromVersion: 1,
      toVersion: 2,
    });
    expect(explained).toMatchObject({
      version: 2,
      revision: 0,
      ruleSet: { ref: PRODUCT_RULES },
      view: null,
      schemaRef: 'product@2.1.0',
      mode: 'INCREMENTAL',
      manifestHash: committed?.manifestHash,
      changesetHash: changeSet.changesetHash,
      rawHash: (await runtime.getRawdata({ ...PRODUCT, version: 2 })).rawHash,
      behind: null,
    });
    expect(Object.keys(explained.contracts)).toEqual([
      'RuleSet product-core@1.3.0',
      'Schema brand@1.0.0',
      'Schema product@2.1.0',
    ]);
    expect(explained.slices).toMatchObject([
      {
        sliceType: 'PRODUCT_BRAND',
        tombstone: false,
        rebuilt: { reason: 'change', paths: ['/title'] },
        payload: { title: 'New lamp', brand_name: 'Acme', brand_logo: null },
        inputs: { title: 'title', brand_name: 'brand: name', brand_logo: 'brand: logo_url' },
        pins: { brand: { entityKey: 'brand#ACME', version: 1 } },
        readBy: [],
      },
    ]);
  });

  it('of a slice that followed its source names the change that it followed', async () => {
    const runtime = await withTwoVersions();
    await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 2, payload: { ...ACME, name: 'Apex' } });
    const asked = { ...PRODUCT, version: 'active', ruleSetRef: PRODUCT_RULES, sliceType: 'PRODUCT_BRAND' } as const;
    const explained = await runtime.explain(asked);
    expect(explained).toMatchObject({ version: 2, revision: 1 });
    expect(explained.slices).toMatchObject([
      {
        rebuilt: { reason: 'join', joins: ['brand'] },
        movedSources: [{ join: 'brand', entityKey: 'brand#ACME', fromVersion: 1, toVersion: 2 }],
      },
    ]);
  });

  it('of a slice that was shared says so', async () => {
    const runtime = await withTwoVersions();
    const asked = { ...PRODUCT, version: 2, ruleSetRef: PRODUCT_RULES, sliceType: 'PRODUCT_PRICE' };
    expect((await runtime.explain(asked)).slices).toMatchObject([{ rebuilt: null, pins: {} }]);
  });

  it('of a view names every slice that it reads, and the fields that read it', async () => {
    const runtime = await withTwoVersions();
    const explained = await runtime.explain({ ...PRODUCT, version: 'active', viewRef: PRODUCT_PAGE });
    expect(explained.view).toMatchObject({ ref: PRODUCT_PAGE });
    expect(explained.slices.map(({ sliceType, readBy, tombstone }) => [sliceType, readBy, tombstone])).toEqual([
      ['PRODUCT_CORE', ['title'], false],
      ['PRODUCT_PRICE', ['price'], false],
      ['PRODUCT_PROMOTION', ['badge'], true],
    ]);
  });

  it("of 'active' says what holds the newest version up", async () => {
    const runtime = await withTwoVersions();
    await runtime.ingest({ ...PRODUCT, version: 3, payload: { ...LAMP, brand_id: 'NOBODY' } });
    const explained = await runtime.explain({ ...PRODUCT, version: 'active', viewRef: PRODUCT_PAGE });
    expect(explained).toMatchObject({
      version: 2,
      behind: { newestVersion: 3, state: 'FAILED', reason: { code: 'join.source_missing' } },
    });
  });

  it('of a version that was never sliced says that there is no manifest', async () => {
    const runtime = await withTwoVersions();
    await expect(runtime.explain({ ...PRODUCT, version: 9, viewRef: PRODUCT_PAGE })).rejects.toMatchObject({
      code: 'manifest.missing',
    });
  });
});

async function withTwoVersions(): Promise<Runtime> {
  const runtime = openRuntime(PRODUCT_CATALOGUE);
  await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
  await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
  await runtime.ingest({ ...PRODUCT, version: 2, payload: { ...LAMP, title: 'New lamp' } });
  return runtime;
}
