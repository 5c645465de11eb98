/** A version whose put was never acknowledged: looked for, named, and never put a second time. */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { storeTimeout } from '../../../src/ports/store-errors.ts';
import {
  ACME,
  brandRules,
  brandSchema,
  joinlessRules,
  LAMP,
  PRODUCT_CATALOGUE,
  productSchema,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { onStore, STORE_KINDS, type StoreKind } from '../../support/store-kinds.ts';
import { type StoreMethod, wrapStore } from '../../support/wrap-store.ts';

/** So that nothing follows a version that is put in. */
const NOTHING_JOINED = [brandSchema(), productSchema(), brandRules(), joinlessRules()];
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const CHAIR = { title: 'Chair', price: 3, brand_id: 'ACME', category_ids: ['home'] };
const RENAMED = { name: 'Acme & Co', logo_url: null };

async function withVersions(runtime: Runtime): Promise<void> {
  await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
  await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
}

interface PutCase {
  readonly put: string;
  readonly kind: StoreKind;
  /** The store's call that puts the version in. */
  readonly method: StoreMethod;
  readonly address: typeof PRODUCT | typeof BRAND;
  readonly putNext: (runtime: Runtime) => Promise<unknown>;
  /** What the answer says beside outcome and version once it is known that the version is in. */
  readonly answer: object;
}

const INSERT = {
  put: 'an insert',
  method: 'insert',
  address: PRODUCT,
  putNext: (runtime: Runtime) => runtime.insertRawdata({ ...PRODUCT, version: 'next', payload: CHAIR }),
  answer: {},
} as const;

const INGEST = {
  put: 'an ingest in one step',
  method: 'writeTogether',
  address: BRAND,
  putNext: (runtime: Runtime) => runtime.ingest({ ...BRAND, version: 'next', payload: RENAMED }),
  answer: { slicing: 'settled' },
} as const;

const PUTS: readonly PutCase[] = STORE_KINDS.flatMap((kind) =>
  // Only a store that writes together has that step.
  (kind.kind === 'memory' ? [INSERT] : [INSERT, INGEST]).map((put) => ({ ...put, kind })),
);

describe.each(PUTS)('$put over $kind.kind', ({ kind, method, address, putNext, answer }) => {
  const prepareStores = () => kind.prepare((store) => withVersions(openRuntime(NOTHING_JOINED, { store })));
  const silence = (store: Store) => storeTimeout({ store: store.name, found: 'none', advice: 'Call again.' });
  const versionsIn = async (store: Store) => {
    const { items } = await openRuntime(NOTHING_JOINED, { store }).listVersions(address);
    return items.map(({ version }) => version);
  };

  it('that never hears an answer looks whether its version is in, and adds no second copy', async () => {
    await onStore(await prepareStores(), async (store) => {
      let calls = 0;
      const silent = wrapStore(store, async (called, _args, call) => {
        const result = await call();
        if (called !== method) return result;
        calls += 1;
        throw silence(store);
      });
      const runtime = openRuntime(NOTHING_JOINED, { store: silent });
      await expect(putNext(runtime)).resolves.toMatchObject({ outcome: 'unchanged', version: 2, ...answer });
      expect(calls).toBeGreaterThan(1);
      expect(await versionsIn(store)).toEqual([2, 1]);
    });
  });

  it.each(['applied', 'not applied'])(
    'whose outcome is unknown, %s, names the version that it tried, and settles it when called again',
    async (how) => {
      await onStore(await prepareStores(), async (store) => {
        let isSilent = false;
        const silent = wrapStore(store, async (called, _args, call) => {
          isSilent ||= called === method;
          if (how === 'applied' || !isSilent) {
            const result = await call();
            if (!isSilent) return result;
          }
          throw silence(store);
        });
        await expect(putNext(openRuntime(NOTHING_JOINED, { store: silent }))).rejects.toMatchObject({
          code: 'store.timeout',
          retryable: true,
          details: { triedVersion: 2, attempts: 5 },
          message: expect.stringContaining(`${address.entityKey} version 2`),
        });
        const outcome = how === 'applied' ? 'unchanged' : 'inserted';
        const again = putNext(openRuntime(NOTHING_JOINED, { store }));
        await expect(again).resolves.toMatchObject({ outcome, version: 2, ...answer });
        expect(await versionsIn(store)).toEqual([2, 1]);
      });
    },
  );

  it("of a 'next' that others have overtaken since finds it where it went, and puts it no second time", async () => {
    await onStore(await prepareStores(), async (store) => {
      const other = openRuntime(NOTHING_JOINED, { store });
      let isFirst = true;
      const overtaken = wrapStore(store, async (called, _args, call) => {
        const result = await call();
        if (called !== method || !isFirst) return result;
        isFirst = false;
        await other.insertRawdata({ ...address, version: 'next', deleted: true });
        throw silence(store);
      });
      const runtime = openRuntime(NOTHING_JOINED, { store: overtaken });
      await expect(putNext(runtime)).resolves.toMatchObject({ outcome: 'unchanged', version: 2 });
      expect(isFirst).toBe(false);
      expect(await versionsIn(store)).toEqual([3, 2, 1]);
    });
  });
});

describe.each(STORE_KINDS)("an ingest of 'next' over $kind", (kind) => {
  const openStore = async () =>
    (await kind.prepare((store) => withVersions(openRuntime(PRODUCT_CATALOGUE, { store }))))();
  const failAfterInsert = (store: Store) => {
    let isIn = false;
    return wrapStore(store, async (called, _args, call) => {
      if (isIn) throw storeTimeout({ store: store.name, found: 'none', advice: 'Call again.' });
      const result = await call();
      isIn = called === 'insert';
      return result;
    });
  };
  const chair = { ...PRODUCT, payload: CHAIR } as const;

  it('whose version is in and whose slicing fails softly names the version', async () => {
    await onStore(openStore, async (store) => {
      const failing = openRuntime(PRODUCT_CATALOGUE, { store: failAfterInsert(store) });
      await expect(failing.ingest({ ...chair, version: 'next' })).rejects.toMatchObject({
        code: 'store.timeout',
        retryable: true,
        details: { triedVersion: 2, attempts: 5 },
        message: expect.stringContaining('product#P1 version 2'),
      });
    });
  });

  it('that is called again with that version is sliced, and in once, though others have put versions since', async () => {
    await onStore(openStore, async (store) => {
      const failing = openRuntime(PRODUCT_CATALOGUE, { store: failAfterInsert(store) });
      const error = await failing.ingest({ ...chair, version: 'next' }).catch((failure) => failure);
      const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
      await runtime.ingest({ ...PRODUCT, version: 'next', payload: LAMP });
      const again = runtime.ingest({ ...chair, version: error.details.triedVersion });
      await expect(again).resolves.toMatchObject({ outcome: 'unchanged', version: 2, slicing: 'superseded' });
      const { items } = await runtime.listVersions(PRODUCT);
      expect(items.map(({ version }) => version)).toEqual([3, 2, 1]);
    });
  });
});

it("an insert of 'next' that cannot look what its unanswered try has done names the version", async () => {
  const store = createMemoryStore();
  await withVersions(openRuntime(PRODUCT_CATALOGUE, { store }));
  let inserts = 0;
  const failing = wrapStore(store, async (called, _args, call) => {
    if (inserts > 1) throw storeTimeout({ store: store.name, found: 'none', advice: 'Call again.' });
    const result = await call();
    if (called !== 'insert') return result;
    inserts += 1;
    if (inserts === 1) throw storeTimeout({ store: store.name, found: 'none', advice: 'Call again.' });
    return result;
  });
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store: failing });
  await expect(runtime.insertRawdata({ ...PRODUCT, version: 'next', payload: CHAIR })).rejects.toMatchObject({
    code: 'store.timeout',
    details: { triedVersion: 2 },
  });
});
