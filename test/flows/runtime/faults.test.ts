import { describe, expect, it } from 'vitest';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { type Fault, faultyStore, SimulatedCrash, type SoftFault } from '../../support/faulty-store.ts';
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
import { onStore, STORE_KINDS, type StoreKind } from '../../support/store-kinds.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const RENAMED = { name: 'Acme & Co', logo_url: null };
const CHAIR = { title: 'Chair', price: 3, brand_id: 'ACME', category_ids: ['home'] };

interface Scenario {
  readonly flow: string;
  readonly prepare: (runtime: Runtime) => Promise<unknown>;
  readonly act: (runtime: Runtime) => Promise<unknown>;
  /** `true`: it only reads, so its answer counts too. */
  readonly isReading?: boolean;
}

const withNothing = async () => undefined;
const withBrand = (runtime: Runtime) => runtime.ingest({ ...BRAND, version: 1, payload: ACME });
const withTwoBrandsInserted = async (runtime: Runtime) => {
  await withBrand(runtime);
  await runtime.insertRawdata({ ...BRAND, version: 2, payload: RENAMED });
};
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
    flow: 'slicing FULL without joins',
    prepare: withTwoBrandsInserted,
    act: (runtime) => runtime.slicing({ ...BRAND, version: 2, ruleSetRef: BRAND_RULES, mode: 'FULL_REBUILD' }),
  },
  {
    flow: 'slicing INCREMENTAL without joins',
    prepare: async (runtime) => {
      await withTwoBrandsInserted(runtime);
      await runtime.createChangeSet({ ...BRAND, fromVersion: 1, toVersion: 2, ruleSetRef: BRAND_RULES });
    },
    act: (runtime) =>
      runtime.slicing({ ...BRAND, version: 2, ruleSetRef: BRAND_RULES, mode: 'INCREMENTAL', fromVersion: 1 }),
  },
  {
    flow: 'ingest a first version without joins',
    prepare: withNothing,
    act: (runtime) => runtime.ingest({ ...BRAND, version: 1, payload: ACME }),
  },
  {
    flow: 'ingest a next version without joins',
    prepare: withBrand,
    act: (runtime) => runtime.ingest({ ...BRAND, version: 'next', payload: RENAMED }),
  },
  {
    flow: 'ingest a deletion without joins',
    prepare: withBrand,
    act: (runtime) => runtime.ingest({ ...BRAND, version: 'next', deleted: true }),
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

const ALL_ERRORS: readonly SoftFault[] = ['unavailable', 'timeout', 'throttled'];

/** Which error it is concerns the retries alone, so that one kind of store stands for all in this. */
const errorsOn = ({ kind }: StoreKind) => (kind === 'memory' ? ALL_ERRORS : (['unavailable'] as const));

const CASES = STORE_KINDS.flatMap((store) => SCENARIOS.map((scenario) => ({ ...scenario, store })));

describe.each(CASES)('$flow, over $store.kind', ({ prepare, act, isReading = false, store: kind }) => {
  const prepareStores = () =>
    kind.prepare((store) => prepare(openRuntime(PRODUCT_CATALOGUE, { store, clock: BEFORE })));

  it('completes in spite of a soft fault at any store call, whether or not the call was applied', async () => {
    const open = await prepareStores();
    const expected = await withoutFaults(open, act);
    for (let call = 1; call <= expected.callCount; call += 1) {
      for (const applied of ['nothing', 'part', 'all'] as const) {
        for (const error of errorsOn(kind)) {
          await onStore(open, async (store) => {
            const faulty = faultyStore(store, [{ call, applied, ends: 'reject', error }]);
            const answer = await act(openRuntime(PRODUCT_CATALOGUE, { store: faulty, clock: BEFORE }));
            expect(faulty.struck).toHaveLength(1);
            expect(await contents(store)).toEqual(expected.contents);
            if (isReading) expect(answer).toEqual(expected.answer);
          });
        }
      }
    }
  });

  it('completes when it is called again after a crash at any store call', async () => {
    const open = await prepareStores();
    const expected = await withoutFaults(open, act);
    for (let call = 1; call <= expected.callCount; call += 1) {
      for (const applied of ['nothing', 'part', 'all'] as const) {
        await onStore(open, async (store) => {
          const faulty = faultyStore(store, [{ call, applied, ends: 'crash' }]);
          const dying = act(openRuntime(PRODUCT_CATALOGUE, { store: faulty, clock: BEFORE }));
          await expect(dying).rejects.toBeInstanceOf(SimulatedCrash);
          const answer = await act(openRuntime(PRODUCT_CATALOGUE, { store, clock: LATER }));
          expect(await contents(store)).toEqual(expected.contents);
          if (isReading) expect(answer).toEqual(expected.answer);
        });
      }
    }
  });

  it('fails softly where the store stays away, says how often it tried, and completes when called again', async () => {
    const open = await prepareStores();
    const expected = await withoutFaults(open, act);
    for (let call = 1; call <= expected.callCount; call += 1) {
      const outage = Array.from(
        { length: 500 },
        (_, index): Fault => ({ call: call + index, applied: 'nothing', ends: 'reject' }),
      );
      await onStore(open, async (store) => {
        const faulty = faultyStore(store, outage);
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
      });
    }
  });
});

interface FaultFree {
  readonly callCount: number;
  readonly contents: Contents;
  readonly answer: unknown;
}

function withoutFaults(open: () => Promise<Store>, act: Scenario['act']): Promise<FaultFree> {
  return onStore(open, async (store) => {
    const faulty = faultyStore(store, []);
    const answer = await act(openRuntime(PRODUCT_CATALOGUE, { store: faulty, clock: BEFORE }));
    return { callCount: faulty.callCount, contents: await contents(store), answer };
  });
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
