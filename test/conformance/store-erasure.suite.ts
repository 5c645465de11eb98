/** Erased records: no content, the same keys and hashes, and nothing that brings them back but a later attempt. */
import assert from 'node:assert/strict';
import { erasedChangeSet, erasedHead, erasedManifest, erasedRawData, erasedSlice } from '../../src/domain/erasure.ts';
import type { ErasableRecord, ErasureRecord, SliceRecord } from '../../src/domain/records.ts';
import type { RangeQuery, Store } from '../../src/ports/store.ts';
import {
  addressOf,
  advanceTo,
  changeSetOf,
  completedOf,
  erasureOf,
  externalBodyOf,
  headOf,
  headState,
  insertOf,
  manifestOf,
  sliceOf,
} from './record-builders.ts';
import { assertSame, type StoreAdapter, storeFact, type TestRunner } from './suite-api.ts';

const ADDRESS = addressOf();
const EXTERNAL = externalBodyOf();

export function describeStoreErasure(runner: TestRunner, adapter: StoreAdapter): void {
  const fact = storeFact(runner, adapter);

  runner.describe('erase', () => {
    for (const [name, body] of [
      ['inline', undefined],
      ['external', EXTERNAL],
    ] as const) {
      fact(`takes an ${name} payload out of RawData, whose hash and size stay`, async (store) => {
        const { rawData, ...insert } = insertOf({ body });
        await store.insert({ rawData, ...insert });
        const payloadBytes = body?.payloadBytes ?? 'payload'.length;
        await eraseVersions(store);
        const erased = { ...rawData, body: { kind: 'erased', payloadBytes } };
        assertSame(await store.batchGet([rawData]), [erased]);
        const [summary] = await versionsIn(store);
        assertSame(
          [summary?.isErased, summary?.isDeleted, summary?.payloadBytes, summary?.rawHash],
          [true, false, payloadBytes, rawData.rawHash],
        );
      });
    }

    fact('leaves a deleted version what it is', async (store) => {
      const { rawData, ...insert } = insertOf({ body: { kind: 'deleted' } });
      await store.insert({ rawData, ...insert });
      await eraseVersions(store);
      assertSame(await store.batchGet([rawData]), [rawData]);
    });

    fact('takes ops, paths and keys out of a ChangeSet', async (store) => {
      await store.putOnce([changeSetOf()]);
      await store.erase([erasedChangeSet(changeSetOf())]);
      const expected = { ...changeSetOf(), ops: null, changedPaths: [], changedKeys: [], isErased: true };
      assertSame(await store.batchGet([changeSetOf()]), [expected]);
      const again = await store.putOnce([changeSetOf()]);
      assertSame(again, [{ outcome: 'exists', contentHash: changeSetOf().changesetHash }]);
      assertSame(await store.batchGet([changeSetOf()]), [expected]);
    });

    fact('takes the paths out of a manifest, and out of a head that has it', async (store) => {
      const manifest = manifestOf();
      await store.commit(advanceTo(manifest, null));
      await store.erase([erasedManifest(manifest), erasedHead(headOf(manifest))]);
      const expected = {
        ...manifest,
        meta: { ...manifest.meta, rebuilt: { PRODUCT_CORE: { reason: 'change', paths: [] } } },
      };
      assertSame(await store.batchGet([manifest, headOf(manifest)]), [expected, headOf(expected as typeof manifest)]);
      assertSame(await manifestsIn(store), [expected]);
    });

    fact('leaves a head alone that has moved on, and never lowers its epoch', async (store) => {
      const [first, second] = [manifestOf(), manifestOf({ version: 2 })];
      await store.commit(advanceTo(first, null));
      await store.raiseGcEpoch(first, 0);
      await store.erase([erasedHead(headOf(first))]);
      assertSame((await store.batchGet([headOf(first)]))[0]?.gcEpoch, 1);
      await store.commit(advanceTo(second, headState(1, 0, 1), 1));
      await store.erase([erasedHead(headOf(first))]);
      assertSame(await store.batchGet([headOf(second)]), [headOf(second, 1)]);
    });

    fact('makes no record where there is none', async (store) => {
      await store.erase(ALL);
      assertSame(
        await store.batchGet(ALL),
        ALL.map(() => undefined),
      );
      assertSame((await store.range({ range: 'entities', tenantId: ADDRESS.tenantId, limit: 10 })).items, []);
    });

    fact('may be called again, with nothing in between and at the same time', async (store) => {
      await store.insert(insertOf());
      await store.putOnce([changeSetOf(), sliceOf()]);
      await store.commit(advanceTo(manifestOf(), null));
      await store.erase(ALL);
      const erased = await store.batchGet(ALL);
      await Promise.all([store.erase(ALL), store.erase(ALL)]);
      assertSame(await store.batchGet(ALL), erased);
    });

    fact('concerns one tenant and entity', async (store) => {
      for (const tenant of ['tenant-a', 'tenant-b']) await store.insert(insertOf({ tenant }));
      const others = [sliceOf({ tenant: 'tenant-b' }), changeSetOf({ entity: 'product#P2' })];
      await store.putOnce(others);
      await store.erase(ALL);
      const expected = [insertOf({ tenant: 'tenant-b' }).rawData, ...others];
      assertSame(await store.batchGet(expected), expected);
    });
  });

  runner.describe('an erased slice', () => {
    fact('has no payload, and is listed so', async (store) => {
      await store.putOnce([sliceOf()]);
      await store.erase([erasedOf(sliceOf(), 0)]);
      assertSame(await store.batchGet([sliceOf()]), [{ ...sliceOf(), payload: null }]);
      const page = await store.range({ range: 'slices', ...ADDRESS, limit: 10 });
      assertSame(
        page.items.map(({ isErased, sliceHash }) => [isErased, sliceHash]),
        [[true, sliceOf().sliceHash]],
      );
    });

    fact('has the higher of the two epochs', async (store) => {
      await store.putOnce([sliceOf({ gcEpoch: 2 })]);
      await store.erase([erasedOf(sliceOf(), 1)]);
      assertSame((await store.batchGet([sliceOf()]))[0]?.gcEpoch, 2);
      await store.erase([erasedOf(sliceOf(), 3)]);
      assertSame((await store.batchGet([sliceOf()]))[0]?.gcEpoch, 3);
    });

    fact('stays erased for attempts that read its epoch or a lower one', async (store) => {
      await store.putOnce([sliceOf()]);
      await store.erase([erasedOf(sliceOf(), 1)]);
      for (const gcEpoch of [0, 1]) {
        const put = await store.putOnce([sliceOf({ gcEpoch })]);
        assertSame(put, [{ outcome: 'exists', contentHash: sliceOf().sliceHash }]);
      }
      assertSame(await store.batchGet([sliceOf()]), [{ ...sliceOf(), payload: null, gcEpoch: 1 }]);
    });

    fact('gets its content again from an attempt that read a higher one', async (store) => {
      await store.putOnce([sliceOf()]);
      await store.erase([erasedOf(sliceOf(), 1)]);
      const again = sliceOf({ gcEpoch: 2 });
      assertSame(await store.putOnce([again]), [{ outcome: 'stored' }]);
      assertSame(await store.batchGet([again]), [again]);
    });

    fact('can be deleted like any other', async (store) => {
      await store.putOnce([sliceOf()]);
      await store.erase([erasedOf(sliceOf(), 0)]);
      assert.equal(await store.deleteSlice(sliceOf(), 1), 'deleted');
    });
  });

  runner.describe('an erasure record', () => {
    fact('is put once per entity and number', async (store) => {
      const [first, second] = [erasureOf(), erasureOf({ number: 2 })];
      assertSame(await store.putOnce([first, second]), [{ outcome: 'stored' }, { outcome: 'stored' }]);
      const other = erasureOf({ reason: 'another' });
      assertSame(await store.putOnce([other]), [{ outcome: 'exists', contentHash: first.erasureHash }]);
      assertSame(await store.batchGet([first, second]), [first, second]);
      assertSame(await store.batchGet([erasureOf({ tenant: 'tenant-b' })]), [undefined]);
    });

    fact('is completed once', async (store) => {
      await store.putOnce([erasureOf(), erasureOf({ number: 2 })]);
      const completed = completedOf(erasureOf());
      assert.equal(await store.completeErasure(completed), 'completed');
      assert.equal(await store.completeErasure(completedOf(erasureOf(), 9)), 'kept');
      assertSame(await store.batchGet([erasureOf(), erasureOf({ number: 2 })]), [completed, erasureOf({ number: 2 })]);
      assertSame(await store.putOnce([erasureOf()]), [{ outcome: 'exists', contentHash: completed.erasureHash }]);
      assertSame(await store.batchGet([erasureOf()]), [completed]);
    });

    fact('is not completed where there is none, or another', async (store) => {
      assert.equal(await store.completeErasure(completedOf(erasureOf())), 'kept');
      assertSame(await store.batchGet([erasureOf()]), [undefined]);
      await store.putOnce([erasureOf()]);
      assert.equal(await store.completeErasure(completedOf(erasureOf({ reason: 'another' }))), 'kept');
      assertSame(await store.batchGet([erasureOf()]), [erasureOf()]);
    });

    fact('is listed by entity key and number, of one entity or of all', async (store) => {
      const of = (entity: string, number: number) => erasureOf({ entity, number });
      const listed = [of('product#P', 1), of('product#P', 2), of('product#P', 10), of('product#P1', 1)];
      await store.putOnce([...listed].reverse());
      await store.putOnce([erasureOf({ tenant: 'tenant-b' })]);
      const { tenantId, entityKey } = addressOf({ entity: 'product#P' });
      for (const limit of [1, 2, 100]) {
        assertSame(await erasuresIn(store, { range: 'erasures', tenantId, limit }), listed);
        assertSame(await erasuresIn(store, { range: 'erasures', tenantId, entityKey, limit }), listed.slice(0, 3));
      }
    });
  });
}

