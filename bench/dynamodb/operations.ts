/** What is measured over DynamoDB, and how many requests the access-pattern table says that it takes (ADR 0036). */
import type { BatchOptions, Runtime } from '../../src/flows/runtime/runtime.ts';
import { brandVersions, followRenames, PRODUCTS_PER_BRAND, productVersions } from '../subject/branded-products.ts';
import { drainQuietly, warmUp } from '../subject/open-subject.ts';
import {
  JOINING_CONTRACTS,
  PRODUCT_CONTRACTS,
  PRODUCT_SLICES,
  RULE_SET_REF,
  VIEW_REF,
} from '../subject/product-contracts.ts';
import { productLines, repriced, TENANT_ID } from '../subject/product-lines.ts';

/** How many documents there are, and how many calls are under way at once. */
export interface Load {
  readonly documents: number;
  readonly concurrency: number;
}

export interface Operation {
  readonly id: string;
  readonly title: string;
  readonly contracts: readonly unknown[];
  /** Where it is not the load's to say. */
  readonly documents?: number;
  /** What the store holds before; every contract is recorded then. */
  readonly prepare: (runtime: Runtime, load: Load) => Promise<unknown>;
  readonly work: (runtime: Runtime, load: Load) => Promise<unknown>;
  /** Of one document, where its calls are made one at a time. */
  readonly requests: {
    readonly counted: 'all' | 'writes';
    readonly expected: number;
  };
}

const SLICES = Object.keys(PRODUCT_SLICES).length;
const INDEX_ENTRIES = 2;

export const OPERATIONS: readonly Operation[] = [
  {
    id: 'dynamodb-insert',
    title: 'insertRawdata of a 2 KB product',
    contracts: PRODUCT_CONTRACTS,
    prepare: warm,
    work: (runtime, load) => drainQuietly(runtime.batch.insertRawdata(versionsOf(load), atOnce(load))),
    requests: { counted: 'all', expected: 1 + 1 },
  },
  {
    id: 'dynamodb-ingest',
    title: 'ingest of a 2 KB product with 5 slices',
    contracts: PRODUCT_CONTRACTS,
    prepare: warm,
    work: ingestAll,
    // The status; insert, ChangeSet, slices, entries, commit, status.
    requests: { counted: 'all', expected: 1 + 1 + 1 + SLICES + INDEX_ENTRIES + 1 + 1 },
  },
  {
    id: 'dynamodb-incremental',
    title: 'INCREMENTAL slicing, 1 of 5 types changed',
    contracts: PRODUCT_CONTRACTS,
    prepare: prepareSecond,
    work: sliceSecond,
    requests: { counted: 'all', expected: 1 + 3 },
  },
  {
    id: 'dynamodb-view',
    title: 'view of 5 slices, caches off',
    contracts: PRODUCT_CONTRACTS,
    prepare: async (runtime, load) => {
      await warm(runtime);
      await ingestAll(runtime, load);
    },
    work: viewAll,
    requests: { counted: 'all', expected: 2 },
  },
  {
    id: 'dynamodb-fan-out',
    title: `1 brand renamed, planned and applied: a product of the ${PRODUCTS_PER_BRAND} that follow`,
    contracts: JOINING_CONTRACTS,
    documents: PRODUCTS_PER_BRAND,
    prepare: renameBrand,
    work: (runtime) => followRenames(runtime, [0], 2),
    // Followers are always under way together, and how many reads they share is the moment's to say. The brand has no
    // rule set, so its own part is one update of its status.
    requests: { counted: 'writes', expected: (2 * PRODUCTS_PER_BRAND + 1) / PRODUCTS_PER_BRAND },
  },
];

function atOnce({ concurrency }: Load): BatchOptions {
  return { concurrency };
}

/** Has every contract recorded, so that no round pays for it. */
function warm(runtime: Runtime): Promise<void> {
  return warmUp(runtime, productLines(1)[0]?.json ?? '');
}

function versionsOf({ documents }: Pick<Load, 'documents'>) {
  return productLines(documents).map(({ entityKey, json }) => ({
    tenantId: TENANT_ID,
    entityKey,
    version: 1,
    payloadJson: json,
  }));
}

function ingestAll(runtime: Runtime, load: Load): Promise<unknown> {
  return drainQuietly(runtime.batch.ingest(versionsOf(load), atOnce(load)));
}

/** A second version of every product, with its ChangeSet, not sliced yet. */
async function prepareSecond(runtime: Runtime, load: Load): Promise<void> {
  await warm(runtime);
  await ingestAll(runtime, load);
  const second = productLines(load.documents).map(repriced);
  const versions = second.map(({ entityKey, json }) => ({ ...secondOf(entityKey), payloadJson: json }));
  await drainQuietly(runtime.batch.insertRawdata(versions, atOnce(load)));
  const changes = second.map(({ entityKey }) => ({
    tenantId: TENANT_ID,
    entityKey,
    fromVersion: 1,
    toVersion: 2,
    ruleSetRef: RULE_SET_REF,
  }));
  await drainQuietly(runtime.batch.createChangeSet(changes, atOnce(load)));
}

function sliceSecond(runtime: Runtime, load: Load): Promise<unknown> {
  const slicings = productLines(load.documents).map(({ entityKey }) => ({
    ...secondOf(entityKey),
    fromVersion: 1,
    ruleSetRef: RULE_SET_REF,
    mode: 'INCREMENTAL' as const,
  }));
  return drainQuietly(runtime.batch.slicing(slicings, atOnce(load)));
}

function secondOf(entityKey: string) {
  return { tenantId: TENANT_ID, entityKey, version: 2 };
}

function viewAll(runtime: Runtime, { documents, concurrency }: Load): Promise<unknown> {
  const views = versionsOf({ documents }).map(({ tenantId, entityKey }) => ({
    tenantId,
    entityKey,
    viewRef: VIEW_REF,
  }));
  const waiting = views.values();
  const workers = Array.from({ length: concurrency }, async () => {
    for (const view of waiting) await runtime.queryView({ ...view, version: 'active' });
  });
  return Promise.all(workers);
}

/** A brand and all of its products, sliced; and the brand's next version, which nobody has followed. */
async function renameBrand(runtime: Runtime, load: Load): Promise<void> {
  await drainQuietly(runtime.batch.ingest(brandVersions(1, 1)));
  await drainQuietly(runtime.batch.ingest(productVersions(PRODUCTS_PER_BRAND), atOnce(load)));
  await drainQuietly(runtime.batch.insertRawdata(brandVersions(1, 2)));
}
