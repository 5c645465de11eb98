import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { Runtime, SlicingResult } from '../../../src/flows/runtime/runtime.ts';
import {
  ACME,
  BRAND_RULES,
  brandJoin,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_RULES,
  productRules,
  productSchema,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT, withStatus } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const FULL = { ...PRODUCT, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' } as const;
const INCREMENTAL = { ...PRODUCT, ruleSetRef: PRODUCT_RULES, mode: 'INCREMENTAL' } as const;

describe('slicing FULL_REBUILD', () => {
  it('builds every slice type, tombstones too, and names all that it went by', async () => {
    const runtime = await withLamp();
    const result = await runtime.slicing({ ...FULL, version: 1 });
    expect(result).toMatchObject({
      outcome: 'committed',
      version: 1,
      revision: 0,
      mode: 'FULL_REBUILD',
      fallback: null,
      settled: true,
      ruleSet: { ref: PRODUCT_RULES },
      indexKeys: ['IDX#brand#ACME#product', 'IDX#category#home#product', 'IDX#category#lights#product'],
      pins: { brand: { entityKey: 'brand#ACME', version: 1 } },
    });
    expect(result.slices.map(({ sliceType, tombstone }) => [sliceType, tombstone])).toEqual([
      ['PRODUCT_BRAND', false],
      ['PRODUCT_CORE', false],
      ['PRODUCT_PRICE', false],
      ['PRODUCT_PROMOTION', true],
    ]);
    expect(result.slices.map(({ rebuilt }) => rebuilt)).toEqual(result.slices.map(() => ({ reason: 'full' })));
  });

  it('makes every slice of a deleted version a tombstone that joins nothing', async () => {
    const runtime = await withLamp();
    await runtime.insertRawdata({ ...PRODUCT, version: 2, deleted: true });
    const result = await runtime.slicing({ ...FULL, version: 2 });
    expect(result.slices.map(({ tombstone }) => tombstone)).toEqual([true, true, true, true]);
    expect(result).toMatchObject({ indexKeys: [], pins: { brand: { entityKey: null, version: null, hash: null } } });
  });

  it('of a version below the head leaves the head alone, and settles nothing', async () => {
    const runtime = await withLamp();
    await runtime.insertRawdata({ ...PRODUCT, version: 2, payload: { ...LAMP, price: 2 } });
    await runtime.slicing({ ...FULL, version: 2 });
    const older = await runtime.slicing({ ...FULL, version: 1 });
    expect(older).toMatchObject({ outcome: 'committed', version: 1, settled: false });
    await expect(runtime.activeVersion({ ...PRODUCT, ruleSetRef: PRODUCT_RULES })).resolves.toMatchObject({
      version: 2,
    });
  });

  it('of the older of two owed versions leaves the newer owed', async () => {
    const runtime = await withLamp();
    await runtime.insertRawdata({ ...PRODUCT, version: 2, payload: { ...LAMP, price: 2 } });
    await expect(runtime.slicing({ ...FULL, version: 1 })).resolves.toMatchObject({ settled: false });
    const { items } = await runtime.listByState({ tenantId: TENANT, state: 'IDLE' });
    expect(items).toMatchObject([{ entityKey: 'product#P1', version: 2 }]);
  });

  it('reads the payload through the schema of its rule set, and refuses one that does not fit', async () => {
    const loose = productSchema({ version: '1.0.0', schema: { type: 'object' } });
    const runtime = openRuntime([...PRODUCT_CATALOGUE, loose]);
    const old = { ...PRODUCT, schemaRef: 'product@1.0.0' };
    await runtime.insertRawdata({ ...old, version: 1, payload: { title: 'Lamp', category_ids: ['b', 'a', 'b'] } });
    await runtime.insertRawdata({ ...old, version: 2, payload: { title: 7 } });
    const fits = await runtime.slicing({ ...FULL, version: 1 });
    const same = await withLampOf({ title: 'Lamp', category_ids: ['a', 'b'] });
    expect(hashesOf(fits)).toEqual(hashesOf(await same.slicing({ ...FULL, version: 1 })));
    await expect(runtime.slicing({ ...FULL, version: 2 })).rejects.toMatchObject({ code: 'slicing.payload_mismatch' });
  });

  it('of two rule sets side by side gives each its own slices', async () => {
    const other = productRules({ id: 'product-other' });
    const runtime = await withLamp([...PRODUCT_CATALOGUE, other]);
    const one = await runtime.slicing({ ...FULL, version: 1 });
    const two = await runtime.slicing({ ...FULL, ruleSetRef: 'product-other@1.3.0', version: 1 });
    expect(Object.keys(hashesOf(one))).toEqual(Object.keys(hashesOf(two)));
    expect(hashesOf(one)).not.toEqual(hashesOf(two));
  });

  it('under a DEPRECATED contract that is allowed goes on, with a warning', async () => {
    const rules = productRules({ allowDeprecated: true });
    const contracts = [...PRODUCT_CATALOGUE.filter((contract) => contract['id'] !== 'product-core'), rules];
    const deprecated = withStatus(contracts, 'DEPRECATED', ({ kind, id }) => kind === 'Schema' && id === 'brand');
    const store = createMemoryStore();
    await openRuntime(contracts, { store }).ingest({ ...BRAND, version: 1, payload: ACME });
    const runtime = openRuntime(deprecated, { store });
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP });
    const { warnings } = await runtime.slicing({ ...FULL, version: 1 });
    expect(warnings).toEqual([expect.stringContaining('Schema brand@1.0.0')]);
  });
});

