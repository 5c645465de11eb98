/** What each call of the store costs in requests, as the access-pattern table says (ADR 0036). */
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
import { describeService } from '../../support/services/describe-service.ts';
import { countRequests } from '../../support/services/dynamodb/count-requests.ts';
import { localClient, openEmptyStore } from '../../support/services/dynamodb/empty-store.ts';
import { recordRequests } from '../../support/services/dynamodb/middleware.ts';

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
      expect(countRequests(requests)).toEqual(costs);
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
});

function isStrong(input: Readonly<Record<string, unknown>>): boolean {
  const asked = input['RequestItems'];
  const parts: unknown[] = typeof asked === 'object' && asked !== null ? Object.values(asked) : [input];
  return parts.every(
    (part) => typeof part === 'object' && part !== null && 'ConsistentRead' in part && part.ConsistentRead,
  );
}
