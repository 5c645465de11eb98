/** What a collection does: locations that no insert may refer to, epochs that go up, slices that go by them. */
import assert from 'node:assert/strict';
import type { InsertChange } from '../../src/ports/store.ts';
import {
  addressOf,
  advanceTo,
  collectingOf,
  externalBodyOf,
  fillBelow,
  headOf,
  headState,
  insertOf,
  manifestOf,
  RULE_SET,
  sliceOf,
  statusOf,
} from './record-builders.ts';
import { contentsOf } from './stored-contents.ts';
import { assertSame, type StoreAdapter, storeFact, type TestRunner } from './suite-api.ts';

const UNDER = { ...addressOf(), ruleSet: RULE_SET };
const RACERS = 8;

/** An insert whose payload lies outside, at a generation. */
function insertOutside(version = 1, generation = 0): InsertChange {
  return insertOf({ version, body: externalBodyOf({ generation }) });
}

export function describeStoreCollection(runner: TestRunner, adapter: StoreAdapter): void {
  const fact = storeFact(runner, adapter);

  runner.describe('a collecting record', () => {
    fact('is put once and stays as it was put', async (store) => {
      const first = collectingOf();
      assertSame(await store.putOnce([first]), [{ outcome: 'stored' }]);
      const again = { ...first, startedAt: '2026-02-02T00:00:00.000Z' };
      assertSame(await store.putOnce([again]), [{ outcome: 'exists', contentHash: first.rawHash }]);
      assertSame(await store.batchGet([first]), [first]);
    });

    fact('is of one tenant, entity, hash and generation', async (store) => {
      await store.putOnce([collectingOf()]);
      const others = [
        collectingOf({ tenant: 'tenant-b' }),
        collectingOf({ entity: 'product#P2' }),
        collectingOf({ content: 'other' }),
        collectingOf({ generation: 1 }),
      ];
      assertSame(
        await store.batchGet(others),
        others.map(() => undefined),
      );
    });

    for (const version of [1, 2]) {
      fact(
        `keeps version ${version} from referring to its location, and nothing of the insert is applied`,
        async (store) => {
          if (version === 2) await store.insert(insertOf());
          await store.putOnce([collectingOf()]);
          const before = await contentsOf(store);
          assert.equal(await store.insert(insertOutside(version)), 'collecting');
          assertSame(await contentsOf(store), before);
          assert.equal(await store.insert(insertOutside(version, 1)), 'inserted');
          assertSame(await store.batchGet([statusOf()]), [insertOutside(version).status]);
        },
      );
    }

    fact('is not looked at where the payload lies in the record, or nowhere', async (store) => {
      await store.putOnce([collectingOf()]);
      assert.equal(await store.insert(insertOf()), 'inserted');
      assert.equal(await store.insert(insertOf({ version: 2, body: { kind: 'deleted' } })), 'inserted');
    });

    fact('gives way to a conflict', async (store) => {
      await store.insert(insertOf());
      await store.putOnce([collectingOf()]);
      for (const change of [insertOutside(1), { ...insertOutside(2), expectedCounter: 7 }]) {
        assert.equal(await store.insert(change), 'conflict');
      }
    });

    if (adapter.writesTogether) {
      fact('refuses the writes that go together with such an insert, whole', async (store) => {
        await store.putOnce([collectingOf()]);
        const writes = [
          { call: 'putOnce', records: [sliceOf()] } as const,
          { call: 'insert', ...insertOutside() } as const,
        ];
        assert.equal(await store.writeTogether?.(writes), 'refused');
        assertSame(await store.batchGet([sliceOf(), statusOf()]), [undefined, undefined]);
      });
    }

    fact('says no word of what was inserted before it', async (store) => {
      await store.insert(insertOutside());
      await store.putOnce([collectingOf()]);
      assertSame(await store.batchGet([insertOutside().rawData]), [insertOutside().rawData]);
    });
  });

  runner.describe('raiseGcEpoch', () => {
    fact('raises the epoch by one and leaves the rest of the head', async (store) => {
      const manifest = manifestOf({ version: 3, revision: 2 });
      await store.commit(advanceTo(manifest, null));
      assert.equal(await store.raiseGcEpoch(UNDER, 0), 'raised');
      assert.equal(await store.raiseGcEpoch(UNDER, 1), 'raised');
      assertSame(await store.batchGet([headOf(manifest)]), [headOf(manifest, 2)]);
    });

    fact('compares the epoch alone: the head may have moved', async (store) => {
      await store.commit(advanceTo(manifestOf(), null));
      await store.commit(advanceTo(manifestOf({ version: 2 }), headState(1)));
      assert.equal(await store.raiseGcEpoch(UNDER, 0), 'raised');
    });

    fact('is a conflict at another epoch, without a head, and under another rule set', async (store) => {
      assert.equal(await store.raiseGcEpoch(UNDER, 0), 'conflict');
      const manifest = manifestOf();
      await store.commit(advanceTo(manifest, null));
      assert.equal(await store.raiseGcEpoch(UNDER, 1), 'conflict');
      assert.equal(await store.raiseGcEpoch({ ...UNDER, ruleSet: { id: 'other', version: '1.0.0' } }, 0), 'conflict');
      assertSame(await store.batchGet([headOf(manifest)]), [headOf(manifest)]);
    });

    fact('is won by one of many', async (store) => {
      await store.commit(advanceTo(manifestOf(), null));
      const outcomes = await Promise.all(Array.from({ length: RACERS }, () => store.raiseGcEpoch(UNDER, 0)));
      assert.equal(outcomes.filter((outcome) => outcome === 'raised').length, 1);
      assertSame(await store.batchGet([headOf(manifestOf())]), [headOf(manifestOf(), 1)]);
    });

    fact('fails the commits that read the epoch before it, above and below the head', async (store) => {
      await store.commit(advanceTo(manifestOf({ version: 2 }), null));
      await store.raiseGcEpoch(UNDER, 0);
      const above = advanceTo(manifestOf({ version: 3 }), headState(2));
      assertSame(await store.commit(above), { outcome: 'head_moved' });
      assertSame(await store.commit(fillBelow(manifestOf())), { outcome: 'head_moved' });
      assertSame(await store.commit(fillBelow(manifestOf(), 1)), { outcome: 'committed' });
    });
  });

  runner.describe('deleteSlice', () => {
    fact('deletes what has a lower epoch', async (store) => {
      await store.putOnce([sliceOf({ gcEpoch: 1 })]);
      assert.equal(await store.deleteSlice(sliceOf(), 2), 'deleted');
      assertSame(await store.batchGet([sliceOf()]), [undefined]);
      const page = await store.range({ range: 'slices', ...addressOf(), limit: 10 });
      assertSame(page, { items: [], next: null });
    });

    fact('keeps what has this epoch or a higher one, and what is not there', async (store) => {
      await store.putOnce([sliceOf({ gcEpoch: 2 })]);
      assert.equal(await store.deleteSlice(sliceOf(), 2), 'kept');
      assert.equal(await store.deleteSlice(sliceOf(), 1), 'kept');
      assert.equal(await store.deleteSlice(sliceOf({ content: 'other' }), 9), 'kept');
      assertSame(await store.batchGet([sliceOf()]), [sliceOf({ gcEpoch: 2 })]);
    });

    fact('keeps what an attempt has put again meanwhile', async (store) => {
      await store.putOnce([sliceOf()]);
      await store.putOnce([sliceOf({ gcEpoch: 1 })]);
      assert.equal(await store.deleteSlice(sliceOf(), 1), 'kept');
    });

    fact('deletes one slice, and no other of its type, entity, rule set or tenant', async (store) => {
      const others = [
        sliceOf({ content: 'other' }),
        sliceOf({ type: 'OTHER' }),
        sliceOf({ entity: 'product#P2' }),
        sliceOf({ tenant: 'tenant-b' }),
        sliceOf({ ruleSet: { id: 'other', version: '1.0.0' } }),
      ];
      await store.putOnce([sliceOf(), ...others]);
      await store.deleteSlice(sliceOf(), 1);
      assertSame(await store.batchGet(others), others);
    });
  });
}
