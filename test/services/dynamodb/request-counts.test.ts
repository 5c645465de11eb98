/** What each call costs in requests, as the access-pattern table says (ADR 0036). */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/ports/store.ts';
import {
  addressOf,
  advanceTo,
  changeSetOf,
  fillBelow,
  hintOf,
  insertOf,
  manifestOf,
  RULE_SET,
  sliceOf,
  someHash,
  statusOf,
  withStatus,
} from '../../conformance/record-builders.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_PAGE } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { localClient, openEmptyStore } from '../../support/services/dynamodb/empty-store.ts';
import { recordRequests, type SentRequest } from '../../support/services/dynamodb/middleware.ts';
import { brandNamed, ofBrand, openShop } from '../../support/shop.ts';

interface Case {
  readonly call: string;
  readonly prepare?: (store: Store) => Promise<unknown>;
  readonly run: (store: Store) => Promise<unknown>;
  /** Operation → how often. */
  readonly costs: Readonly<Record<string, number>>;
}

const HUNDREDS = Array.from({ length: 250 }, (_, index) => statusOf({ entity: `product#${index}` }));

const CASES: readonly Case[] = [
  {
    call: 'inserting a first version',
    run: (store) => store.insert(insertOf()),
    costs: { 'TransactWriteItems of 3': 1 },
  },
  {
    call: 'inserting a next version',
    prepare: (store) => store.insert(insertOf()),
    run: (store) => store.insert(insertOf({ version: 2 })),
    costs: { 'TransactWriteItems of 2': 1 },
  },
  {
    call: 'inserting a version whose payload lies elsewhere',
    run: (store) => {
      const location = { ...addressOf(), rawHash: someHash('payload'), generation: 0 };
      return store.insert(insertOf({ body: { kind: 'external', location, payloadBytes: 200_000 } }));
    },
    costs: { 'TransactWriteItems of 4': 1 },
  },
  {
    call: 'inserting what another has inserted',
    prepare: (store) => store.insert(insertOf()),
    run: (store) => store.insert(insertOf({ content: 'other' })),
    costs: { 'TransactWriteItems of 3': 1 },
  },
  {
    call: 'putting five records',
    run: (store) => store.putOnce([changeSetOf(), ...['1', '2', '3', '4'].map((content) => sliceOf({ content }))]),
    costs: { PutItem: 5 },
  },
  {
    call: 'putting what is there',
    prepare: (store) => store.putOnce([changeSetOf(), sliceOf()]),
    run: (store) => store.putOnce([changeSetOf(), sliceOf()]),
    costs: { PutItem: 2 },
  },
  {
    call: 'putting a slice that a collection has passed',
    prepare: (store) => store.putOnce([sliceOf()]),
    run: (store) => store.putOnce([sliceOf({ gcEpoch: 1 })]),
    costs: { PutItem: 1, UpdateItem: 1 },
  },
  {
    call: 'putting three hints',
    run: (store) => store.putHints(['*', 'A', 'B'].map((type) => hintOf({ type }))),
    costs: { PutItem: 3 },
  },
  { call: 'deleting a hint', run: (store) => store.deleteHint(hintOf()), costs: { DeleteItem: 1 } },
  { call: 'updating a status', run: (store) => store.updateStatus(statusOf({ counter: 2 }), 1), costs: { PutItem: 1 } },
  {
    call: 'committing above the head',
    run: (store) => store.commit(advanceTo(manifestOf(), null)),
    costs: { 'TransactWriteItems of 2': 1 },
  },
  {
    call: 'committing below the head',
    prepare: (store) => store.commit(advanceTo(manifestOf({ version: 2 }), null)),
    run: (store) => store.commit(fillBelow(manifestOf())),
    costs: { 'TransactWriteItems of 2': 1 },
  },
  {
    call: 'committing with a status',
    prepare: (store) => store.insert(insertOf()),
    run: (store) => store.commit(withStatus(advanceTo(manifestOf(), null), 1)),
    costs: { 'TransactWriteItems of 3': 1 },
  },
  {
    call: 'committing what is committed',
    prepare: (store) => store.commit(advanceTo(manifestOf(), null)),
    run: (store) => store.commit(advanceTo(manifestOf(), null)),
    costs: { 'TransactWriteItems of 2': 1 },
  },
  { call: 'getting records of 250 keys', run: (store) => store.batchGet(HUNDREDS), costs: { BatchGetItem: 3 } },
  {
    call: 'getting one key twice',
    run: (store) => store.batchGet([statusOf(), statusOf()]),
    costs: { BatchGetItem: 1 },
  },
  { call: 'getting nothing', run: (store) => store.batchGet([]), costs: {} },
  {
    call: 'a page of versions',
    run: (store) => store.range({ range: 'versions', ...addressOf(), order: 'descending', limit: 100 }),
    costs: { Query: 1 },
  },
  {
    call: 'a page of manifests',
    run: (store) =>
      store.range({ range: 'manifests', ...addressOf(), ruleSet: RULE_SET, order: 'descending', limit: 1 }),
    costs: { Query: 1 },
  },
  {
    call: 'a page of hints',
    run: (store) => store.range({ range: 'hints', ...hintOf(), limit: 100 }),
    costs: { Query: 1 },
  },
  {
    call: 'a page of entities',
    run: (store) => store.range({ range: 'entities', tenantId: addressOf().tenantId, limit: 100 }),
    costs: { Query: 8 },
  },
  {
    call: 'a page of a state',
    prepare: (store) => store.insert(insertOf()),
    run: (store) => store.range({ range: 'by-state', tenantId: addressOf().tenantId, state: 'IDLE', limit: 100 }),
    costs: { Query: 8, BatchGetItem: 1 },
  },
];

