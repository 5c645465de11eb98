/** Key ranges: their order, their pages, and pages while writes go on. */
import assert from 'node:assert/strict';
import { sortUtf8 } from '../../src/domain/canonical/key-order.ts';
import { parseVersion } from '../../src/domain/identity.ts';
import type { RangeItem, RangeQuery, Store } from '../../src/ports/store.ts';
import {
  addressOf,
  advanceTo,
  fillBelow,
  hintOf,
  insertOf,
  manifestOf,
  RULE_SET,
  statusOf,
} from './record-builders.ts';
import { assertSame, type StoreAdapter, storeFact, type TestRunner } from './suite-api.ts';

// UTF-16 order would put the emoji, U+10FFFF and U+1F9C0 before U+E000 and U+FFFD.
const IDS = [
  '\u{10ffff}',
  '\ufffd',
  '\ue000',
  '🧀',
  'é',
  'e\u0301',
  'z',
  'a',
  'A',
  '10',
  '9',
  'a b',
  'a%',
  'a_',
  'ab',
  '~',
];
const OTHERS = ['prod#a', 'producer#a', 'Product#a', 'product-x#a'];
const PREFIXES = ['product#', 'product#a', 'product#a%', 'product#a_', '%', '_', 'product#\u{10ffff}', 'prod', 'x'];
const ENTITIES = IDS.map((id) => `product#${id}`);
const { tenantId } = addressOf();