describe('slicing INCREMENTAL', () => {
  it('builds what the change concerns, shares the rest, and says why', async () => {
    const runtime = await withLamp();
    const first = await runtime.slicing({ ...FULL, version: 1 });
    const second = await stepTo(runtime, 2, { ...LAMP, price: 25 });
    expect(second).toMatchObject({ mode: 'INCREMENTAL', requestedMode: 'INCREMENTAL', fallback: null });
    expect(Object.fromEntries(second.slices.map(({ sliceType, rebuilt }) => [sliceType, rebuilt]))).toEqual({
      PRODUCT_BRAND: null,
      PRODUCT_CORE: null,
      PRODUCT_PRICE: { reason: 'change', paths: ['/price'] },
      PRODUCT_PROMOTION: null,
    });
    expect(hashesOf(second)).toMatchObject({ PRODUCT_CORE: hashesOf(first)['PRODUCT_CORE'] });
  });

  it('follows a source that moved, though the entity itself did not change there', async () => {
    const runtime = await withLamp();
    await runtime.slicing({ ...FULL, version: 1 });
    await runtime.insertRawdata({ ...BRAND, version: 2, payload: { name: 'Acme & Sons' } });
    const second = await stepTo(runtime, 2, { ...LAMP, price: 25 });
    expect(second.slices.find(({ sliceType }) => sliceType === 'PRODUCT_BRAND')?.rebuilt).toEqual({
      reason: 'join',
      joins: ['brand'],
    });
    expect(second.pins['brand']).toMatchObject({ version: 2 });
  });

  it('whose base was never sliced builds FULL, and says so', async () => {
    const runtime = await withLamp();
    const second = await stepTo(runtime, 2, { ...LAMP, price: 25 });
    expect(second).toMatchObject({ mode: 'FULL_REBUILD', requestedMode: 'INCREMENTAL', fallback: 'base_missing' });
  });

  it('gives the same slicing id and manifest as FULL', async () => {
    const [one, other] = [await withLamp(), await withLamp()];
    await one.slicing({ ...FULL, version: 1 });
    const incremental = await stepTo(one, 2, { ...LAMP, price: 25 });
    await other.insertRawdata({ ...PRODUCT, version: 2, payload: { ...LAMP, price: 25 } });
    const full = await other.slicing({ ...FULL, version: 2 });
    expect(incremental.slicingId).toBe(full.slicingId);
    expect(incremental.manifestHash).toBe(full.manifestHash);
  });
});

