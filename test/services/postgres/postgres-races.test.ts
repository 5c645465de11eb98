/** Several stores on one schema, as several processes have them: every connection is its own. */
import { describe, expect, it } from 'vitest';
import { migratePostgres, openPostgresStore } from '../../../src/adapters/postgres/index.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import type { Store, Write } from '../../../src/ports/store.ts';
import {
  advanceTo,
  changeSetOf,
  collectingOf,
  externalBodyOf,
  fillBelow,
  headOf,
  headState,
  hintOf,
  insertOf,
  manifestOf,
  sliceOf,
  statusOf,
  withStatus,
} from '../../conformance/record-builders.ts';
import { hintsIn } from '../../conformance/stored-contents.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema, withClient } from './test-database.ts';

const RACERS = 8;
const ROUNDS = 10;
const VERSIONS = 10;

describeService('postgres', (url) => {
  const withRacers = async (race: (stores: readonly Store[], schema: string) => Promise<void>, racers = RACERS) => {
    const schema = freshSchema();
    const options = { connectionString: `${url}?application_name=${schema}`, schema, connectionsMax: 2 };
    await migratePostgres(options);
    const stores = await Promise.all(Array.from({ length: racers }, () => openPostgresStore(options)));
    try {
      await race(stores, schema);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  };
  const countOf = (outcomes: readonly unknown[], expected: unknown) =>
    outcomes.filter((outcome) => JSON.stringify(outcome) === JSON.stringify(expected)).length;
  const rounds = Array.from({ length: ROUNDS }, (_, round) => `product#R${round}`);

  describe('racing stores', () => {
    it('put one first version: one wins, the others conflict, and status and RawData are of the winner', () =>
      withRacers(async (stores) => {
        for (const entity of rounds) {
          const changes = stores.map((_, index) => insertOf({ entity, content: `racer ${index}` }));
          const outcomes = await Promise.all(changes.map((change, index) => stores[index]?.insert(change)));
          expect(countOf(outcomes, 'inserted')).toBe(1);
          expect(countOf(outcomes, 'conflict')).toBe(RACERS - 1);
          const winner = changes[outcomes.indexOf('inserted')];
          assertSame(await stores[0]?.batchGet([insertOf({ entity }).rawData]), [winner?.rawData]);
        }
      }));

    it('put one next version: one wins', () =>
      withRacers(async (stores) => {
        for (const entity of rounds) {
          await stores[0]?.insert(insertOf({ entity }));
          const outcomes = await Promise.all(stores.map((store) => store.insert(insertOf({ entity, version: 2 }))));
          expect(countOf(outcomes, 'inserted')).toBe(1);
          assertSame(await stores[0]?.batchGet([statusOf({ entity })]), [insertOf({ entity, version: 2 }).status]);
        }
      }));

    it('commit from one head: one wins, and who commits the same manifest meets it', () =>
      withRacers(async (stores) => {
        for (const entity of rounds) {
          await stores[0]?.commit(advanceTo(manifestOf({ entity }), null));
          const next = manifestOf({ entity, version: 2 });
          const outcomes = await Promise.all(stores.map((store) => store.commit(advanceTo(next, headState(1)))));
          expect(countOf(outcomes, { outcome: 'committed' })).toBe(1);
          expect(outcomes.filter(({ outcome }) => outcome === 'manifest_exists')).toHaveLength(RACERS - 1);
          assertSame(await stores[0]?.batchGet([headOf(next), next]), [headOf(next), next]);
        }
      }));

    it('commit different first manifests: one wins, and nothing of the others is there', () =>
      withRacers(async (stores) => {
        for (const entity of rounds) {
          const manifests = stores.map((_, index) => manifestOf({ entity, version: index + 1 }));
          const outcomes = await Promise.all(
            manifests.map((manifest, index) => stores[index]?.commit(advanceTo(manifest, null))),
          );
          expect(countOf(outcomes, { outcome: 'committed' })).toBe(1);
          expect(countOf(outcomes, { outcome: 'head_moved' })).toBe(RACERS - 1);
          const there = await stores[0]?.batchGet(manifests);
          expect(there?.filter((manifest) => manifest !== undefined)).toHaveLength(1);
        }
      }));

    it('move the status with their commits: whoever loses leaves neither manifest nor head', () =>
      withRacers(async (stores) => {
        for (const entity of rounds) {
          await stores[0]?.insert(insertOf({ entity }));
          const commits = stores.map((_, index) =>
            withStatus(advanceTo(manifestOf({ entity, version: index + 1 }), null), 1, { entity, version: 1 }),
          );
          const outcomes = await Promise.all(commits.map((commit, index) => stores[index]?.commit(commit)));
          expect(countOf(outcomes, { outcome: 'committed' })).toBe(1);
          const there = await stores[0]?.batchGet(commits.map(({ manifest }) => manifest));
          expect(there?.filter((manifest) => manifest !== undefined)).toHaveLength(1);
        }
      }));

    it('put the same slices and hints in different orders, and none waits for another for ever', () =>
      withRacers(async (stores) => {
        const slices = Array.from({ length: 40 }, (_, index) => sliceOf({ content: `${index}`, gcEpoch: 1 }));
        const hints = Array.from({ length: 40 }, (_, index) => hintOf({ entity: `product#P${index}` }));
        const turned = <Item>(items: readonly Item[], index: number) => (index % 2 === 0 ? items : items.toReversed());
        const outcomes = await Promise.all(
          stores.map(async (store, index) => {
            await store.putHints(turned(hints, index));
            return store.putOnce(turned(slices, index));
          }),
        );
        expect(countOf(outcomes.flat(), { outcome: 'stored' })).toBe(slices.length);
        expect(await hintsIn(stores[0] as Store)).toHaveLength(hints.length);
      }));

    it('write together over the same entities in different orders: all or nothing of each, and one wins', () =>
      withRacers(async (stores) => {
        for (const round of rounds) {
          const entities = [`${round}a`, `${round}b`, `${round}c`];
          const outcomes = await Promise.all(
            stores.map((store, index) => {
              const order = index % 2 === 0 ? entities : entities.toReversed();
              const writes = order.flatMap((entity): Write[] => [
                { call: 'updateStatus', next: statusOf({ entity, counter: 2 }), expectedCounter: 1 },
                { call: 'commit', ...advanceTo(manifestOf({ entity, content: `${index}` }), null) },
              ]);
              return prepared(stores, entities).then(() => store.writeTogether?.(writes));
            }),
          );
          expect(countOf(outcomes, 'written')).toBe(1);
          expect(countOf(outcomes, 'refused')).toBe(RACERS - 1);
        }
      }));

    it('collect a location, or refer to it: never both', () =>
      withRacers(async (stores) => {
        for (const entity of rounds) {
          const change = insertOf({ entity, body: externalBodyOf({ entity }) });
          const [inserted, seen] = await Promise.all([
            stores[0]?.insert(change),
            stores[1]
              ?.putOnce([collectingOf({ entity })])
              .then(() => stores[1]?.batchGet([change.rawData]))
              .then((there) => there?.[0] !== undefined),
          ]);
          // Whoever collects looks for references behind its record: one that came in is always seen.
          expect([inserted, seen]).toEqual(inserted === 'inserted' ? ['inserted', true] : ['collecting', false]);
        }
      }));

    it('fill versions below a head while a collection moves its epoch: a commit is of the epoch that it read', () =>
      withRacers(async (stores) => {
        for (const entity of rounds) {
          await stores[0]?.commit(advanceTo(manifestOf({ entity, version: 9 }), null));
          const [raised, filled] = await Promise.all([
            stores[0]?.raiseGcEpoch(manifestOf({ entity }), 0),
            stores[1]?.commit(fillBelow(manifestOf({ entity }))),
          ]);
          expect(raised).toBe('raised');
          expect(['committed', 'head_moved']).toContain(filled?.outcome);
          const [manifest] = (await stores[0]?.batchGet([manifestOf({ entity })])) ?? [];
          expect(manifest !== undefined).toBe(filled?.outcome === 'committed');
        }
      }));

    it('lose their connections at any moment, and the same calls complete', () =>
      withRacers(async (stores, schema) => {
        const failures: unknown[] = [];
        await withClient(url, async (client) => {
          const killAll = () =>
            client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
              schema,
            ]);
          // One racer kills while the others are at work.
          let kills = Promise.resolve<unknown>(undefined);
          const work = stores.map(async (store, index) => {
            for (let version = 1; version <= VERSIONS; version += 1) {
              await untilDone(failures, () => putVersion(store, `product#K${index}`, version));
              if (index === 0) kills = kills.then(killAll);
            }
          });
          await Promise.all(work);
          await kills;
        });
        expect(failures.length).toBeGreaterThan(0);
        for (const failure of failures) expect(failure).toMatchObject({ code: 'store.unavailable', retryable: true });
        for (const index of stores.keys()) {
          await untilDone(failures, () => expectVersions(stores[0] as Store, `product#K${index}`, VERSIONS));
        }
      }, 4));
  });
});

