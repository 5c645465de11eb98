/** What moves between the reading of a source and the commit is met behind the commit (design §5, rules 2 to 4). */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { IngestInput, Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import {
  ACME,
  brandJoin,
  brandRules,
  brandSchema,
  LAMP,
  PRODUCT_RULES,
  productRules,
  productSchema,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' };
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' };
const RULES = { ...PRODUCT, ruleSetRef: PRODUCT_RULES };
const APEX = { ...ACME, name: 'Apex' };

describe('a source that moves while its parent is sliced', () => {
  it('is followed by the next revision of the same version', async () => {
    const { runtime, manifests } = await sliceWhile([{ payload: ACME }], [{ payload: APEX }]);
    expect(await manifests()).toMatchObject([
      { revision: 0, pins: { brand: { version: 1 } } },
      { revision: 1, pins: { brand: { version: 2 } } },
    ]);
    expect(await brandNameOf(runtime)).toBe('Apex');
    expect(await runtime.activeVersion(RULES)).toMatchObject({ version: 1, revision: 1 });
  });

  it('is reported by the call that met it', async () => {
    const { result } = await sliceWhile([{ payload: ACME }], [{ payload: APEX }]);
    expect(result).toMatchObject({
      slicing: 'settled',
      ruleSets: [{ outcome: 'committed', slicing: { revision: 1, settled: true, pins: { brand: { version: 2 } } } }],
    });
  });

  it('leaves the slices that it does not concern as they are', async () => {
    const { manifests } = await sliceWhile([{ payload: ACME }], [{ payload: APEX }]);
    const [first, second] = await manifests();
    const moved = Object.keys(first?.slices ?? {}).filter((type) => first?.slices[type] !== second?.slices[type]);
    expect(moved).toEqual(['PRODUCT_BRAND']);
  });

  it('and moves back is followed too, by a revision that shares every slice', async () => {
    const { manifests } = await sliceWhile([{ payload: ACME }], [{ payload: APEX }, { payload: ACME }]);
    const [first, second] = await manifests();
    expect(second).toMatchObject({ revision: 1, slices: first?.slices, pins: { brand: { version: 3 } } });
  });

  it('in what nobody projects makes no revision', async () => {
    const { manifests } = await sliceWhile([{ payload: ACME }], [{ payload: { ...ACME, logo_url: 'new.png' } }], {
      joinProjection: { brand_name: 'name' },
      joinImpact: [{ path: 'name', slices: ['PRODUCT_BRAND'] }],
    });
    expect(await manifests()).toMatchObject([{ revision: 0, pins: { brand: { version: 1 } } }]);
  });

  it.each(['SAME_VERSION', 'LATEST'])('or appears only then is followed under %s', async (versionRule) => {
    const join = { missing: 'NULL_FIELDS', joinSources: { ...sourcesOf(), versionRule } };
    const { manifests } = await sliceWhile([], [{ payload: ACME }], join);
    expect(await manifests()).toMatchObject([
      { pins: { brand: { version: null } } },
      { pins: { brand: { version: 1 } } },
    ]);
  });

  it('past the version that is pinned makes no revision under PINNED', async () => {
    const join = { joinSources: { ...sourcesOf(), versionRule: { PINNED: 1 } } };
    const { manifests } = await sliceWhile([{ payload: ACME }], [{ payload: APEX }], join);
    expect(await manifests()).toHaveLength(1);
  });

  it('and is deleted by that refuses the version under FAIL_CLOSED, behind its first commit', async () => {
    const { runtime, result, manifests } = await sliceWhile([{ payload: ACME }], [{ deleted: true }]);
    expect(result).toMatchObject({ slicing: 'refused', ruleSets: [{ error: { code: 'join.source_missing' } }] });
    expect(await manifests()).toHaveLength(1);
    const { items } = await runtime.listByState({ tenantId: TENANT, state: 'FAILED' });
    expect(items.map(({ entityKey }) => entityKey)).toEqual(['product#P1']);
  });

  it('is not followed by a version that is the newest no more', async () => {
    const store = createMemoryStore();
    const writer = openRuntime(contractsWith({}), { store });
    await writer.ingest({ ...BRAND, version: 1, payload: ACME });
    await writer.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP });
    await writer.insertRawdata({ ...PRODUCT, version: 2, payload: LAMP });
    const moving = atFirstCommit(store, () => writer.insertRawdata({ ...BRAND, version: 2, payload: APEX }));
    const other = openRuntime(contractsWith({}), { store: moving });
    const result = await other.slicing({ ...RULES, version: 1, mode: 'FULL_REBUILD' });
    expect(result).toMatchObject({ revision: 0, settled: false, pins: { brand: { version: 1 } } });
  });
});

