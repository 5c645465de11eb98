/** The recompute oracle: an adapter and the reference model, given the same random calls, answer and hold the same. */
import fc from 'fast-check';
import { erasedChangeSet, erasedRawData, erasedSlice } from '../../src/domain/erasure.ts';
import type { RangeQuery, Store, Write } from '../../src/ports/store.ts';
import {
  addressOf,
  advanceTo,
  changeSetOf,
  fillBelow,
  headOf,
  headState,
  hintOf,
  insertOf,
  manifestOf,
  RULE_SET,
  sliceOf,
  statusOf,
  withStatus,
} from './record-builders.ts';
import { togetherByTrial, writeSingly, writeTogether } from './store-writes.ts';
import { assertSame, type StoreAdapter, type TestRunner } from './suite-api.ts';

type Call = (store: Store) => Promise<unknown>;

export interface StoreModel extends StoreAdapter {
  /** The reference model. */
  readonly openModel: () => Promise<Store>;
  /** Sequences to try, where a server is slow; else as many as a property tries. */
  readonly numRuns?: number;
}

export function describeStoreModel({ describe, it }: TestRunner, adapter: StoreModel): void {
  const { name, open, openModel, writesTogether, numRuns } = adapter;
  const calls = writesTogether ? fc.oneof(...singleCalls, together) : fc.oneof(...singleCalls);
  describe(`store port: ${name} against the reference model`, () => {
    it('any calls have the same outcomes and leave the same contents', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(calls, { maxLength: 60 }), async (sequence) => {
          const store = await open();
          const model = togetherByTrial(await openModel(), openModel);
          try {
            for (const call of sequence) assertSame(await call(store), await call(model), String(call));
            assertSame(await contentsOf(store), await contentsOf(model));
          } finally {
            await Promise.all([store.close(), model.close()]);
          }
        }),
        numRuns === undefined ? {} : { numRuns },
      );
    });
  });
}

const TENANTS = ['tenant-a', 'tenant-b'];
const ENTITIES = ['product#P1', 'product#🧀', 'product#\ufffd'];
const owner = fc.record({ tenant: fc.constantFrom(...TENANTS), entity: fc.constantFrom(...ENTITIES) });
const small = fc.integer({ min: 1, max: 4 });
const zeroUp = fc.integer({ min: 0, max: 2 });
const content = fc.constantFrom('"a"', '"b"', 'null');
const state = fc.constantFrom('IDLE', 'ACTIVE', 'FAILED');

const insert = fc
  .record({ owner, version: small, content, counter: fc.option(small), next: small, state })
  .map(({ owner, version, content, counter, next, state }): Write => {
    const { rawData } = insertOf({ ...owner, version, content });
    const status = statusOf({ ...owner, version, counter: next, state });
    return { call: 'insert', rawData, status, expectedCounter: counter };
  });

const update = fc.record({ owner, counter: small, next: small, state }).map(
  ({ owner, counter, next, state }): Write => ({
    call: 'updateStatus',
    next: statusOf({ ...owner, counter: next, state }),
    expectedCounter: counter,
  }),
);

const put = fc
  .array(fc.record({ owner, content, gcEpoch: zeroUp, version: small, isSlice: fc.boolean() }), { maxLength: 5 })
  .map((parts): Write => {
    const records = parts.map(({ owner, content, gcEpoch, version, isSlice }) =>
      isSlice ? sliceOf({ ...owner, content, gcEpoch }) : changeSetOf({ ...owner, content, to: version }),
    );
    return { call: 'putOnce', records };
  });

const hints = fc
  .array(fc.record({ owner, version: small, revision: zeroUp, content }), { maxLength: 5 })
  .map((parts): Write => ({ call: 'putHints', hints: parts.map((part) => hintOf({ ...part.owner, ...part })) }));

const unhint = fc
  .record({ owner, version: small, revision: zeroUp })
  .map(
    ({ owner, ...parts }): Call =>
      describeCall('deleteHint', (store) => store.deleteHint(hintOf({ ...owner, ...parts }))),
  );

const raise = fc
  .record({ owner, epoch: zeroUp })
  .map(
    ({ owner, epoch }): Call =>
      describeCall(`raiseGcEpoch ${epoch}`, (store) => store.raiseGcEpoch(manifestOf(owner), epoch)),
  );

const unslice = fc
  .record({ owner, content, epoch: small })
  .map(
    ({ owner, content, epoch }): Call =>
      describeCall(`deleteSlice below ${epoch}`, (store) => store.deleteSlice(sliceOf({ ...owner, content }), epoch)),
  );

