import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { BatchOutcome, InsertRawdataInput, InsertRawdataResult } from '../../../src/flows/runtime/runtime.ts';
import { PRODUCT_CATALOGUE, PRODUCT_PAGE, PRODUCT_RULES } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

describe('batches', () => {
  it('take arrays, iterables and async iterables alike, for every call', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const keys = ['product#A', 'product#B'].map((entityKey) => ({ tenantId: TENANT, entityKey, version: 1 }));
    async function* inputs() {
      for (const key of keys) yield { ...key, payload: { title: 'Lamp', price: 1 } };
    }
    const ruled = keys.map((key) => ({ ...key, ruleSetRef: PRODUCT_RULES }));
    const outcomes = [
      await collect(runtime.batch.insertRawdata(inputs())),
      await collect(runtime.batch.createChangeSet(ruled.map((key) => ({ ...key, fromVersion: 0, toVersion: 1 })))),
      await collect(runtime.batch.slicing(new Set(ruled.map((key) => ({ ...key, mode: 'FULL_REBUILD' as const }))))),
      await collect(runtime.batch.queryView(keys.map((key) => ({ ...key, viewRef: PRODUCT_PAGE })))),
      await collect(runtime.batch.ingest(keys.map((key) => ({ ...key, payload: { title: 'Lamp', price: 1 } })))),
    ];
    for (const batch of outcomes)
      expect(batch).toMatchObject([
        { index: 0, ok: true },
        { index: 1, ok: true },
      ]);
  });

  it('have no more calls under way than they may, and take no input early', async () => {
    let underWay = 0;
    let most = 0;
    const store = wrapStore(createMemoryStore(), async (_method, _args, call) => {
      underWay += 1;
      most = Math.max(most, underWay);
      const answer = await call();
      underWay -= 1;
      return answer;
    });
    let taken = 0;
    function* inputs() {
      for (let id = 0; id < 50; id += 1) {
        taken += 1;
        yield input(`product#${id}`, 1, 'Lamp');
      }
    }
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    let yielded = 0;
    for await (const outcome of runtime.batch.insertRawdata(inputs(), { concurrency: 4 })) {
      expect(outcome).toMatchObject({ index: yielded, ok: true });
      yielded += 1;
      expect(taken - yielded).toBeLessThanOrEqual(4);
    }
    expect(yielded).toBe(50);
    expect(most).toBe(4);
  });

  it('run the inputs of one entity in their order, however many run at once', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const inputs = Array.from({ length: 60 }, (_, index) =>
      input(`product#${index % 3}`, 1 + Math.floor(index / 3), `v${index}`),
    );
    const outcomes = await collect(runtime.batch.insertRawdata(inputs, { concurrency: 60 }));
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('go on after a refused input', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const inputs = [
      input('product#A', 1, 'Lamp'),
      input('product', 1, 'Lamp'),
      input('product#A', 3, 'Lamp'),
      input('product#B', 1, 'Lamp'),
    ];
    const outcomes = await collect(runtime.batch.insertRawdata(inputs));
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.result.outcome : outcome.error.code))).toEqual([
      'inserted',
      'entity_key.invalid',
      'rawdata.version_gap',
      'inserted',
    ]);
  });

  it('that are aborted take no more input, yield what was under way, and then say so', async () => {
    const controller = new AbortController();
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const inputs = Array.from({ length: 30 }, (_, id) => input(`product#${id}`, 1, 'Lamp'));
    const seen: number[] = [];
    const reading = async () => {
      const options = { concurrency: 5, signal: controller.signal };
      for await (const { index, ok } of runtime.batch.insertRawdata(inputs, options)) {
        seen.push(index);
        expect(ok).toBe(true);
        controller.abort();
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'call.aborted' });
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    const { items } = await runtime.listEntities({ tenantId: TENANT });
    expect(items).toHaveLength(5);
  });

  it('that are left early finish what was taken and release their source', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    let isReleased = false;
    function* inputs() {
      try {
        for (let id = 0; ; id += 1) yield input(`product#${id}`, 1, 'Lamp');
      } finally {
        isReleased = true;
      }
    }
    for await (const outcome of runtime.batch.insertRawdata(inputs(), { concurrency: 3 })) {
      if (outcome.index === 1) break;
    }
    expect(isReleased).toBe(true);
    const { items } = await runtime.listByState({ tenantId: TENANT, state: 'IDLE' });
    expect(items.map(({ entityKey }) => entityKey)).toEqual(['product#0', 'product#1', 'product#2', 'product#3']);
  });

  it('end with a defect when its turn comes, after the outcomes before it', async () => {
    const store = wrapStore(createMemoryStore(), (method, args, call) => {
      const isThird = method === 'insert' && JSON.stringify(args).includes('product#2');
      return isThird ? Promise.reject(new TypeError('a defect')) : call();
    });
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    const seen: BatchOutcome<InsertRawdataResult>[] = [];
    const reading = async () => {
      const inputs = Array.from({ length: 5 }, (_, id) => input(`product#${id}`, 1, 'Lamp'));
      for await (const outcome of runtime.batch.insertRawdata(inputs)) seen.push(outcome);
    };
    await expect(reading()).rejects.toThrow('a defect');
    expect(seen.map(({ index }) => index)).toEqual([0, 1]);
  });
});

function input(entityKey: string, version: number, title: string): InsertRawdataInput {
  return { tenantId: TENANT, entityKey, version, payload: { title } };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
