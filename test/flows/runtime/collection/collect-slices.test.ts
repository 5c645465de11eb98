import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../src/adapters/memory/memory-store.ts';
import type { SliceRecord } from '../../../../src/domain/records.ts';
import type { Runtime } from '../../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../../src/ports/store.ts';
import { someBytes, someHash } from '../../../conformance/record-builders.ts';
import { brandRules, brandSchema } from '../../../support/product-catalogue.ts';
import { addressIn } from '../../../support/record-keys.ts';
import { openRuntime, TENANT } from '../../../support/runtime-fixture.ts';
import { onStore, STORE_KINDS } from '../../../support/store-kinds.ts';
import { wrapStore } from '../../../support/wrap-store.ts';

const CONTRACTS = [brandSchema(), brandRules()];
const RULE_SET = { id: 'brand-core', version: '1.0.0' };
const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const OLD = '2020-01-01T00:00:00.000Z';

/** A slice that an attempt left behind. */
function leftOver(content: string, change: Partial<SliceRecord> = {}): SliceRecord {
  return {
    kind: 'slice',
    ...addressIn(BRAND.entityKey),
    ruleSet: RULE_SET,
    sliceType: 'BRAND_CORE',
    sliceHash: someHash(content),
    isTombstone: false,
    payload: someBytes(content),
    gcEpoch: 0,
    slicedAt: OLD,
    ...change,
  };
}

const named = (runtime: Runtime, name: string) =>
  runtime.ingest({ ...BRAND, version: 'next', payload: { name, logo_url: null } });

async function epochIn(store: Store): Promise<number | undefined> {
  const [head] = await store.batchGet([{ kind: 'head', ...addressIn(BRAND.entityKey), ruleSet: RULE_SET }]);
  return head?.gcEpoch;
}

async function slicesIn(store: Store): Promise<number> {
  return (await store.range({ range: 'slices', ...addressIn(BRAND.entityKey), limit: 1_000 })).items.length;
}

describe.each(STORE_KINDS)('collectSlices on $kind', ({ prepare }) => {
  const onBench = async (run: (store: Store, runtime: Runtime) => Promise<void>) =>
    onStore(await prepare(async () => undefined), (store) => run(store, openRuntime(CONTRACTS, { store })));

  it('deletes what no commit names, of every version, and raises the epoch once', async () => {
    await onBench(async (store, runtime) => {
      for (const name of ['A', 'B', 'C']) await named(runtime, name);
      await store.putOnce(['x', 'y', 'z'].map((content) => leftOver(content)));
      const result = await runtime.collectSlices({ tenantId: TENANT });
      expect(result).toMatchObject({ entities: 1, examined: 6, referenced: 3, collected: 3, young: 0, left: 0 });
      expect([await epochIn(store), await slicesIn(store)]).toEqual([1, 3]);
      for (const version of [1, 2, 3]) {
        const explained = runtime.explain({
          ...BRAND,
          version,
          sliceType: 'BRAND_CORE',
          ruleSetRef: 'brand-core@1.0.0',
        });
        expect((await explained).slices).toHaveLength(1);
      }
    });
  });

  it('leaves the epoch alone where there is nothing to collect', async () => {
    await onBench(async (store, runtime) => {
      await named(runtime, 'A');
      await store.putOnce([leftOver('x', { slicedAt: new Date().toISOString() })]);
      expect(await runtime.collectSlices({ tenantId: TENANT })).toMatchObject({ young: 1, collected: 0 });
      expect(await epochIn(store)).toBe(0);
    });
  });

  it('only counts in a dry run', async () => {
    await onBench(async (store, runtime) => {
      await named(runtime, 'A');
      await store.putOnce([leftOver('x')]);
      expect(await runtime.collectSlices({ tenantId: TENANT, dryRun: true })).toMatchObject({ collected: 1 });
      expect([await epochIn(store), await slicesIn(store)]).toEqual([0, 2]);
    });
  });

  it('leaves alone what lies under a rule set that committed nothing', async () => {
    await onBench(async (store, runtime) => {
      await runtime.insertRawdata({ ...BRAND, version: 1, payload: { name: 'A', logo_url: null } });
      await store.putOnce([leftOver('x')]);
      expect(await runtime.collectSlices({ tenantId: TENANT })).toMatchObject({ examined: 1, left: 1, collected: 0 });
      expect(await slicesIn(store)).toBe(1);
    });
  });

  it('keeps what an attempt put again behind the epoch', async () => {
    await onBench(async (store, runtime) => {
      await named(runtime, 'A');
      await store.putOnce([leftOver('x'), leftOver('y')]);
      const puttingAgain = wrapStore(store, async (method, _args, call) => {
        const answer = await call();
        if (method === 'raiseGcEpoch') await store.putOnce([leftOver('x', { gcEpoch: 1 })]);
        return answer;
      });
      const collecting = openRuntime(CONTRACTS, { store: puttingAgain });
      expect(await collecting.collectSlices({ tenantId: TENANT })).toMatchObject({ collected: 1, left: 1 });
      expect(await store.batchGet([leftOver('x'), leftOver('y')])).toMatchObject([{ gcEpoch: 1 }, undefined]);
    });
  });

  it('leaves it to another collection that raised the epoch first', async () => {
    await onBench(async (store, runtime) => {
      await named(runtime, 'A');
      await store.putOnce([leftOver('x')]);
      const overtaken = wrapStore(store, async (method, _args, call) => {
        if (method === 'raiseGcEpoch') await call();
        return call();
      });
      const collecting = openRuntime(CONTRACTS, { store: overtaken });
      expect(await collecting.collectSlices({ tenantId: TENANT })).toMatchObject({ collected: 0, left: 1 });
    });
  });

  it('fails an attempt whose slices it took, which puts them again and commits', async () => {
    await onBench(async (store) => {
      let collected = 0;
      const collectingInBetween = wrapStore(store, async (method, _args, call) => {
        if (method !== 'commit' || collected > 0) return call();
        const result = await openRuntime(CONTRACTS, { store }).collectSlices({ tenantId: TENANT, olderThanMs: 0 });
        collected += result.collected;
        return call();
      });
      // One step after the other, as on a store that cannot put them together.
      const { writeTogether, ...stepByStep } = collectingInBetween;
      await named(openRuntime(CONTRACTS, { store }), 'A');
      const runtime = openRuntime(CONTRACTS, { store: stepByStep, clock: { now: () => Date.parse(OLD) } });
      expect(await named(runtime, 'B')).toMatchObject({ slicing: 'settled' });
      expect(collected).toBe(1);
      const read = { ...BRAND, version: 2, sliceType: 'BRAND_CORE', ruleSetRef: 'brand-core@1.0.0' };
      expect((await runtime.explain(read)).slices[0]?.payload).toEqual({ name: 'B', logo: null });
    });
  });
});