export function describeStoreRanges(runner: TestRunner, adapter: StoreAdapter): void {
  const fact = storeFact(runner, adapter);

  runner.describe('entities', () => {
    fact('come in the order of their UTF-8 bytes, on pages of any size', async (store) => {
      await insertAll(store, ENTITIES);
      for (const limit of [1, 3, ENTITIES.length - 1, ENTITIES.length, 1_000]) {
        assertSame(await readAll(store, { range: 'entities', tenantId, limit }), sortUtf8(ENTITIES));
      }
    });

    fact('of a prefix are those whose bytes begin so, and no wildcard is one', async (store) => {
      const entities = [...ENTITIES, ...OTHERS];
      await insertAll(store, entities);
      for (const prefix of PREFIXES) {
        const expected = sortUtf8(entities.filter((entity) => entity.startsWith(prefix)));
        assertSame(await readAll(store, { range: 'entities', tenantId, prefix, limit: 2 }), expected, prefix);
      }
    });

    fact('of another tenant are not listed, also where its name begins alike', async (store) => {
      for (const tenant of ['tenant-a', 'tenant', 'tenant-a%', 'tenant-ab']) await store.insert(insertOf({ tenant }));
      assertSame(await readAll(store, { range: 'entities', tenantId, limit: 1 }), [addressOf().entityKey]);
    });

    fact('that were there all along are listed once, whatever is inserted between pages', async (store) => {
      await insertAll(store, ENTITIES);
      const seen: string[] = [];
      let after: string | undefined;
      for (let page = 0; ; page += 1) {
        const read = await store.range({
          range: 'entities',
          tenantId,
          limit: 3,
          ...(after !== undefined && { after }),
        });
        seen.push(...read.items);
        if (read.next === null) break;
        after = read.next;
        await insertAll(store, [`product#${page}`, `product#z${page}`, `product#\u{10fffe}${page}`]);
      }
      assertSame(
        seen.filter((entity) => ENTITIES.includes(entity)),
        sortUtf8(ENTITIES),
      );
      assert.deepEqual(seen, sortUtf8(new Set(seen)));
    });
  });

  runner.describe('by-state', () => {
    fact('lists the statuses of one state by entity, on pages, and follows updates', async (store) => {
      await insertAll(store, ENTITIES);
      const active = ENTITIES.filter((_, index) => index % 2 === 0);
      for (const entity of active) await store.updateStatus(statusOf({ entity, counter: 2, state: 'ACTIVE' }), 1);
      const listed = await readAll(store, { range: 'by-state', tenantId, state: 'ACTIVE', limit: 3 });
      assertSame(
        listed,
        sortUtf8(active).map((entity) => statusOf({ entity, counter: 2, state: 'ACTIVE' })),
      );
      const idle = await readAll(store, { range: 'by-state', tenantId, state: 'IDLE', limit: 3 });
      assertSame(
        idle.map((status) => status.entityKey),
        sortUtf8(ENTITIES.filter((entity) => !active.includes(entity))),
      );
      assertSame(await readAll(store, { range: 'by-state', tenantId, state: 'FAILED', limit: 3 }), []);
    });

    fact(
      'lists how far the changes of each entity were followed, as it was stored and as it was moved',
      async (store) => {
        const [first, second] = ['brand#B1', 'brand#B2'];
        await insertAll(store, [first, second]);
        const moved = [0, 1].map((fannedOutTo, index) =>
          statusOf({ entity: [first, second][index] ?? first, counter: 2, state: 'READY', owed: {}, fannedOutTo }),
        );
        for (const status of moved) await store.updateStatus(status, 1);
        assertSame(await store.batchGet(moved), moved);
        assertSame(await readAll(store, { range: 'by-state', tenantId, state: 'READY', limit: 1 }), moved);
      },
    );

    fact('of a prefix lists those of the state whose bytes begin so, on pages', async (store) => {
      const entities = [...ENTITIES, ...OTHERS];
      await insertAll(store, entities);
      const active = entities.filter((_, index) => index % 2 === 0);
      for (const entity of active) await store.updateStatus(statusOf({ entity, counter: 2, state: 'ACTIVE' }), 1);
      for (const prefix of PREFIXES) {
        const listed = await readAll(store, { range: 'by-state', tenantId, state: 'ACTIVE', prefix, limit: 2 });
        const expected = sortUtf8(active.filter((entity) => entity.startsWith(prefix)));
        const keys = listed.map(({ entityKey }) => entityKey);
        assertSame(keys, expected, prefix);
      }
    });

    fact('visits every entity that stays in the state while others leave it between pages', async (store) => {
      await insertAll(store, ENTITIES);
      const seen: string[] = [];
      let after: string | undefined;
      for (;;) {
        const read = await store.range({
          range: 'by-state',
          tenantId,
          state: 'IDLE',
          limit: 2,
          ...(after !== undefined && { after }),
        });
        seen.push(...read.items.map((status) => status.entityKey));
        for (const { entityKey, version } of read.items) {
          await store.updateStatus(statusOf({ entity: entityKey, version, counter: 2, state: 'ACTIVE' }), 1);
        }
        if (read.next === null) break;
        after = read.next;
      }
      assert.deepEqual(seen, sortUtf8(ENTITIES));
    });
  });

  runner.describe('versions', () => {
    const summaries = (versions: readonly number[]) =>
      versions.map((version) => {
        const { kind: _, body: __, ...rest } = insertOf({ version, content: 'x'.repeat(version) }).rawData;
        return { ...rest, isDeleted: false, isErased: false, payloadBytes: version };
      });

    fact('come in the order of their numbers, upwards and downwards, on pages, without payloads', async (store) => {
      const versions = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
      for (const version of versions) await store.insert(insertOf({ version, content: 'x'.repeat(version) }));
      await store.insert(insertOf({ entity: 'product#P10', version: 1 }));
      for (const limit of [1, 4, 11, 1_000]) {
        const query = { range: 'versions', ...addressOf(), limit } as const;
        assertSame(await readAll(store, { ...query, order: 'ascending' }), summaries(versions));
        assertSame(await readAll(store, { ...query, order: 'descending' }), summaries(versions.toReversed()));
      }
    });

    fact('tell deleted ones and those in the payload store', async (store) => {
      const location = { ...addressOf(), rawHash: insertOf().rawData.rawHash, generation: 0 };
      await store.insert(insertOf({ body: { kind: 'external', location, payloadBytes: 123_456 } }));
      await store.insert(insertOf({ version: 2, body: { kind: 'deleted' } }));
      const listed = await readAll(store, { range: 'versions', ...addressOf(), order: 'ascending', limit: 10 });
      assertSame(
        listed.map(({ isDeleted, payloadBytes }) => ({ isDeleted, payloadBytes })),
        [
          { isDeleted: false, payloadBytes: 123_456 },
          { isDeleted: true, payloadBytes: 0 },
        ],
      );
    });

    fact('reach to the highest', async (store) => {
      const highest = 9_999_999_999;
      await store.insert({ ...insertOf({ version: highest }), expectedCounter: null });
      const listed = await readAll(store, { range: 'versions', ...addressOf(), order: 'descending', limit: 1 });
      assertSame(
        listed.map(({ version }) => version),
        [highest],
      );
    });
  });

  runner.describe('manifests', () => {
    const PLACES = [
      [2, 0],
      [2, 1],
      [2, 10],
      [9, 0],
      [10, 0],
      [10, 1],
    ] as const;
    const manifests = PLACES.map(([version, revision]) => manifestOf({ version, revision }));

    const commitAll = async (store: Store) => {
      await store.commit(advanceTo(manifestOf({ version: 11 }), null));
      for (const manifest of manifests) await store.commit(fillBelow(manifest));
      await store.commit(advanceTo(manifestOf({ ruleSet: { id: 'product-core', version: '1.3.1' } }), null));
    };
    const query = { range: 'manifests', ...addressOf(), ruleSet: RULE_SET } as const;

    fact('come by version and revision as numbers, in both orders, on pages', async (store) => {
      await commitAll(store);
      const all = [...manifests, manifestOf({ version: 11 })];
      for (const limit of [1, 2, 1_000]) {
        assertSame(await readAll(store, { ...query, order: 'ascending', limit }), all);
        assertSame(await readAll(store, { ...query, order: 'descending', limit }), all.toReversed());
      }
    });

    fact('of one version are its revisions, in both orders, on pages', async (store) => {
      await commitAll(store);
      const version = parseVersion(2);
      const revisions = manifests.slice(0, 3);
      for (const limit of [1, 2, 3]) {
        assertSame(await readAll(store, { ...query, version, order: 'ascending', limit }), revisions);
        assertSame(await readAll(store, { ...query, version, order: 'descending', limit }), revisions.toReversed());
      }
    });
  });

  runner.describe('hints', () => {
    const RULE_SETS = [RULE_SET, { id: 'product-core', version: '1.10.0' }, { id: 'product', version: '1.0.0' }];
    const hints = sortUtf8(ENTITIES).flatMap((entity) =>
      // By the bytes of `id@version`: `-` comes before `@`.
      [RULE_SETS[1], RULE_SETS[0], RULE_SETS[2]].flatMap((ruleSet) =>
        ['*', 'A_TYPE', 'B_TYPE'].map((type) => hintOf({ entity, type, ...(ruleSet && { ruleSet }) })),
      ),
    );
    const query = { range: 'hints', tenantId, indexKey: hintOf().indexKey, shard: 0 } as const;

    fact('come by entity key, rule set and slice type, on pages of any size', async (store) => {
      await store.putHints(hints.toReversed());
      for (const limit of [1, 7, hints.length, 1_000]) assertSame(await readAll(store, { ...query, limit }), hints);
    });

    fact('of another index key or shard are not listed', async (store) => {
      const keys = [query.indexKey, `${query.indexKey}2`, `${query.indexKey} `, 'IDX#brand#%#product'];
      for (const indexKey of keys) await store.putHints([hintOf({ indexKey }), hintOf({ indexKey, shard: 1 })]);
      for (const indexKey of keys) {
        for (const shard of [0, 1]) {
          assertSame(await readAll(store, { ...query, indexKey, shard, limit: 10 }), [hintOf({ indexKey, shard })]);
        }
      }
    });

    fact('that were there all along are listed once while others are deleted between pages', async (store) => {
      await store.putHints(hints);
      const first = await store.range({ ...query, limit: 5 });
      for (const hint of first.items) await store.deleteHint(hint);
      assert.ok(first.next !== null);
      const rest = await readAll(store, { ...query, limit: 5, after: first.next });
      assertSame([...first.items, ...rest], hints);
    });
  });
}

async function insertAll(store: Store, entities: readonly string[]): Promise<void> {
  for (const entity of entities) await store.insert(insertOf({ entity }));
}

/** All pages; none is longer than asked for, only a first one may be empty, and each begins behind the one before. */
async function readAll<Q extends RangeQuery>(store: Store, query: Q): Promise<RangeItem<Q>[]> {
  const items: RangeItem<Q>[] = [];
  let after = query.after;
  for (;;) {
    const page = await store.range({ ...query, ...(after !== undefined && { after }) });
    assert.ok(page.items.length <= query.limit);
    assert.ok(page.items.length > 0 || (items.length === 0 && page.next === null), 'a page behind the last one');
    assert.notEqual(page.next, after ?? '');
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
}
