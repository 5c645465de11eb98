import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { IngestInput } from '../../../src/flows/runtime/runtime.ts';
import { PRODUCT_CATALOGUE, PRODUCT_RULES } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';

function brand(id: string, name: string): IngestInput {
  return { tenantId: TENANT, entityKey: `brand#${id}`, version: 'next', payload: { name } };
}

function product(id: string, brandId: string): IngestInput {
  const payload = { title: id, status: 'ACTIVE', price: 1, brand_id: brandId };
  return { tenantId: TENANT, entityKey: `product#${id}`, version: 'next', payload };
}

async function outcomesOf<Outcome>(outcomes: AsyncIterable<Outcome>): Promise<readonly Outcome[]> {
  const collected: Outcome[] = [];
  for await (const outcome of outcomes) collected.push(outcome);
  return collected;
}

describe('a batch', () => {
  it('lets an input see the sources that came before it in the same batch', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const items = [brand('B1', 'Acme'), product('P1', 'B1'), brand('B2', 'Bolt'), product('P2', 'B2')];
    const outcomes = await outcomesOf(runtime.batch.ingest(items));
    expect(outcomes.map((outcome) => outcome.ok && outcome.result.slicing)).toEqual(Array(4).fill('settled'));
    const key = {
      tenantId: TENANT,
      entityKey: 'product#P2',
      version: 'active',
      sliceType: 'PRODUCT_BRAND',
      ruleSetRef: PRODUCT_RULES,
    } as const;
    expect(await runtime.explain(key)).toMatchObject({ slices: [{ payload: { brand_name: 'Bolt' } }] });
  });

  it('lets it see the newest of several', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    await outcomesOf(runtime.batch.ingest([brand('B1', 'one'), brand('B1', 'two'), product('P1', 'B1')]));
    const key = {
      tenantId: TENANT,
      entityKey: 'product#P1',
      version: 'active',
      sliceType: 'PRODUCT_BRAND',
      ruleSetRef: PRODUCT_RULES,
    } as const;
    expect(await runtime.explain(key)).toMatchObject({ slices: [{ payload: { brand_name: 'two' } }] });
  });

  it('never waits for what comes later', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const outcomes = await outcomesOf(runtime.batch.ingest([product('P1', 'B1'), brand('B1', 'late')]));
    expect(outcomes.map((outcome) => outcome.ok && outcome.result.outcome)).toEqual(['inserted', 'inserted']);
  });

  it('hands an outcome over while its source has no next input yet', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const source = Promise.withResolvers<IngestInput>();
    async function* slowly(): AsyncGenerator<IngestInput> {
      yield brand('B1', 'Acme');
      yield await source.promise;
    }
    const outcomes = runtime.batch.ingest(slowly())[Symbol.asyncIterator]();
    expect((await outcomes.next()).value).toMatchObject({ index: 0, ok: true });
    source.resolve(brand('B2', 'Bolt'));
    expect((await outcomes.next()).value).toMatchObject({ index: 1, ok: true });
    expect((await outcomes.next()).done).toBe(true);
  });

  it('takes no further input once aborted, yields what is under way, and rejects', async () => {
    const store = createMemoryStore();
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    const controller = new AbortController();
    function* inputs(): Generator<IngestInput> {
      yield brand('B1', 'Acme');
      controller.abort();
      yield brand('B2', 'Bolt');
      yield brand('B3', 'Cog');
    }
    const seen: number[] = [];
    const all = (async () => {
      for await (const { index, ok } of runtime.batch.ingest(inputs(), { signal: controller.signal })) {
        if (ok) seen.push(index);
      }
    })();
    await expect(all).rejects.toMatchObject({ code: 'call.aborted' });
    expect(seen).toEqual([0, 1]);
    expect((await runtime.listEntities({ tenantId: TENANT })).items).toEqual(['brand#B1', 'brand#B2']);
  });
});