describe('the index entries of a slice that is collected', () => {
  const INDEXED = [
    brandSchema(),
    brandRules({
      indexes: [
        {
          type: 'name',
          fromSlice: 'BRAND_CORE',
          selector: { path: 'name' },
          indexKey: { format: 'IDX#name#{value}#brand' },
        },
      ],
    }),
  ];
  const open = (store: Store, now = Date.now()) => openRuntime(INDEXED, { store, clock: { now: () => now } });
  const collect = (store: Store) => open(store, Date.now() + 1_000).collectSlices({ tenantId: TENANT, olderThanMs: 0 });
  const dying = (store: Store) =>
    wrapStore(store, async (method, _args, call) => {
      if (method === 'commit') throw new Error('killed');
      return call();
    });

  async function versionsUnder(store: Store, name: string): Promise<readonly number[]> {
    const page = await store.range({
      range: 'hints',
      ...addressIn(BRAND.entityKey),
      indexKey: `IDX#name#${name}#brand`,
      shard: 0,
      limit: 10,
    });
    return page.items.map(({ version }) => version);
  }

  async function storeWithLeftOver(): Promise<Store> {
    const store = createMemoryStore();
    await named(open(store), 'One');
    await expect(named(open(dying(store)), 'Two')).rejects.toThrow('killed');
    return store;
  }

  it('go with it once a newer commit does not bear them out', async () => {
    const store = await storeWithLeftOver();
    await named(open(store), 'Three');
    expect(await versionsUnder(store, 'Two')).toEqual([2]);
    expect(await collect(store)).toMatchObject({ collected: 1, left: 0 });
    expect([await versionsUnder(store, 'Two'), await versionsUnder(store, 'Three')]).toEqual([[], [3]]);
  });

  it('keep it where its version may still be committed', async () => {
    const store = await storeWithLeftOver();
    expect(await collect(store)).toMatchObject({ collected: 0, left: 1 });
    expect(await versionsUnder(store, 'Two')).toEqual([2]);
    await open(store).resume({ tenantId: TENANT });
    expect(await collect(store)).toMatchObject({ referenced: 2, collected: 0, left: 0 });
    expect(await versionsUnder(store, 'Two')).toEqual([2]);
  });

  it('stay where a commit bears them out that has another slice', async () => {
    const store = await storeWithLeftOver();
    const same = { ...BRAND, version: 'next', payload: { name: 'Two', logo_url: 'other.png' } } as const;
    await open(store).ingest(same);
    expect(await collect(store)).toMatchObject({ collected: 1, left: 0 });
    expect(await versionsUnder(store, 'Two')).toEqual([3]);
  });

  it('stay where a commit came to count on them while they were judged', async () => {
    const store = await storeWithLeftOver();
    await named(open(store), 'Three');
    let races = 0;
    const racing = wrapStore(store, async (method, _args, call) => {
      if (method === 'deleteHint' && races++ === 0) await named(open(store), 'Two');
      return call();
    });
    await collect(racing);
    expect(races).toBe(1);
    expect(await versionsUnder(store, 'Two')).toEqual([4]);
    const { items } = await open(store).lookUpIndex({ tenantId: TENANT, indexKey: 'IDX#name#Two#brand' });
    expect(items.map(({ standing, version }) => [standing, version])).toEqual([['true', 4]]);
  });
});