describe('a join', () => {
  const versionRules = [
    { versionRule: 'SAME_VERSION', version: 2, name: 'two' },
    { versionRule: 'LATEST', version: 3, name: 'three' },
    { versionRule: { PINNED: 1 }, version: 1, name: 'one' },
  ];
  it.each(versionRules)(
    'with $versionRule takes version $version of the source',
    async ({ versionRule, version, name }) => {
      const runtime = openRuntime(withJoin({ versionRule }));
      for (const brandName of ['one', 'two', 'three']) {
        await runtime.ingest({ ...BRAND, version: 'next', payload: { name: brandName } });
      }
      for (const price of [1, 2])
        await runtime.insertRawdata({ ...PRODUCT, version: price, payload: { ...LAMP, price } });
      const result = await runtime.slicing({ ...FULL, version: 2 });
      expect(result.pins['brand']).toMatchObject({ entityKey: 'brand#ACME', version });
      await expect(brandNameOf(runtime, 2)).resolves.toBe(name);
    },
  );

  it('may read a slice of the source, and pins its hash', async () => {
    const source = { source: 'BRAND_CORE', ruleSetRef: BRAND_RULES, schemaRef: undefined, versionRule: 'LATEST' };
    const runtime = openRuntime(
      withJoin(source, { joinProjection: { brand_name: 'name' }, joinImpact: impactOf('name') }),
    );
    const brand = await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP });
    const { pins } = await runtime.slicing({ ...FULL, version: 1 });
    const [commit] = brand.ruleSets;
    const hash = commit?.outcome === 'committed' ? commit.slicing.slices[0]?.sliceHash : undefined;
    expect(pins['brand']).toMatchObject({ version: 1, hash });
  });

  const absent: JsonObject = { ...LAMP, brand_id: 'NOBODY' };
  it.each([
    { missing: 'NULL_FIELDS', payload: { title: 'Lamp', brand_logo: null, brand_name: null } },
    { missing: 'TOMBSTONE', payload: null },
  ])('whose source is not there, with missing: $missing', async ({ missing, payload }) => {
    const runtime = openRuntime(withJoin({}, { missing }));
    await runtime.ingest({ ...PRODUCT, version: 1, payload: absent });
    const explained = await runtime.explain({
      ...PRODUCT,
      version: 1,
      ruleSetRef: PRODUCT_RULES,
      sliceType: 'PRODUCT_BRAND',
    });
    expect(explained.slices[0]).toMatchObject({
      payload,
      pins: { brand: { entityKey: 'brand#NOBODY', version: null } },
    });
  });

  it('treats a deleted source as missing, and pins that it was there', async () => {
    const runtime = openRuntime(withJoin({}, { missing: 'NULL_FIELDS' }));
    await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
    await runtime.ingest({ ...BRAND, version: 2, deleted: true });
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP });
    const { pins } = await runtime.slicing({ ...FULL, version: 1 });
    expect(pins['brand']).toMatchObject({ version: 2, hash: expect.stringMatching(/^sha256:/) });
    await expect(brandNameOf(runtime, 1)).resolves.toBeNull();
  });

  it('that fails closed marks the version refused, with the reason; the source’s arrival heals it', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const refused = await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
    expect(refused).toMatchObject({ slicing: 'refused', ruleSets: [{ error: { code: 'join.source_missing' } }] });
    const { items } = await runtime.listByState({ tenantId: TENANT, state: 'FAILED' });
    expect(items).toMatchObject([
      { owed: { [PRODUCT_RULES]: { state: 'FAILED', lastError: { code: 'join.source_missing' } } } },
    ]);
    await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
    await expect(runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP })).resolves.toMatchObject({
      slicing: 'settled',
    });
    await expect(runtime.listByState({ tenantId: TENANT, state: 'FAILED' })).resolves.toMatchObject({ items: [] });
  });

  it('whose key is no scalar is refused with its place', async () => {
    const schema = productSchema();
    const open: JsonObject = {
      ...schema,
      schema: { type: 'object', properties: { ...propertiesOf(schema), brand_id: {} } },
    };
    const contracts = PRODUCT_CATALOGUE.map((contract) =>
      contract['kind'] === 'Schema' && contract['id'] === 'product' ? open : contract,
    );
    const runtime = openRuntime([
      ...contracts.filter((contract) => contract['id'] !== 'product-core'),
      productRules({ onNoMatch: 'IGNORE' }),
    ]);
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: { title: 'Lamp', brand_id: ['ACME'] } });
    await expect(runtime.slicing({ ...FULL, version: 1 })).rejects.toMatchObject({
      code: 'join.key_invalid',
      message: expect.stringContaining('brand_id'),
    });
  });
});

