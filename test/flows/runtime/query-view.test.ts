import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import {
  ACME,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_PAGE,
  PRODUCT_RULES,
  productPage,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT, withStatus } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const VIEWED = { ...PRODUCT, viewRef: PRODUCT_PAGE } as const;
const PROMOTED: JsonObject = { ...LAMP, promotion: { label: 'New' } };

describe('queryView', () => {
  it('is complete where every slice is there, and says what it was read from', async () => {
    const runtime = await withProduct([PROMOTED]);
    const view = await runtime.queryView({ ...VIEWED, version: 1 });
    const [manifest] = (await runtime.listManifests({ ...PRODUCT, ruleSetRef: PRODUCT_RULES })).items;
    expect(view).toMatchObject({ status: 'complete', data: { title: 'Lamp', price: 20, badge: 'New' } });
    expect(view).not.toHaveProperty('missing');
    expect(view.meta).toMatchObject({
      viewRef: PRODUCT_PAGE,
      ruleSetRef: PRODUCT_RULES,
      version: 1,
      revision: 0,
      manifestHash: manifest?.manifestHash,
      pins: { brand: { entityKey: 'brand#ACME', version: 1 } },
      behind: null,
      warnings: [],
      decisionTraceId: expect.stringMatching(/^dt_[0-9a-f]{32}$/),
    });
    expect(Object.keys(view.meta.sliceHashes)).toEqual(['PRODUCT_CORE', 'PRODUCT_PRICE', 'PRODUCT_PROMOTION']);
  });

  it('is partial without an optional slice, and names it with the fields that it would have given', async () => {
    const runtime = await withProduct([LAMP]);
    const view = await runtime.queryView({ ...VIEWED, version: 1 });
    expect(view).toMatchObject({
      status: 'partial',
      missing: [{ sliceType: 'PRODUCT_PROMOTION', reason: 'tombstone', fields: ['badge'] }],
    });
    expect(view.data).toEqual({ title: 'Lamp', price: 20 });
  });

  it('stays partial where a default of its contract stands in', async () => {
    const fields = [
      { from: 'PRODUCT_CORE.title', to: 'title' },
      { from: 'PRODUCT_PROMOTION.label', to: 'badge', default: 'none' },
    ];
    const runtime = await withProduct([LAMP], productPage({ fallbackPolicy: 'DEFAULT_VALUE', fields }));
    const view = await runtime.queryView({ ...VIEWED, version: 1 });
    expect(view).toMatchObject({ status: 'partial', data: { title: 'Lamp', badge: 'none' } });
  });

  it('gives no default for a field that is absent from a slice that is there', async () => {
    const fields = [{ from: 'PRODUCT_CORE.category_ids', to: 'categories', default: [] }];
    const page = productPage({ fallbackPolicy: 'DEFAULT_VALUE', fields, optionalSlices: [] });
    const runtime = await withProduct([{ title: 'Lamp', price: 1 }], page);
    await expect(runtime.queryView({ ...VIEWED, version: 1 })).resolves.toMatchObject({ status: 'complete', data: {} });
  });

  it("reads the head where 'active' is written, and any version that was committed by its number", async () => {
    const runtime = await withProduct([LAMP, { ...LAMP, price: 21 }, { ...LAMP, price: 22 }]);
    const active = await runtime.queryView({ ...VIEWED, version: 'active' });
    const second = await runtime.queryView({ ...VIEWED, version: 2 });
    const exact = await runtime.queryView({ ...VIEWED, version: 2, revision: 0 });
    expect([active.data, second.data]).toMatchObject([{ price: 22 }, { price: 21 }]);
    expect(exact).toEqual(second);
    expect(active.meta).toMatchObject({ version: 3, behind: null });
  });

  it("says where 'active' lies behind a version that is merely owed", async () => {
    const runtime = await withProduct([LAMP]);
    await runtime.insertRawdata({ ...PRODUCT, version: 2, payload: { ...LAMP, price: 21 } });
    const { meta } = await runtime.queryView({ ...VIEWED, version: 'active' });
    expect(meta).toMatchObject({ version: 1, behind: { newestVersion: 2, state: 'IDLE', reason: null } });
    expect((await runtime.queryView({ ...VIEWED, version: 1 })).meta.behind).toBeNull();
  });

  it('answers the same from memory as from the store', async () => {
    const store = createMemoryStore();
    const first = openRuntime(PRODUCT_CATALOGUE, { store, cache: { maxBytes: 0 } });
    await first.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
    await first.ingest({ ...PRODUCT, version: 1, payload: LAMP });
    const warm = openRuntime(PRODUCT_CATALOGUE, { store });
    const answers = [];
    for (const runtime of [first, first, warm, warm]) answers.push(await runtime.queryView({ ...VIEWED, version: 1 }));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('answers the same where it remembers some of the slices and reads the others', async () => {
    const store = createMemoryStore();
    const forgetful = openRuntime(PRODUCT_CATALOGUE, { store, cache: { maxBytes: 0 } });
    await forgetful.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
    await forgetful.ingest({ ...PRODUCT, version: 1, payload: LAMP });
    await forgetful.ingest({ ...PRODUCT, version: 2, payload: { ...LAMP, price: 21 } });
    const warm = openRuntime(PRODUCT_CATALOGUE, { store });
    await warm.queryView({ ...VIEWED, version: 1 });
    const second = { ...VIEWED, version: 2 } as const;
    expect(await warm.queryView(second)).toEqual(await forgetful.queryView(second));
  });

  it('refuses to pass over a slice that its manifest names and the store has lost', async () => {
    const inner = createMemoryStore();
    const forgetful = wrapStore(inner, async (method, args, call) => {
      // `batchGet` takes a list of keys and answers as many records.
      const answer = (await call()) as readonly unknown[];
      if (method !== 'batchGet') return answer;
      const keys = args[0] as readonly { readonly kind: string }[];
      return answer.map((record, index) => (keys[index]?.kind === 'slice' ? undefined : record));
    });
    await openRuntime(PRODUCT_CATALOGUE, { store: inner }).ingest({
      ...PRODUCT,
      version: 1,
      payload: { title: 'Lamp', price: 1 },
    });
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store: forgetful });
    await expect(runtime.queryView({ ...VIEWED, version: 1 })).rejects.toMatchObject({
      code: 'slice.missing',
      category: 'InvariantViolation',
    });
  });

  it('under a DEPRECATED rule set that it allows goes on, with a warning', async () => {
    const contracts = PRODUCT_CATALOGUE.map((contract) =>
      contract['kind'] === 'View' ? productPage({ allowDeprecated: true }) : contract,
    );
    const store = createMemoryStore();
    await openRuntime(contracts, { store }).ingest({ ...PRODUCT, version: 1, payload: { title: 'Lamp', price: 1 } });
    const runtime = openRuntime(
      withStatus(contracts, 'DEPRECATED', ({ id }) => id === 'product-core'),
      { store },
    );
    const { meta } = await runtime.queryView({ ...VIEWED, version: 1 });
    expect(meta.warnings).toEqual([expect.stringContaining('RuleSet product-core@1.3.0')]);
  });

  it.each([
    { why: 'the entity is not known', prepare: () => Promise.resolve(), says: /not known/ },
    {
      why: 'its slicing is owed',
      prepare: (runtime: Runtime) => runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP }),
      says: /IDLE/,
    },
    {
      why: 'its slicing was refused',
      prepare: (runtime: Runtime) => runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP }),
      says: /refused: join\.source_missing/,
    },
  ])("of 'active' before the first commit says that $why", async ({ prepare, says }) => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    await prepare(runtime);
    await expect(runtime.queryView({ ...VIEWED, version: 'active' })).rejects.toMatchObject({
      code: 'manifest.missing',
      message: expect.stringMatching(says),
    });
  });
});

async function withProduct(payloads: readonly JsonObject[], page: JsonObject = productPage()): Promise<Runtime> {
  const runtime = openRuntime(PRODUCT_CATALOGUE.map((contract) => (contract['kind'] === 'View' ? page : contract)));
  await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
  for (const payload of payloads) await runtime.ingest({ ...PRODUCT, version: 'next', payload });
  return runtime;
}
