/** The conditional steps: insert, status, commit, hints. A lost condition changes nothing. */
import assert from 'node:assert/strict';
import {
  addressOf,
  advanceTo,
  fillBelow,
  headOf,
  headState,
  hintOf,
  indexStateOf,
  insertOf,
  manifestOf,
  RULE_SET,
  statusOf,
} from './record-builders.ts';
import { contentsOf, hintsIn } from './stored-contents.ts';
import { assertSame, type StoreAdapter, storeFact, type TestRunner } from './suite-api.ts';

const RACERS = 8;

export function describeStoreSteps(runner: TestRunner, adapter: StoreAdapter): void {
  const fact = storeFact(runner, adapter);

  runner.describe('insert', () => {
    fact('puts the RawData, moves the status and lists the entity', async (store) => {
      const first = insertOf();
      const second = insertOf({ version: 2, content: 'second' });
      assert.equal(await store.insert(first), 'inserted');
      assert.equal(await store.insert(second), 'inserted');
      assertSame(await store.batchGet([first.rawData, second.rawData, first.status]), [
        first.rawData,
        second.rawData,
        second.status,
      ]);
      const entities = await store.range({ range: 'entities', tenantId: addressOf().tenantId, limit: 10 });
      assertSame(entities, { items: [addressOf().entityKey], next: null });
    });

    fact('accepts any first version', async (store) => {
      const change = { ...insertOf({ version: 7 }), expectedCounter: null };
      assert.equal(await store.insert(change), 'inserted');
      assertSame(await store.batchGet([change.rawData, change.status]), [change.rawData, change.status]);
    });

    for (const [name, conflicting] of INSERT_CONFLICTS) {
      fact(`${name} is a conflict and changes nothing`, async (store) => {
        await store.insert(insertOf());
        await store.insert(insertOf({ version: 2 }));
        const before = await contentsOf(store);
        assert.equal(await store.insert(conflicting()), 'conflict');
        assertSame(await contentsOf(store), before);
        assertSame(await store.batchGet([insertOf({ version: 3 }).rawData]), [undefined]);
      });
    }

    fact('with a counter where there is no status is a conflict and lists no entity', async (store) => {
      assert.equal(await store.insert({ ...insertOf(), expectedCounter: 1 }), 'conflict');
      assertSame(await store.batchGet([insertOf().rawData, insertOf().status]), [undefined, undefined]);
      const entities = await store.range({ range: 'entities', tenantId: addressOf().tenantId, limit: 10 });
      assertSame(entities.items, []);
    });

    for (const version of [1, 2]) {
      fact(`of racing inserts of version ${version} exactly one wins, whole`, async (store) => {
        if (version === 2) await store.insert(insertOf());
        const racers = Array.from({ length: RACERS }, (_, index) =>
          insertOf({ version, content: `racer ${index}`, state: index % 2 === 0 ? 'IDLE' : 'FAILED' }),
        );
        const outcomes = await Promise.all(racers.map((change) => store.insert(change)));
        assert.equal(outcomes.filter((outcome) => outcome === 'inserted').length, 1);
        const winner = racers[outcomes.indexOf('inserted')];
        assert.ok(winner);
        assertSame(await store.batchGet([winner.rawData, winner.status]), [winner.rawData, winner.status]);
      });
    }
  });

  runner.describe('updateStatus', () => {
    fact('replaces the status whose counter was expected', async (store) => {
      await store.insert(insertOf());
      const next = statusOf({ counter: 2, state: 'ACTIVE', owed: {} });
      assert.equal(await store.updateStatus(next, 1), 'updated');
      assertSame(await store.batchGet([next]), [next]);
    });

    fact('keeps what is owed, errors and claims included', async (store) => {
      await store.insert(insertOf());
      const report = {
        code: 'join.missing',
        category: 'Missing',
        retryable: false,
        message: 'é',
        details: { a: [1] },
      } as const;
      const next = statusOf({
        counter: 2,
        state: 'FAILED',
        owed: {
          'a@1.0.0': { state: 'FAILED', lastError: report },
          'b@1.0.0': { state: 'BUILDING', claimToken: 't', claimedAt: '2026-01-01T00:00:00.000Z' },
        },
      });
      await store.updateStatus(next, 1);
      assertSame(await store.batchGet([next]), [next]);
    });

    for (const [name, expectedCounter] of [
      ['an older counter', 1],
      ['a counter that is not there yet', 3],
    ] as const) {
      fact(`with ${name} is a conflict and changes nothing`, async (store) => {
        await store.insert(insertOf());
        await store.insert(insertOf({ version: 2 }));
        const before = await contentsOf(store);
        const next = statusOf({ version: 2, counter: expectedCounter + 1, state: 'ACTIVE' });
        assert.equal(await store.updateStatus(next, expectedCounter), 'conflict');
        assertSame(await contentsOf(store), before);
      });
    }

    fact('of an entity that is not there is a conflict and makes none', async (store) => {
      assert.equal(await store.updateStatus(statusOf({ counter: 2 }), 1), 'conflict');
      assertSame(await store.batchGet([statusOf()]), [undefined]);
    });

    fact('of racing updates exactly one wins', async (store) => {
      await store.insert(insertOf());
      const racers = Array.from({ length: RACERS }, (_, index) =>
        statusOf({
          counter: 2,
          owed: { 'a@1.0.0': { state: 'BUILDING', claimToken: `racer ${index}`, claimedAt: '' } },
        }),
      );
      const outcomes = await Promise.all(racers.map((next) => store.updateStatus(next, 1)));
      assert.equal(outcomes.filter((outcome) => outcome === 'updated').length, 1);
      assertSame(await store.batchGet([statusOf()]), [racers[outcomes.indexOf('updated')]]);
    });
  });

  runner.describe('updateIndexState', () => {
    fact('makes the first one, and replaces the one whose counter was expected', async (store) => {
      const first = indexStateOf();
      const stopped = indexStateOf({ counter: 2, writer: 'another', rebuildCursor: 'product#P1' });
      const last = indexStateOf({ counter: 3, state: 'COMPLETE' });
      for (const [index, next] of [first, stopped, last].entries()) {
        assert.equal(await store.updateIndexState(next, index === 0 ? null : index), 'updated');
        assertSame(await store.batchGet([next]), [next]);
      }
    });

    for (const [name, expectedCounter] of [
      ['none where there is one', null],
      ['an older counter', 1],
      ['a counter that is not there yet', 3],
    ] as const) {
      fact(`expecting ${name} is a conflict and changes nothing`, async (store) => {
        const there = indexStateOf({ counter: 2, rebuildCursor: 'product#P1' });
        await store.updateIndexState(indexStateOf(), null);
        await store.updateIndexState(there, 1);
        const next = indexStateOf({ counter: (expectedCounter ?? 0) + 1, state: 'COMPLETE' });
        assert.equal(await store.updateIndexState(next, expectedCounter), 'conflict');
        assertSame(await store.batchGet([there]), [there]);
      });
    }

    fact('expecting one where there is none is a conflict and makes none', async (store) => {
      assert.equal(await store.updateIndexState(indexStateOf({ counter: 2 }), 1), 'conflict');
      assertSame(await store.batchGet([indexStateOf()]), [undefined]);
    });

    fact('of racing updates exactly one wins', async (store) => {
      const racers = Array.from({ length: RACERS }, (_, index) => indexStateOf({ writer: `racer ${index}` }));
      const outcomes = await Promise.all(racers.map((next) => store.updateIndexState(next, null)));
      assert.equal(outcomes.filter((outcome) => outcome === 'updated').length, 1);
      assertSame(await store.batchGet([indexStateOf()]), [racers[outcomes.indexOf('updated')]]);
    });

    fact('is of one tenant and one rule set', async (store) => {
      const all = [{}, { tenant: 'tenant-b' }, { ruleSet: { id: 'product-core', version: '1.10.0' } }].map((owner) =>
        indexStateOf({ ...owner, writer: JSON.stringify(owner) }),
      );
      for (const state of all) assert.equal(await store.updateIndexState(state, null), 'updated');
      assertSame(await store.batchGet(all), all);
    });
  });

  runner.describe('commit', () => {
    for (const [name, expected, outcome] of ADVANCES) {
      fact(`advancing a head at version 2, revision 1, epoch 5 from ${name}: ${outcome}`, async (store) => {
        await store.commit(advanceTo(manifestOf({ version: 2, revision: 1 }), null, 5));
        const before = await contentsOf(store);
        const next = manifestOf({ version: 3 });
        assertSame(await store.commit(advanceTo(next, expected, 5)), { outcome });
        if (outcome === 'committed') assertSame(await store.batchGet([next, headOf(next)]), [next, headOf(next, 5)]);
        else assertSame(await contentsOf(store), before);
        assertSame(await store.batchGet([next]), [outcome === 'committed' ? next : undefined]);
      });
    }

    fact('advancing from a head where there is none finds it moved and makes none', async (store) => {
      const manifest = manifestOf({ version: 2 });
      assertSame(await store.commit(advanceTo(manifest, headState(1))), { outcome: 'head_moved' });
      assertSame(await store.batchGet([manifest, headOf(manifest)]), [undefined, undefined]);
    });

    fact('below the head puts the manifest and leaves the head where it is', async (store) => {
      const top = manifestOf({ version: 5 });
      const below = manifestOf({ version: 4 });
      await store.commit(advanceTo(top, null, 2));
      assertSame(await store.commit(fillBelow(below, 2)), { outcome: 'committed' });
      assertSame(await store.batchGet([below, headOf(top)]), [below, headOf(top, 2)]);
    });

    for (const epoch of [1, 3]) {
      fact(`below a head at epoch 2 with epoch ${epoch} expected finds it moved and changes nothing`, async (store) => {
        await store.commit(advanceTo(manifestOf({ version: 5 }), null, 2));
        const before = await contentsOf(store);
        assertSame(await store.commit(fillBelow(manifestOf({ version: 4 }), epoch)), { outcome: 'head_moved' });
        assertSame(await contentsOf(store), before);
      });
    }

    fact('below a head that is not there finds it moved', async (store) => {
      assertSame(await store.commit(fillBelow(manifestOf(), 0)), { outcome: 'head_moved' });
      assertSame(await store.batchGet([manifestOf()]), [undefined]);
    });

    fact('of a manifest that is there answers it, also where the head moved, and changes nothing', async (store) => {
      const there = manifestOf({ content: 'first' });
      await store.commit(advanceTo(there, null));
      const before = await contentsOf(store);
      const other = manifestOf({ content: 'other' });
      for (const change of [
        advanceTo(there, null),
        advanceTo(other, null),
        advanceTo(other, headState(1)),
        fillBelow(other),
        fillBelow(other, 9),
      ]) {
        assertSame(await store.commit(change), { outcome: 'manifest_exists', manifest: there });
      }
      assertSame(await contentsOf(store), before);
    });

    fact('of racing commits from one head exactly one wins, with manifest and head', async (store) => {
      const base = manifestOf();
      await store.commit(advanceTo(base, null));
      const racers = Array.from({ length: RACERS }, (_, index) =>
        manifestOf({ version: 2 + (index % 2), content: `racer ${index}` }),
      );
      const outcomes = await Promise.all(racers.map((manifest) => store.commit(advanceTo(manifest, headState(1)))));
      const winners = racers.filter((_, index) => outcomes[index]?.outcome === 'committed');
      assert.equal(winners.length, 1);
      const [winner] = winners;
      assert.ok(winner);
      assertSame(await store.batchGet([headOf(winner)]), [headOf(winner)]);
      const manifests = await store.range({
        range: 'manifests',
        ...addressOf(),
        ruleSet: RULE_SET,
        order: 'ascending',
        limit: 10,
      });
      assertSame(manifests.items, [base, winner]);
    });
  });

  runner.describe('hints', () => {
    for (const [name, version, revision, isReplaced] of HINT_PUTS) {
      fact(`a hint at version 2, revision 1 is ${isReplaced ? 'replaced' : 'kept'} by ${name}`, async (store) => {
        const there = hintOf({ version: 2, revision: 1, content: 'there' });
        const put = hintOf({ version, revision, content: 'put' });
        await store.putHints([there]);
        await store.putHints([put]);
        assertSame(await hintsIn(store), [isReplaced ? put : there]);
      });
    }

    fact('racing puts end at the highest version and revision, whatever their order', async (store) => {
      const hints = [3, 1, 4, 2, 4, 0].map((revision) => hintOf({ version: 2, revision }));
      await Promise.all(hints.map((hint) => store.putHints([hint])));
      assertSame(await hintsIn(store), [hintOf({ version: 2, revision: 4 })]);
    });

    for (const [name, version, revision] of [
      ['another version', 1, 1],
      ['another revision', 2, 0],
    ] as const) {
      fact(`is kept where a delete names ${name}`, async (store) => {
        const there = hintOf({ version: 2, revision: 1 });
        await store.putHints([there]);
        assert.equal(await store.deleteHint(hintOf({ version, revision })), 'kept');
        assertSame(await hintsIn(store), [there]);
      });
    }

    fact('is deleted once by its own version and revision, and can be put again', async (store) => {
      const hint = hintOf({ version: 2, revision: 1 });
      await store.putHints([hint, hintOf({ type: '*' })]);
      const outcomes = await Promise.all([store.deleteHint(hint), store.deleteHint(hint)]);
      assert.deepEqual(outcomes.toSorted(), ['deleted', 'kept']);
      assertSame(await hintsIn(store), [hintOf({ type: '*' })]);
      await store.putHints([hintOf({ version: 1 })]);
      assertSame(await hintsIn(store), [hintOf({ type: '*' }), hintOf({ version: 1 })]);
    });

    fact('putting none, and deleting one that is not there, is fine', async (store) => {
      await store.putHints([]);
      assert.equal(await store.deleteHint(hintOf()), 'kept');
      assertSame(await store.putOnce([]), []);
    });
  });
}