describe('slicing a committed version again', () => {
  it('below the newest one goes by its recorded pins, though its source moved on', async () => {
    const runtime = await withLamp();
    const first = await runtime.slicing({ ...FULL, version: 1 });
    await stepTo(runtime, 2, { ...LAMP, price: 25 });
    await runtime.insertRawdata({ ...BRAND, version: 2, payload: { name: 'Acme & Sons' } });
    const again = await runtime.slicing({ ...FULL, version: 1 });
    expect(again).toMatchObject({ outcome: 'unchanged', manifestHash: first.manifestHash, pins: first.pins });
    expect(hashesOf(again)).toEqual(hashesOf(first));
  });

  it('is open to INCREMENTAL as well', async () => {
    const runtime = await withLamp();
    await runtime.slicing({ ...FULL, version: 1 });
    const second = await stepTo(runtime, 2, { ...LAMP, price: 25 });
    const again = await runtime.slicing({ ...INCREMENTAL, version: 2, fromVersion: 1 });
    expect(again).toMatchObject({ outcome: 'unchanged', manifestHash: second.manifestHash });
  });
});

it('a slicing that another one overtakes from other sources answers what is committed, not what it computed', async () => {
  const inner = createMemoryStore();
  const other = openRuntime(PRODUCT_CATALOGUE, { store: inner });
  await other.ingest({ ...BRAND, version: 1, payload: ACME });
  await other.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP });
  let isFirst = true;
  const store = wrapStore(inner, async (method, _args, call) => {
    if (method === 'commit' && isFirst) {
      isFirst = false;
      await other.ingest({ ...BRAND, version: 2, payload: { name: 'Acme & Sons' } });
      await other.slicing({ ...FULL, version: 1 });
    }
    return call();
  });
  const result = await openRuntime(PRODUCT_CATALOGUE, { store }).slicing({ ...FULL, version: 1 });
  const [committed] = (await other.listManifests({ ...PRODUCT, ruleSetRef: PRODUCT_RULES })).items;
  expect(result).toMatchObject({
    outcome: 'unchanged',
    manifestHash: committed?.manifestHash,
    pins: { brand: { version: 2 } },
  });
  expect(hashesOf(result)).toEqual(committed?.slices);
});

async function withLamp(contracts: readonly JsonObject[] = PRODUCT_CATALOGUE): Promise<Runtime> {
  return withLampOf(LAMP, contracts);
}

async function withLampOf(payload: JsonObject, contracts: readonly JsonObject[] = PRODUCT_CATALOGUE): Promise<Runtime> {
  const runtime = openRuntime(contracts);
  await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
  await runtime.insertRawdata({ ...PRODUCT, version: 1, payload });
  return runtime;
}

async function stepTo(runtime: Runtime, version: number, payload: JsonObject): Promise<SlicingResult> {
  await runtime.insertRawdata({ ...PRODUCT, version, payload });
  await runtime.createChangeSet({
    ...PRODUCT,
    ruleSetRef: PRODUCT_RULES,
    fromVersion: version - 1,
    toVersion: version,
  });
  return runtime.slicing({ ...INCREMENTAL, version, fromVersion: version - 1 });
}

async function brandNameOf(runtime: Runtime, version: number): Promise<unknown> {
  const asked = { ...PRODUCT, version, ruleSetRef: PRODUCT_RULES, sliceType: 'PRODUCT_BRAND' };
  const { slices } = await runtime.explain(asked);
  return slices[0]?.payload?.['brand_name'];
}

function hashesOf({ slices }: SlicingResult): Record<string, string> {
  return Object.fromEntries(slices.map(({ sliceType, sliceHash }) => [sliceType, sliceHash]));
}

/** The catalogue with changes to the join's source, and to the join. */
function withJoin(
  source: Record<string, JsonObject | string | undefined>,
  overrides: JsonObject = {},
): readonly JsonObject[] {
  const join = brandJoin();
  // The catalogue's join says where its source is.
  const joinSources = Object.entries({ ...(join['joinSources'] as JsonObject), ...source }).filter(isGiven);
  const rules = productRules({ joins: [{ ...join, joinSources: Object.fromEntries(joinSources), ...overrides }] });
  return [...PRODUCT_CATALOGUE.filter((contract) => contract['id'] !== 'product-core'), rules];
}

function isGiven<Value>(entry: [string, Value | undefined]): entry is [string, Value] {
  return entry[1] !== undefined;
}

function impactOf(path: string): readonly JsonObject[] {
  return [{ path, slices: ['PRODUCT_BRAND'] }];
}

function propertiesOf(contract: JsonObject): JsonObject {
  // The catalogue's schemas declare their properties.
  return (contract['schema'] as { readonly properties: JsonObject }).properties;
}