describeService('dynamodb', (url) => {
  async function openRecorded() {
    const client = localClient(url);
    const requests = recordRequests(client);
    const store = await openEmptyStore(url, { client });
    requests.length = 0;
    return { store, requests };
  }

  describe('the requests of', () => {
    it.each(CASES)('$call', async ({ prepare, run, costs }) => {
      const { store, requests } = await openRecorded();
      await prepare?.(store);
      requests.length = 0;
      await run(store);
      expect(countOf(requests)).toEqual(costs);
      await store.close();
    });
  });

  it('every read is strongly consistent, but for the index that lists states', async () => {
    const { store, requests } = await openRecorded();
    for (const { prepare, run } of CASES) {
      await prepare?.(store);
      await run(store);
    }
    const reads = requests.filter(({ operation }) => operation === 'Query' || operation === 'BatchGetItem');
    const weak = reads.filter(({ input }) => !isStrong(input));
    expect(new Set(weak.map(({ input }) => input['IndexName']))).toEqual(new Set(['gsi-pipeline-state']));
    expect(reads.length).toBeGreaterThan(weak.length);
    expect(requests.filter(({ operation }) => operation === 'Scan')).toEqual([]);
    await store.close();
  });

  describe('a runtime', () => {
    const address = { tenantId: TENANT, entityKey: 'product#P1' };

    async function openCatalogue(products = 1) {
      const { store, requests } = await openRecorded();
      const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
      await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
      for (let id = 1; id <= products; id += 1) {
        await runtime.ingest({ tenantId: TENANT, entityKey: `product#P${id}`, version: 1, payload: LAMP });
      }
      requests.length = 0;
      return { store, runtime, requests };
    }

    it('inserts a version in one transaction', async () => {
      const { store, runtime, requests } = await openCatalogue();
      await runtime.insertRawdata({ ...address, version: 2, payload: { ...LAMP, title: 'Desk lamp' } });
      expect(countOf(requests.filter(({ operation }) => operation !== 'BatchGetItem'))).toEqual({
        'TransactWriteItems of 2': 1,
      });
      await store.close();
    });

    it.each([
      ['of a version', { version: 1 }, { Query: 1, BatchGetItem: 1 }],
      ['of the active version', { version: 'active' }, { BatchGetItem: 2 }],
      ['of a revision', { version: 1, revision: 0 }, { BatchGetItem: 2 }],
    ] as const)('reads a view %s in two round trips', async (_, asked, costs) => {
      const { store, requests } = await openCatalogue();
      // One that has nothing in its cache.
      const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
      const view = { ...address, viewRef: PRODUCT_PAGE, ...asked };
      await expect(runtime.queryView(view)).resolves.toMatchObject({ data: { title: 'Lamp' } });
      expect(countOf(requests)).toEqual(costs);
      await store.close();
    });

    it('reads a view of a revision again without asking, for neither manifest nor slices ever change', async () => {
      const { store, requests } = await openCatalogue();
      const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
      const view = { ...address, viewRef: PRODUCT_PAGE, version: 1, revision: 0 };
      const first = await runtime.queryView(view);
      requests.length = 0;
      await expect(runtime.queryView(view)).resolves.toMatchObject({ data: first.data });
      expect(countOf(requests)).toEqual({});
      await store.close();
    });

    it('reads the heads of the parents of a fan-out by the hundred', async () => {
      const { store, requests } = await openRecorded();
      const shop = openShop({ store });
      await shop.ingest('brand#ACME', brandNamed('Acme'));
      const products = Array.from({ length: 120 }, (_, id) => `product#P${id}`);
      const inputs = products.map((entityKey) => ({
        tenantId: TENANT,
        entityKey,
        version: 1,
        payload: ofBrand('ACME'),
      }));
      for await (const outcome of shop.runtime.batch.ingest(inputs)) expect(outcome.ok).toBe(true);
      await shop.insert('brand#ACME', brandNamed('Apex'));
      requests.length = 0;
      const plan = await shop.plan('brand#ACME', 1, 2);
      expect(plan.counts.parents).toBe(120);
      expect(countOf(requests)).toMatchObject({ Query: 1 });
      expect(requests.filter(readsHeads).length).toBe(2);
      await store.close();
    });

    it('follows a renamed brand, and shows the new name', async () => {
      const { store } = await openRecorded();
      const shop = openShop({ store });
      const products = ['product#P1', 'product#P2', 'product#P3'];
      await shop.ingest('brand#ACME', brandNamed('Acme'));
      for (const product of products) await shop.ingest(product, ofBrand('ACME'));
      await expect(shop.ingest('brand#ACME', brandNamed('Apex'))).resolves.toMatchObject({ fanOut: { revised: 3 } });
      for (const product of products) {
        await expect(shop.brandOf(product)).resolves.toEqual({ name: 'Apex' });
        await expect(shop.commitsOf(product)).resolves.toEqual([
          [1, 0],
          [1, 1],
        ]);
      }
      await store.close();
    });
  });
});

/** `TransactWriteItems` with its number of items, because each is paid for. */
function countOf(requests: readonly SentRequest[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operation, input } of requests) {
    const items = input['TransactItems'];
    const name = Array.isArray(items) ? `${operation} of ${items.length}` : operation;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function readsHeads({ input }: SentRequest): boolean {
  return JSON.stringify(input['RequestItems'] ?? {}).includes('"HEAD#');
}

function isStrong(input: Readonly<Record<string, unknown>>): boolean {
  const asked = input['RequestItems'];
  const parts: unknown[] = typeof asked === 'object' && asked !== null ? Object.values(asked) : [input];
  return parts.every(
    (part) => typeof part === 'object' && part !== null && 'ConsistentRead' in part && part.ConsistentRead,
  );
}