function erasedOf(slice: SliceRecord, gcEpoch: number): ErasableRecord {
  const { kind, payload, ...summary } = slice;
  return erasedSlice({ ...summary, isErased: false }, gcEpoch);
}

const ALL: readonly ErasableRecord[] = [
  { ...insertOf().rawData, body: { kind: 'erased', payloadBytes: 7 } },
  erasedChangeSet(changeSetOf()),
  erasedOf(sliceOf(), 0),
  erasedManifest(manifestOf()),
  erasedHead(headOf(manifestOf())),
];

async function erasuresIn(store: Store, query: Extract<RangeQuery, { range: 'erasures' }>) {
  const found: ErasureRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.range({ ...query, ...(after !== undefined && { after }) });
    found.push(...page.items);
    if (page.next === null) return found;
    after = page.next;
  }
}

async function versionsIn(store: Store) {
  const page = await store.range({ range: 'versions', ...ADDRESS, order: 'ascending', limit: 10 });
  return page.items;
}

async function manifestsIn(store: Store) {
  const { ruleSet } = manifestOf();
  const page = await store.range({ range: 'manifests', ...ADDRESS, ruleSet, order: 'ascending', limit: 10 });
  return page.items;
}

async function eraseVersions(store: Store): Promise<void> {
  const versions = await versionsIn(store);
  await store.erase(versions.map(erasedRawData));
}
