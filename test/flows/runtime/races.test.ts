import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/sqlite-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import type { IngestInput, IngestResult, Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_RULES } from '../../support/product-catalogue.ts';
import { newTenantId, openRuntime } from '../../support/runtime-fixture.ts';

const STORES: readonly {
  readonly kind: string;
  readonly open: (dir: string) => Promise<Store>;
  readonly runs: number;
}[] = [
  { kind: 'memory', open: async () => createMemoryStore(), runs: 300 },
  { kind: 'sqlite', open: (dir) => openSqliteStore({ path: join(dir, 'races.db') }), runs: 30 },
];

describe.each(STORES)('races over $kind', ({ open, runs }) => {
  let store: Store;
  let writers: readonly Runtime[];
  let dir = '';

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'slicewise-'));
    store = await open(dir);
    writers = Array.from({ length: 5 }, () => openRuntime(PRODUCT_CATALOGUE, { store }));
  });
  afterAll(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });

  const newTenant = async () => {
    const tenantId = newTenantId();
    await writerAt(writers, 0).ingest({ tenantId, entityKey: 'brand#ACME', version: 1, payload: ACME });
    return tenantId;
  };

  it("writers of different content as 'next' each get a version of their own, without a gap", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(99), { minLength: 2, maxLength: 12 }), async (prices) => {
        const tenantId = await newTenant();
        const results = await Promise.all(
          prices.map((price, index) => writerAt(writers, index).ingest(lamp(tenantId, 'next', { price }))),
        );
        expect(results.map(({ outcome }) => outcome)).toEqual(prices.map(() => 'inserted'));
        const versions = results.map(({ version }) => version).sort((a, b) => a - b);
        expect(versions).toEqual(prices.map((_, index) => index + 1));
        await expectFollowed(writerAt(writers, 0), tenantId, prices.length);
        const stored = await pricesOf(writerAt(writers, 0), tenantId, prices.length);
        expect(stored).toEqual(
          results.toSorted((a, b) => a.version - b.version).map((result) => prices[results.indexOf(result)]),
        );
      }),
      { numRuns: runs },
    );
  });

  it("writers of the same content as 'next' make one version of it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 12 }), async (count) => {
        const tenantId = await newTenant();
        const racing = Array.from({ length: count }, (_, index) =>
          writerAt(writers, index).ingest(lamp(tenantId, 'next', {})),
        );
        const results = await Promise.all(racing);
        expect(results.map(({ version }) => version)).toEqual(results.map(() => 1));
        expect(results.filter(({ outcome }) => outcome === 'inserted')).toHaveLength(1);
        await expectFollowed(writerAt(writers, 0), tenantId, 1);
      }),
      { numRuns: runs },
    );
  });

  it('writers of one fixed version: one wins, the same content is unchanged, other content is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2), { minLength: 2, maxLength: 10 }), async (prices) => {
        const tenantId = await newTenant();
        const outcomes = await Promise.all(
          prices.map((price, index) => outcomeOf(writerAt(writers, index).ingest(lamp(tenantId, 1, { price })))),
        );
        expect(outcomes.filter((outcome) => outcome === 'inserted')).toHaveLength(1);
        const winner = prices[outcomes.indexOf('inserted')];
        const expected = prices.map((price) =>
          price === winner ? /^(inserted|unchanged)$/ : /^rawdata\.content_conflict$/,
        );
        for (const [index, outcome] of outcomes.entries()) expect(outcome).toMatch(expected[index] ?? /never/);
        expect(await pricesOf(writerAt(writers, 0), tenantId, 1)).toEqual([winner]);
        await expectFollowed(writerAt(writers, 0), tenantId, 1);
      }),
      { numRuns: runs },
    );
  });

  it('writers of a run of fixed versions lose none: what came too early is a gap, and fits when sent again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 6 }), async (order) => {
        const tenantId = await newTenant();
        await writerAt(writers, 0).ingest(lamp(tenantId, 1, { price: 1 }));
        let left: readonly number[] = order;
        for (let round = 0; left.length > 0; round += 1) {
          expect(round).toBeLessThan(7);
          const outcomes = await Promise.all(
            left.map((version, index) =>
              outcomeOf(writerAt(writers, index).ingest(lamp(tenantId, version, { price: version }))),
            ),
          );
          for (const outcome of outcomes) expect(outcome).toMatch(/^(inserted|unchanged|rawdata\.version_gap)$/);
          left = left.filter((_, index) => outcomes[index] === 'rawdata.version_gap');
        }
        expect(await pricesOf(writerAt(writers, 0), tenantId, 6)).toEqual([1, 2, 3, 4, 5, 6]);
        await expectFollowed(writerAt(writers, 0), tenantId, 6);
      }),
      { numRuns: runs },
    );
  });

  it('resumes that run at once pay every debt once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 2, max: 5 }), async (entities, count) => {
        const tenantId = await newTenant();
        for (let entity = 0; entity < entities; entity += 1) {
          await writerAt(writers, 0).insertRawdata({ ...lamp(tenantId, 1, {}), entityKey: `product#E${entity}` });
        }
        const results = await Promise.all(
          Array.from({ length: count }, (_, index) => writerAt(writers, index).resume({ tenantId })),
        );
        for (const { owed, settled, leftRefused, refused, droppedArchived, leftToOthers } of results) {
          expect(owed).toBe(settled + leftRefused + refused + droppedArchived + leftToOthers);
          expect(refused + leftRefused + droppedArchived).toBe(0);
        }
        const paid = results.reduce((sum, { settled }) => sum + settled, 0);
        expect(paid).toBe(entities);
        const active = await writerAt(writers, 0).listByState({ tenantId, state: 'ACTIVE' });
        expect(active.items).toHaveLength(entities + 1);
      }),
      { numRuns: runs },
    );
  });
});

function writerAt(writers: readonly Runtime[], index: number): Runtime {
  const writer = writers[index % writers.length];
  if (writer === undefined) throw new Error('expected a writer');
  return writer;
}

function lamp(
  tenantId: string,
  version: number | 'next',
  changes: JsonObject,
): IngestInput & { readonly payload: JsonObject } {
  return { tenantId, entityKey: 'product#P1', version, payload: { ...LAMP, ...changes } };
}

async function outcomeOf(call: Promise<IngestResult>): Promise<string> {
  return call.then(
    ({ outcome }) => outcome,
    (error: unknown) => {
      if (isSlicewiseError(error)) return error.code;
      throw error;
    },
  );
}

/** Whoever raced, the newest version is sliced, nothing is owed, and computing it again gives the same hashes. */
async function expectFollowed(runtime: Runtime, tenantId: string, newest: number): Promise<void> {
  const address = { tenantId, entityKey: 'product#P1' };
  await expect(runtime.activeVersion({ ...address, ruleSetRef: PRODUCT_RULES })).resolves.toMatchObject({
    version: newest,
  });
  const again = { ...address, version: newest, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' } as const;
  await expect(runtime.slicing(again)).resolves.toMatchObject({ outcome: 'unchanged', settled: true });
  const { items } = await runtime.listByState({ tenantId, state: 'ACTIVE' });
  expect(items).toContainEqual(expect.objectContaining({ entityKey: 'product#P1', version: newest, owed: {} }));
}

async function pricesOf(runtime: Runtime, tenantId: string, versions: number): Promise<readonly unknown[]> {
  const prices = [];
  for (let version = 1; version <= versions; version += 1) {
    const { payload } = await runtime.getRawdata({ tenantId, entityKey: 'product#P1', version });
    prices.push(payload?.['price']);
  }
  return prices;
}
