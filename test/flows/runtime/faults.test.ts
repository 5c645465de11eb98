import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { storeTimeout } from '../../../src/ports/store-errors.ts';
import { type Fault, type FaultyStore, faultyStore, SimulatedCrash } from '../../support/faulty-store.ts';
import {
  ACME,
  BRAND_RULES,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_PAGE,
  PRODUCT_RULES,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { type Contents, contentsOf } from '../../support/store-contents.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const CHAIR = { title: 'Chair', price: 3, brand_id: 'ACME', category_ids: ['home'] };

interface Scenario {
  readonly flow: string;
  readonly prepare: (runtime: Runtime) => Promise<unknown>;
  readonly act: (runtime: Runtime) => Promise<unknown>;
  /** `true`: it only reads, so its answer counts too. */
  readonly isReading?: boolean;
}

const withBrand = (runtime: Runtime) =>
  runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
const withProduct = async (runtime: Runtime) => {
  await withBrand(runtime);
  await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
};
const withTwoInserted = async (runtime: Runtime) => {
  await withProduct(runtime);
  await runtime.insertRawdata({ ...PRODUCT, version: 2, payload: CHAIR });
};

const SCENARIOS: readonly Scenario[] = [
  {
    flow: 'insertRawdata',
    prepare: withBrand,
    act: (runtime) => runtime.insertRawdata({ ...PRODUCT, version: 1, payload: LAMP }),
  },
  {
    flow: "insertRawdata 'next'",
    prepare: withProduct,
    act: (runtime) => runtime.insertRawdata({ ...PRODUCT, version: 'next', payload: CHAIR }),
  },
  {
    flow: 'createChangeSet',
    prepare: withTwoInserted,
    act: (runtime) => runtime.createChangeSet({ ...PRODUCT, fromVersion: 1, toVersion: 2, ruleSetRef: PRODUCT_RULES }),
  },
  {
    flow: 'slicing FULL',
    prepare: withTwoInserted,
    act: (runtime) => runtime.slicing({ ...PRODUCT, version: 2, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' }),
  },
  {
    flow: 'slicing INCREMENTAL',
    prepare: async (runtime) => {
      await withTwoInserted(runtime);
      await runtime.createChangeSet({ ...PRODUCT, fromVersion: 1, toVersion: 2, ruleSetRef: PRODUCT_RULES });
    },
    act: (runtime) =>
      runtime.slicing({ ...PRODUCT, version: 2, ruleSetRef: PRODUCT_RULES, mode: 'INCREMENTAL', fromVersion: 1 }),
  },
  {
    flow: 'ingest the first version',
    prepare: withBrand,
    act: (runtime) => runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP }),
  },
  {
    flow: 'ingest the next version',
    prepare: withProduct,
    act: (runtime) => runtime.ingest({ ...PRODUCT, version: 'next', payload: CHAIR }),
  },
  {
    flow: 'ingest a deletion',
    prepare: withProduct,
    act: (runtime) => runtime.ingest({ ...PRODUCT, version: 'next', deleted: true }),
  },
  {
    flow: 'ingest a version that is refused',
    prepare: withProduct,
    act: (runtime) => runtime.ingest({ ...PRODUCT, version: 2, payload: { ...CHAIR, brand_id: 'NOBODY' } }),
  },
  {
    flow: 'resume',
    prepare: async (runtime) => {
      await withTwoInserted(runtime);
      await runtime.insertRawdata({ ...PRODUCT, entityKey: 'product#P2', version: 1, payload: LAMP });
    },
    act: (runtime) => runtime.resume({ tenantId: TENANT }),
  },
  {
    flow: 'queryView',
    prepare: withProduct,
    act: (runtime) => runtime.queryView({ ...PRODUCT, version: 'active', viewRef: PRODUCT_PAGE }),
    isReading: true,
  },
  {
    flow: 'explain',
    prepare: withProduct,
    act: (runtime) =>
      runtime.explain({ ...PRODUCT, version: 1, ruleSetRef: PRODUCT_RULES, sliceType: 'PRODUCT_BRAND' }),
    isReading: true,
  },
];

/** A claim that a crash left behind is old by the time of the second try. */
const LATER = { now: () => 60 * 60 * 1000 };
const BEFORE = { now: () => 0 };

describe.each(SCENARIOS)('$flow', ({ prepare, act, isReading = false }) => {
  it('completes in spite of a soft fault at any store call, whether or not the call was applied', async () => {
    const expected = await withoutFaults(prepare, act);
    for (let call = 1; call <= expected.callCount; call += 1) {
      for (const applied of ['nothing', 'part', 'all'] as const) {
        for (const error of ['unavailable', 'timeout', 'throttled'] as const) {
          const { store, faulty } = await prepared(prepare, [{ call, applied, ends: 'reject', error }]);
          const answer = await act(openRuntime(PRODUCT_CATALOGUE, { store: faulty, clock: BEFORE }));
          expect(faulty.struck).toHaveLength(1);
          expect(await contents(store)).toEqual(expected.contents);
          if (isReading) expect(answer).toEqual(expected.answer);
        }
      }
    }
  });

  it('completes when it is called again after a crash at any store call', async () => {
    const expected = await withoutFaults(prepare, act);
    for (let call = 1; call <= expected.callCount; call += 1) {
      for (const applied of ['nothing', 'part', 'all'] as const) {
        const { store, faulty } = await prepared(prepare, [{ call, applied, ends: 'crash' }]);
        const dying = act(openRuntime(PRODUCT_CATALOGUE, { store: faulty, clock: BEFORE }));
        await expect(dying).rejects.toBeInstanceOf(SimulatedCrash);
        const answer = await act(openRuntime(PRODUCT_CATALOGUE, { store, clock: LATER }));
        expect(await contents(store)).toEqual(expected.contents);
        if (isReading) expect(answer).toEqual(expected.answer);
      }
    }
  });

  it('fails softly where the store stays away, says how often it tried, and completes when called again', async () => {
    const expected = await withoutFaults(prepare, act);
    for (let call = 1; call <= expected.callCount; call += 1) {
      const outage = Array.from(
        { length: 500 },
        (_, index): Fault => ({ call: call + index, applied: 'nothing', ends: 'reject' }),
      );
      const { store, faulty } = await prepared(prepare, outage);
      const retry = { maxAttempts: 3 };
      const failure = await act(openRuntime(PRODUCT_CATALOGUE, { store: faulty, retry, clock: BEFORE })).then(
        () => null,
        (error: unknown) => error,
      );
      expect(isSlicewiseError(failure) && failure.toJSON()).toMatchObject({
        code: 'store.unavailable',
        retryable: true,
        message: expect.stringContaining('(tried 3 times)'),
        details: { attempts: 3 },
      });
      await act(openRuntime(PRODUCT_CATALOGUE, { store, clock: LATER }));
      expect(await contents(store)).toEqual(expected.contents);
    }
  });
});

it('an insert that never hears an answer looks whether its version is in, and adds no second copy', async () => {
  const { store } = await prepared(withProduct, []);
  const silent = wrapStore(store, async (method, _args, call) => {
    const answer = await call();
    if (method === 'insert') throw storeTimeout({ store: store.name, found: 'none', advice: 'Call again.' });
    return answer;
  });
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store: silent });
  const input = { ...PRODUCT, version: 'next', payload: CHAIR } as const;
  await expect(runtime.insertRawdata(input)).resolves.toMatchObject({ outcome: 'unchanged', version: 2 });
  const { items } = await runtime.listVersions(PRODUCT);
  expect(items.map(({ version }) => version)).toEqual([2, 1]);
});

