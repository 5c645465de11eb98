import { describe, expect, it } from 'vitest';
import { createMemoryPayloadStore } from '../../../src/adapters/memory/memory-payload-store.ts';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { PayloadStore } from '../../../src/ports/payload-store.ts';
import {
  ACME,
  brandRules,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_RULES,
  productRules,
  productSchema,
  schemaContract,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const CHAIR = { title: 'Chair', price: 3 };

describe('insertRawdata', () => {
  it('counts from 1 where nothing is, and one up from there', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const first = await runtime.insertRawdata({ ...PRODUCT, version: 'next', payload: LAMP });
    const second = await runtime.insertRawdata({ ...PRODUCT, version: 'next', payload: CHAIR });
    expect([first, second]).toMatchObject([
      { outcome: 'inserted', version: 1, deleted: false },
      { outcome: 'inserted', version: 2 },
    ]);
  });

  it("takes content equal to the newest as 'unchanged', and to an older one as new", async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    for (const payload of [LAMP, CHAIR]) await runtime.insertRawdata({ ...PRODUCT, version: 'next', payload });
    const same = await runtime.insertRawdata({ ...PRODUCT, version: 'next', payload: CHAIR });
    const older = await runtime.insertRawdata({ ...PRODUCT, version: 'next', payload: LAMP });
    expect([same, older]).toMatchObject([
      { outcome: 'unchanged', version: 2 },
      { outcome: 'inserted', version: 3 },
    ]);
  });

  it('gives text, bytes and values of one content one hash, whatever their order and spelling', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const { rawHash } = await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: CHAIR });
    const spellings = ['{"price":3.0,"title":"Chair"}', Buffer.from('{ "title" : "\\u0043hair", "price" : 3e0 }')];
    for (const payloadJson of spellings) {
      const again = await runtime.insertRawdata({ ...PRODUCT, version: 1, payloadJson });
      expect(again).toMatchObject({ outcome: 'unchanged', rawHash });
    }
  });

  it('stores what the payload was when the call was made, not what becomes of it meanwhile', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const payload = { title: 'Chair', category_ids: ['a'] };
    const pending = runtime.insertRawdata({ ...PRODUCT, version: 1, payload, schemaRef: 'product@2.1.0' });
    await Promise.resolve();
    const inserted = await pending;
    payload.title = 'Changed';
    payload.category_ids.push('b');
    const stored = await runtime.getRawdata({ ...PRODUCT, version: 1 });
    expect(stored).toMatchObject({ rawHash: inserted.rawHash, payload: { title: 'Chair', category_ids: ['a'] } });
  });

  it('keeps sets and keyed arrays in canonical form', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const payload = { category_ids: ['b', '\u{1F600}', '\uFB01', 'a', 'b'], variants: [{ sku: 'Z' }, { sku: 'A' }] };
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload });
    const stored = await runtime.getRawdata({ ...PRODUCT, version: 'newest' });
    expect(stored.payload).toEqual({
      category_ids: ['a', 'b', '\uFB01', '\u{1F600}'],
      variants: [{ sku: 'A' }, { sku: 'Z' }],
    });
  });

  it('takes a deletion as a version, and a payload after it as its return', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP });
    const deleted = await runtime.insertRawdata({ ...PRODUCT, version: 2, deleted: true });
    const restored = await runtime.insertRawdata({ ...PRODUCT, version: 3, payload: LAMP });
    expect([deleted.deleted, restored.deleted]).toEqual([true, false]);
    await expect(runtime.getRawdata({ ...PRODUCT, version: 2 })).resolves.toMatchObject({
      deleted: true,
      payload: null,
    });
  });

  it('owes a slicing under every ACTIVE rule set of the type, and nothing where there is none', async () => {
    const schemas = PRODUCT_CATALOGUE.filter((contract) => contract['kind'] === 'Schema');
    const withRules = openRuntime(PRODUCT_CATALOGUE);
    const without = openRuntime(schemas);
    for (const runtime of [withRules, without]) await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP });
    const idle = await withRules.listByState({ tenantId: TENANT, state: 'IDLE' });
    const active = await without.listByState({ tenantId: TENANT, state: 'ACTIVE' });
    expect(idle.items).toMatchObject([{ entityKey: 'product#P1', owed: { [PRODUCT_RULES]: { state: 'IDLE' } } }]);
    expect(active.items).toMatchObject([{ entityKey: 'product#P1', owed: {} }]);
  });

  it('owes the fan-out from the last version that is done where a rule set joins the type, and none elsewhere', async () => {
    const store = createMemoryStore();
    const brand = { tenantId: TENANT, entityKey: 'brand#ACME', version: 'next' } as const;
    const schemas = PRODUCT_CATALOGUE.filter((contract) => contract['kind'] === 'Schema');
    await openRuntime(schemas, { store }).insertRawdata({ ...brand, payload: ACME });
    const joined = openRuntime([...schemas, productRules(), brandRules()], { store });
    for (const name of ['B', 'C']) await joined.insertRawdata({ ...brand, payload: { name } });
    await joined.insertRawdata({ ...brand, entityKey: 'brand#NEW', payload: ACME });
    const { items } = await joined.listByState({ tenantId: TENANT, state: 'IDLE' });
    expect(items).toMatchObject([
      { entityKey: 'brand#ACME', version: 3, fannedOutTo: 1 },
      { entityKey: 'brand#NEW', version: 1, fannedOutTo: 0 },
    ]);
  });

  it('gives the same decision the same trace id, on every store and at every time', async () => {
    const clocks = [{ now: () => 0 }, { now: () => 1e12 }];
    const results = await Promise.all(
      clocks.map((clock) =>
        openRuntime(PRODUCT_CATALOGUE, { clock }).insertRawdata({ ...PRODUCT, version: 1, payload: LAMP }),
      ),
    );
    expect(results[0]).toEqual(results[1]);
  });

  it('takes the schema that a call names, and says which one it used', async () => {
    const runtime = openRuntime([...PRODUCT_CATALOGUE, productSchema({ version: '2.2.0' })]);
    const inserted = await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP, schemaRef: 'product@2.2.0' });
    expect(inserted.schema.ref).toBe('product@2.2.0');
  });

  it('is stopped between two store calls by its signal', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const aborted = runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP }, { signal: controller.signal });
    await expect(aborted).rejects.toMatchObject({ code: 'call.aborted', retryable: false, cause: new Error('enough') });
  });
});

