import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { RangeQuery } from '../../src/ports/store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_PAGE, PRODUCT_RULES } from '../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { wrapStore } from '../support/wrap-store.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;

interface Flow {
  readonly flow: string;
  readonly run: (runtime: Runtime) => Promise<unknown>;
}

/** Each on an entity whose newest version is 3. */
const FLOWS: readonly Flow[] = [
  {
    flow: 'insertRawdata',
    run: (runtime) => runtime.insertRawdata({ ...PRODUCT, version: 'next', payload: ACME_LAMP }),
  },
  { flow: 'ingest', run: (runtime) => runtime.ingest({ ...PRODUCT, version: 4, payload: ACME_LAMP }) },
  { flow: 'ingest a deletion', run: (runtime) => runtime.ingest({ ...PRODUCT, version: 'next', deleted: true }) },
  {
    flow: 'createChangeSet',
    run: (runtime) => runtime.createChangeSet({ ...PRODUCT, fromVersion: 2, toVersion: 3, ruleSetRef: PRODUCT_RULES }),
  },
  {
    flow: 'slicing FULL',
    run: (runtime) => runtime.slicing({ ...PRODUCT, version: 2, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' }),
  },
  {
    flow: 'slicing INCREMENTAL',
    run: (runtime) =>
      runtime.slicing({ ...PRODUCT, version: 3, ruleSetRef: PRODUCT_RULES, mode: 'INCREMENTAL', fromVersion: 2 }),
  },
  { flow: 'queryView', run: (runtime) => runtime.queryView({ ...PRODUCT, version: 1, viewRef: PRODUCT_PAGE }) },
  {
    flow: 'explain',
    run: (runtime) => runtime.explain({ ...PRODUCT, version: 2, ruleSetRef: PRODUCT_RULES, sliceType: 'PRODUCT_CORE' }),
  },
  { flow: 'getRawdata', run: (runtime) => runtime.getRawdata({ ...PRODUCT, version: 'newest' }) },
  { flow: 'listVersions', run: (runtime) => runtime.listVersions({ ...PRODUCT, limit: 2 }) },
  { flow: 'listEntities', run: (runtime) => runtime.listEntities({ tenantId: TENANT, limit: 2, prefix: 'product#' }) },
  { flow: 'listByState', run: (runtime) => runtime.listByState({ tenantId: TENANT, state: 'ACTIVE', limit: 2 }) },
  { flow: 'getStatus', run: (runtime) => runtime.getStatus(PRODUCT) },
  {
    flow: 'lookUpIndex',
    run: (runtime) => runtime.lookUpIndex({ tenantId: TENANT, indexKey: 'IDX#brand#ACME#product', limit: 2 }),
  },
  {
    flow: 'sweepIndex',
    run: (runtime) => runtime.sweepIndex({ tenantId: TENANT, indexKey: 'IDX#category#none#product' }),
  },
  { flow: 'resume', run: (runtime) => runtime.resume({ tenantId: TENANT }) },
];
const ACME_LAMP = { ...LAMP, title: 'Another lamp' };

describe('L11: no scans', () => {
  it.each(FLOWS)('$flow makes the same store calls beside 2 other entities as beside 40', async ({ run }) => {
    const few = await callsOf(run, 2);
    const many = await callsOf(run, 40);
    expect(many).toEqual(few);
    expect(few.length).toBeLessThan(40);
  });
});

/** Every call with what it asks for, on a store where as many other entities are all settled. */
async function callsOf(run: Flow['run'], others: number): Promise<readonly string[]> {
  const inner = createTestStore();
  const before = openRuntime(PRODUCT_CATALOGUE, { store: inner });
  await before.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
  for (let version = 1; version <= 3; version += 1) {
    await before.ingest({ ...PRODUCT, version, payload: { ...LAMP, price: version } });
  }
  for (let other = 0; other < others; other += 1) {
    await before.ingest({ tenantId: TENANT, entityKey: `product#X${other}`, version: 1, payload: LAMP });
  }
  const calls: string[] = [];
  const store = wrapStore(inner, (method, args, call) => {
    calls.push(`${method} ${sizeOf(args[0])}`);
    return call();
  });
  await run(openRuntime(PRODUCT_CATALOGUE, { store }));
  return calls;
}

/** How many keys or records a call names, or which range it reads and up to how much of it. */
function sizeOf(argument: unknown): string {
  if (Array.isArray(argument)) return `${argument.length} records`;
  if (typeof argument !== 'object' || argument === null || !('range' in argument)) return 'one record';
  // Only range queries have a `range`.
  const { range, limit } = argument as RangeQuery;
  expect(limit).toBeLessThanOrEqual(100);
  return `${range}, ${limit} at most`;
}
