/** Commits with the status that goes with them: all of it, or nothing. */
import assert from 'node:assert/strict';
import type { CommitChange, Store } from '../../src/ports/store.ts';
import {
  advanceTo,
  fillBelow,
  headOf,
  headState,
  insertOf,
  manifestOf,
  statusOf,
  withStatus,
} from './record-builders.ts';
import { contentsOf } from './stored-contents.ts';
import { assertSame, type StoreAdapter, storeFact, type TestRunner } from './suite-api.ts';

export function describeStoreCommitStatus(runner: TestRunner, adapter: StoreAdapter): void {
  const fact = storeFact(runner, adapter);

  runner.describe('commit with a status', () => {
    for (const [name, changeOf] of WITH_STATUS) {
      fact(`${name} moves it in the same step`, async (store) => {
        await startFill(store);
        const change = withStatus(changeOf(), 5, { version: 5, fannedOutTo: 3, fills: 2 });
        assertSame(await store.commit(change), { outcome: 'committed' });
        assertSame(await store.batchGet([change.manifest, statusOf()]), [change.manifest, change.status?.next]);
      });

      fact(`${name} leaves it alone where none goes with it`, async (store) => {
        await startFill(store);
        const before = await store.batchGet([statusOf()]);
        assertSame(await store.commit(changeOf()), { outcome: 'committed' });
        assertSame(await store.batchGet([statusOf()]), before);
      });

      for (const counter of [4, 6]) {
        fact(`${name}, expected at counter ${counter} of 5, changes nothing`, async (store) => {
          await startFill(store);
          const before = await contentsOf(store);
          const change = withStatus(changeOf(), counter, { version: 5 });
          assertSame(await store.commit(change), { outcome: 'status_moved' });
          assertSame(await store.batchGet([change.manifest]), [undefined]);
          assertSame(await contentsOf(store), before);
        });
      }
    }

    fact('of an entity that has none changes nothing', async (store) => {
      const change = withStatus(advanceTo(manifestOf(), null), 1);
      assertSame(await store.commit(change), { outcome: 'status_moved' });
      assertSame(await store.batchGet([change.manifest, headOf(change.manifest), statusOf()]), [
        undefined,
        undefined,
        undefined,
      ]);
    });

    fact('leaves it alone where the head moved', async (store) => {
      await startFill(store);
      const before = await contentsOf(store);
      for (const change of [fillBelow(manifestOf({ version: 3 }), 9), advanceTo(manifestOf({ version: 5 }), null)])
        assertSame(await store.commit(withStatus(change, 5, { version: 5 })), { outcome: 'head_moved' });
      assertSame(await contentsOf(store), before);
    });

    fact('says that its manifest is there also where the status moved since, and leaves it alone', async (store) => {
      await startFill(store);
      const change = withStatus(fillBelow(manifestOf({ version: 3 })), 5, { version: 5 });
      await store.commit(change);
      const before = await contentsOf(store);
      assertSame(await store.commit(change), { outcome: 'manifest_exists', manifest: change.manifest });
      assertSame(await contentsOf(store), before);
    });

    fact('that races for it with others wins alone, whole', async (store) => {
      await startFill(store);
      const racers = [1, 2, 3].map((version) =>
        withStatus(fillBelow(manifestOf({ version })), 5, { version: 5, fannedOutTo: version - 1 }),
      );
      const outcomes = await Promise.all(racers.map((change) => store.commit(change)));
      assert.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ['committed', 'status_moved', 'status_moved']);
      const winner = racers[outcomes.findIndex(({ outcome }) => outcome === 'committed')];
      assertSame(await store.batchGet([statusOf()]), [winner?.status?.next]);
      const found = await store.batchGet(racers.map(({ manifest }) => manifest));
      assertSame(
        found.filter((manifest) => manifest !== undefined),
        [winner?.manifest],
      );
    });
  });
}

const WITH_STATUS: readonly (readonly [string, () => CommitChange])[] = [
  ['above the head', () => advanceTo(manifestOf({ version: 5 }), headState(4))],
  ['below the head', () => fillBelow(manifestOf({ version: 3 }))],
];

/** An entity at version 5, counter 5, under a head at version 4. */
async function startFill(store: Store): Promise<void> {
  for (const version of [1, 2, 3, 4, 5]) await store.insert(insertOf({ version }));
  await store.commit(advanceTo(manifestOf({ version: 4 }), null));
}