describe('a payload from 100 KB', () => {
  const CONTRACTS = [schemaContract('note', '1.0.0', { text: { type: 'string' } })];
  const NOTE = { tenantId: TENANT, entityKey: 'note#1', version: 1, payload: { text: 'x'.repeat(100_000) } } as const;

  it('lies in the payload store and is read from there, checked', async () => {
    const store = createMemoryStore();
    const payloadStore = createMemoryPayloadStore();
    await openRuntime(CONTRACTS, { store, payloadStore }).insertRawdata(NOTE);
    const stored = await openRuntime(CONTRACTS, { store, payloadStore }).getRawdata(NOTE);
    expect(stored.payload).toEqual(NOTE.payload);
    await expect(openRuntime(CONTRACTS, { store }).getRawdata(NOTE)).rejects.toMatchObject({
      code: 'rawdata.payload_missing',
      category: 'InvariantViolation',
    });
  });

  it('that was damaged there is never handed out', async () => {
    const inner = createMemoryPayloadStore();
    const damaged: PayloadStore = {
      ...inner,
      put: (location, bytes) => inner.put(location, bytes),
      get: async (location) => (await inner.get(location))?.map((byte) => byte ^ 1),
    };
    const runtime = openRuntime(CONTRACTS, { payloadStore: damaged });
    await runtime.insertRawdata(NOTE);
    await expect(runtime.getRawdata(NOTE)).rejects.toMatchObject({ code: 'rawdata.corrupt' });
  });

  it('is stored before the record that points there', async () => {
    const store = createMemoryStore();
    const payloadStore: PayloadStore = {
      ...createMemoryPayloadStore(),
      put: () => Promise.reject(new Error('no disk')),
    };
    const runtime = openRuntime(CONTRACTS, { store, payloadStore });
    await expect(runtime.insertRawdata(NOTE)).rejects.toThrow('no disk');
    await expect(runtime.getRawdata(NOTE)).rejects.toMatchObject({ code: 'rawdata.missing' });
  });
});
