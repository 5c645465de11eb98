import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { ResumeResult, Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store, StoredRecord } from '../../../src/ports/store.ts';
import { ACME, joinlessRules, LAMP, PRODUCT_CATALOGUE, PRODUCT_RULES } from '../../support/product-catalogue.ts';
import { openRuntime, type RuntimeOverrides, TENANT, withStatus } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const NOTHING: ResumeResult = {
  entities: 0,
  owed: 0,
  settled: 0,
  leftRefused: 0,
  refused: 0,
  droppedArchived: 0,
  leftToOthers: 0,
  fannedOut: 0,
  fanOutOwed: 0,
};

describe('resume', () => {
  it('slices what was only inserted, and then finds nothing owed', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    for (let id = 0; id < 250; id += 1) await insert(runtime, `product#${id}`);
    await expect(runtime.resume({ tenantId: TENANT })).resolves.toEqual({
      ...NOTHING,
      entities: 250,
      owed: 250,
      settled: 250,
    });
    await expect(runtime.resume({ tenantId: TENANT })).resolves.toEqual(NOTHING);
    const head = { tenantId: TENANT, entityKey: 'product#249', ruleSetRef: PRODUCT_RULES };
    await expect(runtime.activeVersion(head)).resolves.toMatchObject({ version: 1 });
  });

  it('follows the newest version, from the one before where that is sliced', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const product = { tenantId: TENANT, entityKey: 'product#P1' };
    await runtime.ingest({ ...product, version: 1, payload: { title: 'Lamp', price: 1 } });
    await runtime.insertRawdata({ ...product, version: 2, payload: { title: 'Lamp', price: 2 } });
    await runtime.resume({ tenantId: TENANT });
    const { items } = await runtime.listManifests({ ...product, ruleSetRef: PRODUCT_RULES });
    expect(items.map(({ version, mode }) => [version, mode])).toEqual([
      [2, 'INCREMENTAL'],
      [1, 'FULL_REBUILD'],
    ]);
  });

  it('leaves alone what was refused, until it is told to try again', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    await runtime.ingest({ tenantId: TENANT, entityKey: 'product#P1', version: 1, payload: LAMP });
    const counted = { ...NOTHING, entities: 1, owed: 1 };
    await expect(runtime.resume({ tenantId: TENANT })).resolves.toEqual({ ...counted, leftRefused: 1 });
    await expect(runtime.resume({ tenantId: TENANT, refused: 'retry' })).resolves.toEqual({ ...counted, refused: 1 });
    await runtime.insertRawdata({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
    await expect(runtime.resume({ tenantId: TENANT, refused: 'retry' })).resolves.toEqual({
      ...NOTHING,
      entities: 2,
      owed: 2,
      settled: 2,
      fannedOut: 1,
    });
  });

  it('fans out, once, what other entities join', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const brands = Array.from({ length: 101 }, (_, id) => `brand#${id}`);
    for (const entityKey of brands) {
      await runtime.insertRawdata({ tenantId: TENANT, entityKey, version: 1, payload: ACME });
    }
    const sliced = { ...NOTHING, entities: 101, owed: 101, settled: 101, fannedOut: 101 };
    await expect(runtime.resume({ tenantId: TENANT })).resolves.toEqual(sliced);
    await expect(runtime.resume({ tenantId: TENANT })).resolves.toEqual(NOTHING);
    const { items } = await runtime.listByState({ tenantId: TENANT, state: 'ACTIVE', limit: 1000 });
    expect(items.map(({ owed, fannedOutTo }) => [owed, fannedOutTo])).toEqual(brands.map(() => [{}, 1]));
  });

  it.each([
    { damaged: 1, what: 'the version before' },
    { damaged: 2, what: 'the newest version' },
  ])('records the refusal of an entity in which $what was damaged, and leaves no claim behind', async ({ damaged }) => {
    const store = createMemoryStore();
    const product = { tenantId: TENANT, entityKey: 'product#P1' };
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    await runtime.ingest({ ...product, version: 1, payload: { title: 'Lamp', price: 1 } });
    await runtime.insertRawdata({ ...product, version: 2, payload: { title: 'Lamp', price: 2 } });
    const reader = openRuntime(PRODUCT_CATALOGUE, { store: withDamagedVersion(store, damaged) });
    await expect(reader.resume({ tenantId: TENANT })).resolves.toMatchObject({ entities: 1, refused: 1, settled: 0 });
    const failed = await runtime.listByState({ tenantId: TENANT, state: 'FAILED' });
    expect(failed.items).toMatchObject([
      {
        entityKey: 'product#P1',
        owed: { [PRODUCT_RULES]: { state: 'FAILED', lastError: { code: 'rawdata.corrupt' } } },
      },
    ]);
    await expect(runtime.resume({ tenantId: TENANT, refused: 'retry' })).resolves.toMatchObject({ settled: 1 });
  });

  it('drops what is owed under a rule set that was archived, and counts it', async () => {
    const store = createMemoryStore();
    await insert(openRuntime(PRODUCT_CATALOGUE, { store }), 'product#P1');
    const archived = openRuntime(
      withStatus(PRODUCT_CATALOGUE, 'ARCHIVED', ({ kind }) => kind === 'RuleSet'),
      { store },
    );
    await expect(archived.resume({ tenantId: TENANT })).resolves.toEqual({
      ...NOTHING,
      entities: 1,
      owed: 1,
      droppedArchived: 1,
    });
    const { items } = await archived.listByState({ tenantId: TENANT, state: 'ACTIVE' });
    expect(items).toMatchObject([{ entityKey: 'product#P1', owed: {} }]);
  });

  it('visits only what begins with its prefix', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    for (const entityKey of ['product#A1', 'product#A2', 'product#B1']) await insert(runtime, entityKey);
    await expect(runtime.resume({ tenantId: TENANT, prefix: 'product#A' })).resolves.toMatchObject({ settled: 2 });
    const { items } = await runtime.listByState({ tenantId: TENANT, state: 'IDLE' });
    expect(items.map(({ entityKey }) => entityKey)).toEqual(['product#B1']);
  });

  it('leaves to others what they have claimed, and takes it over when the claim is old', async () => {
    const store = createMemoryStore();
    await insert(openRuntime(PRODUCT_CATALOGUE, { store }), 'product#P1');
    await expect(dyingAfterClaim(store, 0).resume({ tenantId: TENANT })).rejects.toThrow('dead');
    const claimed = { ...NOTHING, entities: 1, owed: 1 };
    const at = (nowMs: number) => resumeAt(store, nowMs);
    await expect(at(59_999)).resolves.toEqual({ ...claimed, leftToOthers: 1 });
    await expect(at(60_001)).resolves.toEqual({ ...claimed, settled: 1 });
  });

  it.each(['claims', 'drops'])(
    '%s what is owed though another debt of the entity is paid at that moment',
    async (how) => {
      const titles = joinlessRules();
      const contracts = [...PRODUCT_CATALOGUE, titles];
      const store = createMemoryStore();
      const other = openRuntime(contracts, { store });
      await insert(other, 'product#P1');
      let isFirst = true;
      const racing = wrapStore(store, async (method, _args, call) => {
        if (method === 'updateStatus' && isFirst) {
          isFirst = false;
          const version = { tenantId: TENANT, entityKey: 'product#P1', version: 1 };
          await other.slicing({ ...version, ruleSetRef: 'product-titles@1.3.0', mode: 'FULL_REBUILD' });
        }
        return call();
      });
      const isProduct = ({ id }: JsonObject) => id === 'product-core';
      const later = how === 'claims' ? contracts : withStatus(contracts, 'ARCHIVED', isProduct);
      const outcome = how === 'claims' ? { settled: 1 } : { droppedArchived: 1 };
      const resumed = openRuntime(later, { store: racing }).resume({ tenantId: TENANT });
      await expect(resumed).resolves.toMatchObject({ ...outcome, owed: 2, leftToOthers: 1 });
      await expect(other.listByState({ tenantId: TENANT, state: 'ACTIVE' })).resolves.toMatchObject({
        items: [{ entityKey: 'product#P1', owed: {} }],
      });
    },
  );

  it('whose claim was taken over settles nothing', async () => {
    const store = createMemoryStore();
    await insert(openRuntime(PRODUCT_CATALOGUE, { store }), 'product#P1');
    let takeOver: (() => Promise<unknown>) | undefined = () => resumeAt(store, 120_000);
    const slow = wrapStore(store, async (method, _args, call) => {
      const other = method === 'commit' ? takeOver : undefined;
      if (other !== undefined) {
        takeOver = undefined;
        await other();
      }
      return call();
    });
    const overtaken = openRuntime(PRODUCT_CATALOGUE, { store: slow, clock: { now: () => 0 }, claimTimeoutMs: 60_000 });
    await expect(overtaken.resume({ tenantId: TENANT })).resolves.toMatchObject({ owed: 1 });
    const { items } = await overtaken.listManifests({
      tenantId: TENANT,
      entityKey: 'product#P1',
      ruleSetRef: PRODUCT_RULES,
    });
    expect(items).toHaveLength(1);
    await expect(overtaken.listByState({ tenantId: TENANT, state: 'ACTIVE' })).resolves.toMatchObject({
      items: [{ owed: {} }],
    });
  });

  it('pays what an entity owes under other rule sets though a fan-out of the same run had it refused under one', async () => {
    const store = createMemoryStore();
    const contracts = [...PRODUCT_CATALOGUE, joinlessRules()];
    const runtime = openRuntime(contracts, { store, clock: { now: () => 120_000 }, claimTimeoutMs: 60_000 });
    const brand = { tenantId: TENANT, entityKey: 'brand#ACME' };
    const product = { tenantId: TENANT, entityKey: 'product#P1' };
    await runtime.ingest({ ...brand, version: 1, payload: ACME });
    await runtime.ingest({ ...product, version: 1, payload: LAMP });
    await runtime.insertRawdata({ ...brand, version: 2, deleted: true });
    // Its claim is looked at before what is IDLE, and its fan-out refuses the product.
    await expect(dyingAfterClaim(store, 0).resume({ tenantId: TENANT })).rejects.toThrow('dead');
    await runtime.insertRawdata({ ...product, version: 2, payload: LAMP });
    await runtime.resume({ tenantId: TENANT });
    const { items } = await runtime.listByState({ tenantId: TENANT, state: 'FAILED' });
    expect(items.map(({ entityKey, owed }) => [entityKey, Object.keys(owed)])).toEqual([
      ['product#P1', [PRODUCT_RULES]],
    ]);
  });

  it('reports its progress after each entity, in counts that add up', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    for (const id of ['1', '2', '3']) await insert(runtime, `product#${id}`);
    const seen: ResumeResult[] = [];
    const result = await runtime.resume({ tenantId: TENANT }, { onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ entities, settled }) => [entities, settled])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(seen.at(-1)).toEqual(result);
  });

  it('stops between two debts when it is aborted, and goes on from there', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    for (let id = 0; id < 300; id += 1) await insert(runtime, `product#${id}`);
    const controller = new AbortController();
    const aborted = runtime.resume(
      { tenantId: TENANT },
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(aborted).rejects.toMatchObject({ code: 'call.aborted' });
    const { settled } = await runtime.resume({ tenantId: TENANT });
    expect(settled).toBeGreaterThan(0);
    expect(settled).toBeLessThan(300);
    await expect(runtime.resume({ tenantId: TENANT })).resolves.toEqual(NOTHING);
  });
});