const erase = fc.record({ owner, content, epoch: zeroUp, version: small }).map(
  ({ owner, content, epoch, version }): Call =>
    describeCall(`erase ${version}`, async (store) => {
      const { kind, payload, ...slice } = sliceOf({ ...owner, content });
      const versions = await store.range({
        range: 'versions',
        ...addressOf(owner),
        order: 'ascending',
        limit: version,
      });
      const changeSets = await store.range({ range: 'change-sets', ...addressOf(owner), limit: version });
      return store.erase([
        ...versions.items.map(erasedRawData),
        ...changeSets.items.map(erasedChangeSet),
        erasedSlice({ ...slice, isErased: false }, epoch),
      ]);
    }),
);

const commit = fc
  .record({
    owner,
    version: small,
    revision: zeroUp,
    content,
    expected: fc.option(fc.tuple(small, zeroUp, zeroUp)),
    epoch: zeroUp,
    stays: fc.boolean(),
    counter: fc.option(small),
  })
  .map(({ owner, version, revision, content, expected, epoch, stays, counter }): Write => {
    const manifest = manifestOf({ ...owner, version, revision, content });
    const change = stays ? fillBelow(manifest, epoch) : advanceTo(manifest, expected && headState(...expected), epoch);
    return { call: 'commit', ...(counter === null ? change : withStatus(change, counter, { ...owner, version })) };
  });

const single = (write: Write): Call =>
  describeCall(nameOf(write), async (store) => (await writeSingly(store, write)).outcome);
const singleCalls = [insert, update, put, hints, commit]
  .map((write) => write.map(single))
  .concat(unhint, raise, unslice, erase);

const write = fc.oneof(insert, update, put, hints, commit);

/** A version with all that is made from it, which goes in where the one before it went in alike. */
const wholeVersion = fc.record({ owner, version: small, content }).map(({ owner, version, content }): Write[] => [
  { call: 'insert', ...insertOf({ ...owner, version, content }) },
  { call: 'putOnce', records: [changeSetOf({ ...owner, content, to: version }), sliceOf({ ...owner, content })] },
  { call: 'putHints', hints: [hintOf({ ...owner, version, content })] },
  {
    call: 'commit',
    ...advanceTo(manifestOf({ ...owner, version, content }), version === 1 ? null : headState(version - 1)),
  },
]);

const together = fc
  .tuple(fc.oneof(wholeVersion, fc.constant<Write[]>([])), fc.array(write, { maxLength: 2 }))
  .map(([whole, others]): Call => {
    const writes = [...whole, ...others];
    return describeCall(`together: ${writes.map(nameOf).join(', ')}`, (store) => writeTogether(store, writes));
  });

function nameOf(write: Write): string {
  switch (write.call) {
    case 'insert':
      return `insert ${write.rawData.version} at ${write.expectedCounter}`;
    case 'putOnce':
      return `putOnce ${write.records.length}`;
    case 'putHints':
      return `putHints ${write.hints.length}`;
    case 'commit':
      return `commit ${write.manifest.version}.${write.manifest.revision}`;
    case 'updateStatus':
      return `status ${write.expectedCounter} → ${write.next.counter}`;
  }
}

/** Names the call in a counter-example. */
function describeCall(name: string, call: Call): Call {
  return Object.assign(call, { toString: () => name });
}

async function contentsOf(store: Store): Promise<unknown[]> {
  const contents: unknown[] = [];
  for (const tenant of TENANTS) {
    const { tenantId } = addressOf({ tenant });
    const { indexKey, shard } = hintOf();
    contents.push(
      await readAll(store, { range: 'entities', tenantId, limit: 2 }),
      await readAll(store, { range: 'by-state', tenantId, state: 'ACTIVE', limit: 2 }),
      await readAll(store, { range: 'by-state', tenantId, state: 'FAILED', limit: 2 }),
      await readAll(store, { range: 'hints', tenantId, indexKey, shard, limit: 2 }),
    );
    for (const entity of ENTITIES) {
      const address = addressOf({ tenant, entity });
      const under = { ...address, ruleSet: RULE_SET };
      contents.push(
        await readAll(store, { range: 'versions', ...address, order: 'descending', limit: 2 }),
        await readAll(store, { range: 'slices', ...address, limit: 2 }),
        await readAll(store, { range: 'heads', ...address, limit: 2 }),
        await readAll(store, { range: 'change-sets', ...address, limit: 2 }),
        await readAll(store, { range: 'manifests', ...under, order: 'ascending', limit: 2 }),
        await store.batchGet([
          statusOf({ tenant, entity }),
          headOf(manifestOf({ tenant, entity })),
          ...[1, 2, 3, 4].map((version) => insertOf({ tenant, entity, version }).rawData),
          ...[1, 2, 3, 4].map((to) => changeSetOf({ tenant, entity, to })),
          ...['"a"', '"b"', 'null'].map((content) => sliceOf({ tenant, entity, content })),
        ]),
      );
    }
  }
  return contents;
}

async function readAll(store: Store, query: RangeQuery): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let after = query.after; ; ) {
    const page = await store.range({ ...query, ...(after !== undefined && { after }) });
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
}