const INSERT_CONFLICTS = [
  ['a taken version', () => insertOf({ version: 2, content: 'other' })],
  ['a taken version under the right counter', () => ({ ...insertOf({ version: 1 }), expectedCounter: 2 })],
  ['a free version under an older counter', () => ({ ...insertOf({ version: 3 }), expectedCounter: 1 })],
  ['a free version under a later counter', () => ({ ...insertOf({ version: 3 }), expectedCounter: 3 })],
  ['a free version where no status is expected', () => ({ ...insertOf({ version: 3 }), expectedCounter: null })],
] as const;

const ADVANCES = [
  ['exactly that', headState(2, 1, 5), 'committed'],
  ['nothing', null, 'head_moved'],
  ['an older version', headState(1, 1, 5), 'head_moved'],
  ['an older revision', headState(2, 0, 5), 'head_moved'],
  ['a later revision', headState(2, 2, 5), 'head_moved'],
  ['an older epoch', headState(2, 1, 4), 'head_moved'],
] as const;

const HINT_PUTS = [
  ['the same version and revision', 2, 1, false],
  ['a lower revision', 2, 0, false],
  ['a lower version with a higher revision', 1, 9, false],
  ['a higher revision', 2, 2, true],
  ['a higher version with a lower revision', 3, 0, true],
] as const;