it('an insert whose outcome is unknown names the version that it tried, and settles it when called again', async () => {
  const { store } = await prepared(withProduct, []);
  let hasInserted = false;
  const silent = wrapStore(store, async (method, _args, call) => {
    const answer = await call();
    hasInserted ||= method === 'insert';
    if (hasInserted) throw storeTimeout({ store: store.name, found: 'none', advice: 'Call again.' });
    return answer;
  });
  const input = { ...PRODUCT, version: 'next', payload: CHAIR } as const;
  await expect(openRuntime(PRODUCT_CATALOGUE, { store: silent }).insertRawdata(input)).rejects.toMatchObject({
    code: 'store.timeout',
    retryable: true,
    details: { triedVersion: 2, attempts: 5 },
    message: expect.stringContaining('product#P1 version 2'),
  });
  const again = openRuntime(PRODUCT_CATALOGUE, { store });
  await expect(again.insertRawdata(input)).resolves.toMatchObject({ outcome: 'unchanged', version: 2 });
  const { items } = await again.listVersions(PRODUCT);
  expect(items.map(({ version }) => version)).toEqual([2, 1]);
});

it("an unacknowledged 'next' that others have overtaken since is found where it went, and put no second time", async () => {
  const { store } = await prepared(withProduct, []);
  const other = openRuntime(PRODUCT_CATALOGUE, { store });
  let isFirst = true;
  const overtaken = wrapStore(store, async (method, _args, call) => {
    const answer = await call();
    if (method !== 'insert' || !isFirst) return answer;
    isFirst = false;
    await other.insertRawdata({ ...PRODUCT, version: 'next', payload: { title: 'Overtaker' } });
    throw storeTimeout({ store: store.name, found: 'none', advice: 'Call again.' });
  });
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store: overtaken });
  const input = { ...PRODUCT, version: 'next', payload: CHAIR } as const;
  await expect(runtime.insertRawdata(input)).resolves.toMatchObject({ outcome: 'unchanged', version: 2 });
  const { items } = await other.listVersions(PRODUCT);
  expect(items.map(({ version }) => version)).toEqual([3, 2, 1]);
});

interface FaultFree {
  readonly callCount: number;
  readonly contents: Contents;
  readonly answer: unknown;
}

async function withoutFaults(prepare: Scenario['prepare'], act: Scenario['act']): Promise<FaultFree> {
  const { store, faulty } = await prepared(prepare, []);
  const answer = await act(openRuntime(PRODUCT_CATALOGUE, { store: faulty, clock: BEFORE }));
  return { callCount: faulty.callCount, contents: await contents(store), answer };
}

async function prepared(
  prepare: Scenario['prepare'],
  plan: readonly Fault[],
): Promise<{ readonly store: Store; readonly faulty: FaultyStore }> {
  const store = createMemoryStore();
  await prepare(openRuntime(PRODUCT_CATALOGUE, { store, clock: BEFORE }));
  return { store, faulty: faultyStore(store, plan) };
}

function contents(store: Store): Promise<Contents> {
  return contentsOf(store, {
    tenantId: TENANT,
    ruleSets: [refOf(PRODUCT_RULES), refOf(BRAND_RULES)],
    schemas: [refOf('product@2.1.0'), refOf('brand@1.0.0')],
    indexKeys: [
      'IDX#brand#ACME#product',
      'IDX#brand#NOBODY#product',
      'IDX#category#home#product',
      'IDX#category#lights#product',
    ],
  });
}

function refOf(text: string) {
  const [id = '', version = ''] = text.split('@');
  return { id, version };
}