function insert(runtime: Runtime, entityKey: string) {
  return runtime.insertRawdata({ tenantId: TENANT, entityKey, version: 1, payload: { title: 'Lamp', price: 1 } });
}

/** Its claims stand, and the first record that it would put after one kills it. */
function dyingAfterClaim(store: Store, nowMs: number): Runtime {
  let hasClaimed = false;
  const dying = wrapStore(store, async (method, _args, call) => {
    if (hasClaimed && method !== 'batchGet') throw new Error('dead');
    if (method === 'updateStatus') hasClaimed = true;
    return call();
  });
  return openRuntime(PRODUCT_CATALOGUE, { store: dying, clock: { now: () => nowMs } });
}

function resumeAt(store: Store, nowMs: number): Promise<ResumeResult> {
  const overrides: RuntimeOverrides = { store, clock: { now: () => nowMs }, claimTimeoutMs: 60_000 };
  return openRuntime(PRODUCT_CATALOGUE, overrides).resume({ tenantId: TENANT });
}

function withDamagedVersion(store: Store, damaged: number): Store {
  return wrapStore(store, async (method, _args, call) => {
    const answer = await call();
    if (method !== 'batchGet') return answer;
    // Only `batchGet` comes this far.
    return (answer as readonly (StoredRecord | undefined)[]).map((record) =>
      record?.kind === 'raw-data' && record.version === damaged
        ? { ...record, body: { kind: 'inline', bytes: Buffer.from('{"title":"Damp"}') } }
        : record,
    );
  });
}