async function prepared(stores: readonly Store[], entities: readonly string[]): Promise<void> {
  for (const entity of entities) await stores[0]?.insert(insertOf({ entity }));
}

/** A version with what is made of it; each call tells what is in from what is not. */
async function putVersion(store: Store, entity: string, version: number): Promise<void> {
  const manifest = manifestOf({ entity, version });
  await store.insert(insertOf({ entity, version }));
  await store.putOnce([sliceOf({ entity, content: `${version}` }), changeSetOf({ entity, to: version })]);
  await store.commit(advanceTo(manifest, version === 1 ? null : headState(version - 1)));
  const there = await store.batchGet([manifest, statusOf({ entity })]);
  assertSame(there, [manifest, insertOf({ entity, version }).status]);
}

async function untilDone(failures: unknown[], work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      failures.push(error);
      if (!isSlicewiseError(error) || !error.retryable) throw error;
    }
  }
}

async function expectVersions(store: Store, entity: string, versions: number): Promise<void> {
  const numbers = Array.from({ length: versions }, (_, index) => index + 1);
  const expected = numbers.map((version) => insertOf({ entity, version }).rawData);
  assertSame(await store.batchGet(expected), expected);
  const manifests = numbers.map((version) => manifestOf({ entity, version }));
  assertSame(await store.batchGet(manifests), manifests);
}
