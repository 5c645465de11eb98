/** Inputs that are refused: each gets its code and a message that names the place, and leaves the store as it was. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_PAGE, PRODUCT_RULES } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { type Contents, contentsOf } from '../../support/store-contents.ts';

/** The store holds `brand#ACME` at version 1, and `product#P1` sliced at 5 and 6 and inserted at 7 and 8. */
export const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
export const NEXT = { ...PRODUCT, version: 9 } as const;
export const SLICED = { ...PRODUCT, ruleSetRef: PRODUCT_RULES } as const;
export const VIEWED = { ...PRODUCT, viewRef: PRODUCT_PAGE } as const;

export interface BadInput {
  readonly what: string;
  readonly code: string;
  /** What the message must name: the place, and what is wrong there. */
  readonly names: readonly (string | RegExp)[];
  readonly call: (runtime: Runtime) => Promise<unknown>;
  readonly contracts?: readonly JsonObject[];
}

export function describeBadInput(group: string, cases: readonly BadInput[]): void {
  describe(`bad input: ${group}`, () => {
    let store: Store;
    let before: Contents;

    beforeEach(async () => {
      store = createMemoryStore();
      await fill(store);
      before = await allOf(store);
    });

    it.each(cases)(
      '$what: $code, and the store is left as it was',
      async ({ code, names, call, contracts = PRODUCT_CATALOGUE }) => {
        const failure = await call(openRuntime(contracts, { store })).then(
          () => 'no failure',
          (error: unknown) => error,
        );
        if (!isSlicewiseError(failure)) throw failure;
        expect(failure.toJSON()).toMatchObject({ code, retryable: false });
        for (const name of names) {
          if (typeof name === 'string') expect(failure.message).toContain(name);
          else expect(failure.message).toMatch(name);
        }
        expect(await allOf(store)).toEqual(before);
      },
    );
  });
}

async function fill(store: Store): Promise<void> {
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
  await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
  await runtime.ingest({ ...PRODUCT, version: 5, payload: LAMP });
  await runtime.ingest({ ...PRODUCT, version: 6, payload: { ...LAMP, price: 6 } });
  await runtime.insertRawdata({ ...PRODUCT, version: 7, payload: { ...LAMP, price: 7 } });
  await runtime.insertRawdata({ ...PRODUCT, version: 8, payload: { ...LAMP, price: 8 } });
  await runtime.ingest({ tenantId: TENANT, entityKey: 'product#NO_PRICE', version: 1, payload: { title: 'Lamp' } });
}

function allOf(store: Store): Promise<Contents> {
  const refOf = (id: string, version: string) => ({ id, version });
  return contentsOf(store, {
    tenantId: TENANT,
    ruleSets: [refOf('product-core', '1.3.0'), refOf('brand-core', '1.0.0'), refOf('product-chained', '1.0.0')],
    schemas: [refOf('product', '2.1.0'), refOf('product', '2.2.0'), refOf('brand', '1.0.0')],
    indexKeys: ['IDX#brand#ACME#product', 'IDX#category#home#product', 'IDX#category#lights#product'],
  });
}