it('a crash before the re-check leaves it owed, and resuming runs it', async () => {
  const store = createMemoryStore();
  const writer = openRuntime(contractsWith({}), { store });
  await writer.ingest({ ...BRAND, version: 1, payload: ACME });
  const dying = openRuntime(contractsWith({}), { store: dyingBehindCommit(store) });
  await expect(dying.ingest({ ...PRODUCT, version: 1, payload: LAMP })).rejects.toThrow('crashed behind the commit');
  await writer.insertRawdata({ ...BRAND, version: 2, payload: APEX });
  await writer.resume({ tenantId: TENANT, prefix: 'product#' });
  expect(await brandNameOf(writer)).toBe('Apex');
});

it('a refused version that is committed after all, by a process that dies then, is not left alone as refused', async () => {
  const store = createMemoryStore();
  const writer = openRuntime(contractsWith({}), { store });
  await writer.ingest({ ...PRODUCT, version: 1, payload: LAMP });
  expect(await stateOf(writer)).toBe('FAILED');
  await writer.insertRawdata({ ...BRAND, version: 1, payload: ACME });
  const dying = openRuntime(contractsWith({}), { store: dyingBehindCommit(store) });
  const slicing = { ...RULES, version: 1, mode: 'FULL_REBUILD' } as const;
  await expect(dying.slicing(slicing)).rejects.toThrow('crashed behind the commit');
  expect(await stateOf(writer)).toBe('IDLE');
  await writer.resume({ tenantId: TENANT });
  expect(await stateOf(writer)).toBe('ACTIVE');
});

async function stateOf(runtime: Runtime) {
  return (await runtime.getStatus(PRODUCT))?.state;
}

function dyingBehindCommit(store: Store): Store {
  return wrapStore(store, async (method, _args, call) => {
    const answer = await call();
    if (method === 'commit') throw new Error('crashed behind the commit');
    return answer;
  });
}

type Content = Pick<IngestInput, 'payload' | 'deleted'>;

/** Brand versions before, and others that come in between the reading of the brand and the product's first commit. */
async function sliceWhile(before: readonly Content[], meanwhile: readonly Content[], join: JsonObject = {}) {
  const store = createMemoryStore();
  const contracts = contractsWith(join);
  const writer = openRuntime(contracts, { store });
  for (const [index, content] of before.entries())
    await writer.ingest({ ...BRAND, version: index + 1, ...content } as IngestInput);
  const moving = atFirstCommit(store, async () => {
    for (const content of meanwhile)
      await writer.insertRawdata({ ...BRAND, version: 'next', ...content } as IngestInput);
  });
  const runtime = openRuntime(contracts, { store: moving });
  const result = await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
  const manifests = async () => (await runtime.listManifests({ ...RULES, order: 'ascending' })).items;
  return { runtime, result, manifests };
}

function atFirstCommit(store: Store, act: () => Promise<unknown>): Store {
  let hasActed = false;
  return wrapStore(store, async (method, _args, call) => {
    if (method === 'commit' && !hasActed) {
      hasActed = true;
      await act();
    }
    return call();
  });
}

function contractsWith(join: JsonObject): readonly JsonObject[] {
  return [brandSchema(), productSchema(), brandRules(), productRules({ joins: [brandJoin(join)] })];
}

function sourcesOf(): JsonObject {
  return brandJoin({})['joinSources'] as JsonObject;
}

async function brandNameOf(runtime: Runtime) {
  const { slices } = await runtime.explain({ ...RULES, version: 'active', sliceType: 'PRODUCT_BRAND' });
  return slices[0]?.payload?.['brand_name'];
}
