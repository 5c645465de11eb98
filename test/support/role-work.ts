/** What processes of each role do with a store and its payloads, for the tests of what they have to be allowed to do. */
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { PayloadStore } from '../../src/ports/payload-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { addressOf, sliceOf, someBytes, someHash } from '../conformance/record-builders.ts';
import { ACME, BRAND_RULES, LAMP, PRODUCT_CATALOGUE, PRODUCT_PAGE, PRODUCT_RULES } from './product-catalogue.ts';
import { openRuntime } from './runtime-fixture.ts';

export interface RoleStores {
  readonly store: Store;
  readonly payloadStore: PayloadStore;
}

const TENANT = 'roles';
const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const OTHER_BRAND = { tenantId: TENANT, entityKey: 'brand#APEX' } as const;
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const OTHER = { tenantId: TENANT, entityKey: 'product#P2' } as const;
const UNDER_BRAND = { tenantId: TENANT, indexKey: 'IDX#brand#ACME#product' } as const;
/** Too long for a record. */
const LARGE: JsonObject = { ...LAMP, internal_note: 'x'.repeat(120_000) };

const APEX_LAMP: JsonObject = { ...LAMP, brand_id: 'APEX' };

/** Puts in, slices, joins, follows, fills up an older version, sweeps and rebuilds the index. */
export async function workAsWriter(stores: RoleStores): Promise<void> {
  const runtime = openRuntime(PRODUCT_CATALOGUE, stores);
  await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
  await runtime.ingest({ ...OTHER_BRAND, version: 1, payload: { ...ACME, name: 'Apex' } });
  await runtime.ingest({ ...PRODUCT, version: 1, payload: LARGE });
  await runtime.insertRawdata({ ...OTHER, version: 1, payload: LAMP });
  await runtime.insertRawdata({ ...OTHER, version: 2, payload: { ...LAMP, title: 'Desk lamp' } });
  const slicing = { ...OTHER, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' } as const;
  await runtime.slicing({ ...slicing, version: 2 });
  await runtime.slicing({ ...slicing, version: 1 });
  await runtime.createChangeSet({ ...OTHER, fromVersion: 1, toVersion: 2, ruleSetRef: PRODUCT_RULES });
  await runtime.resume({ tenantId: TENANT });
  await runtime.ingest({ ...BRAND, version: 2, payload: { ...ACME, name: 'Acme & Co' } });
  const change = { entityKey: BRAND.entityKey, fromVersion: 1, toVersion: 2 };
  await runtime.applyFanOut(await runtime.planFanOut({ tenantId: TENANT, ...change }));
  await runtime.ingest({ ...OTHER, version: 3, payload: APEX_LAMP });
  await runtime.sweepIndex(UNDER_BRAND);
  await runtime.markIndexIncomplete({ tenantId: TENANT, ruleSetRef: BRAND_RULES });
  await runtime.reindex({ tenantId: TENANT, ruleSetRef: BRAND_RULES });
}

/** Puts in again what a collection has passed and an erasure has emptied. */
export async function goOnAsWriter(stores: RoleStores): Promise<void> {
  const runtime = openRuntime(PRODUCT_CATALOGUE, stores);
  await runtime.ingest({ ...PRODUCT, version: 'next', payload: { ...LARGE, brand_id: 'APEX' } });
  await runtime.ingest({ ...OTHER, version: 'next', payload: { ...APEX_LAMP, title: 'Floor lamp' } });
  await runtime.ingest({ ...OTHER, version: 'next', payload: APEX_LAMP });
}

/** Looks at everything. */
export async function workAsReader(stores: RoleStores): Promise<void> {
  const runtime = openRuntime(PRODUCT_CATALOGUE, stores);
  await runtime.queryView({ ...PRODUCT, viewRef: PRODUCT_PAGE, version: 'active' });
  await runtime.queryView({ ...PRODUCT, viewRef: PRODUCT_PAGE, version: 1 });
  await runtime.explain({ ...PRODUCT, version: 'active', viewRef: PRODUCT_PAGE });
  await runtime.getRawdata({ ...PRODUCT, version: 1 });
  await lookAtLists(runtime);
  const change = { entityKey: BRAND.entityKey, fromVersion: 1, toVersion: 2 };
  await runtime.planFanOuts({ tenantId: TENANT, changes: [change] });
}

async function lookAtLists(runtime: Runtime): Promise<void> {
  await runtime.listVersions(PRODUCT);
  await runtime.listManifests({ ...PRODUCT, ruleSetRef: PRODUCT_RULES });
  await runtime.listEntities({ tenantId: TENANT });
  await runtime.listByState({ tenantId: TENANT, state: 'ACTIVE' });
  await runtime.getStatus(PRODUCT);
  await runtime.activeVersion({ ...PRODUCT, ruleSetRef: PRODUCT_RULES });
  await runtime.lookUpIndex(UNDER_BRAND);
}

/** What attempts leave that fail: a slice and a payload that nothing names. */
export async function leaveRemains({ store, payloadStore }: RoleStores): Promise<void> {
  const owner = { tenant: PRODUCT.tenantId, entity: PRODUCT.entityKey };
  await store.putOnce([sliceOf({ ...owner, content: 'left behind' })]);
  const bytes = someBytes('left behind');
  await payloadStore.put({ ...addressOf(owner), rawHash: someHash('left behind'), generation: 0 }, bytes);
}

export interface OperatorReport {
  readonly payloads: number;
  readonly slices: number;
  readonly erasedPayloads: number;
  readonly erasedSlices: number;
}

/** Collects what is left behind, and erases a large entity and one that others have copied. */
export async function workAsOperator(stores: RoleStores): Promise<OperatorReport> {
  const runtime = openRuntime(PRODUCT_CATALOGUE, stores);
  const collecting = { tenantId: TENANT, olderThanMs: 0 };
  const payloads = await runtime.collectPayloads(collecting);
  const slices = await runtime.collectSlices(collecting);
  const erasing = { reason: 'request 4711', by: 'desk' };
  const erased = await runtime.eraseEntity({ ...PRODUCT, ...erasing });
  await runtime.eraseEntity({ ...BRAND, ...erasing });
  return {
    payloads: payloads.collected,
    slices: slices.collected,
    erasedPayloads: erased.counts.payloads,
    erasedSlices: erased.counts.slices,
  };
}
