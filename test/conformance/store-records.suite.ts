/** Single records: what was put comes back, is never altered, and is nobody else's. */
import assert from 'node:assert/strict';
import type { RecordKey, StoredRecord } from '../../src/ports/store.ts';
import { isStoreClosed } from '../../src/ports/store-errors.ts';
import {
  addressOf,
  advanceTo,
  bindingOf,
  changeSetOf,
  headOf,
  hintOf,
  indexStateOf,
  insertOf,
  manifestOf,
  type Owner,
  RULE_SET,
  rawDataOf,
  sliceOf,
  snapshotOf,
  someBytes,
  someHash,
  statusOf,
} from './record-builders.ts';
import { assertSame, type StoreAdapter, storeFact, type TestRunner } from './suite-api.ts';

const EXTERNAL_BYTES = 350_000;

export function describeStoreRecords(runner: TestRunner, adapter: StoreAdapter): void {
  const fact = storeFact(runner, adapter);

  runner.describe('records', () => {
    fact('an empty store answers undefined for a key of every kind', async (store) => {
      const keys: RecordKey[] = everyKind();
      assertSame(
        await store.batchGet(keys),
        keys.map(() => undefined),
      );
    });

    fact('a record of every kind comes back as it was put', async (store) => {
      const manifest = manifestOf();
      const { rawData, status } = insertOf();
      await store.insert({ rawData, status, expectedCounter: null });
      await store.putOnce([changeSetOf(), sliceOf(), snapshotOf(), bindingOf()]);
      await store.commit(advanceTo(manifest, null));
      await store.updateIndexState(indexStateOf(), null);
      const expected = everyKind();
      assertSame(await store.batchGet(expected), expected);
    });

    fact('a binding says whether its index was complete from the start', async (store) => {
      const bindings = [true, false].map((isIndexedFromStart, index) => ({
        ...bindingOf('{}', { id: 'product-core', version: `${index}.0.0` }),
        isIndexedFromStart,
      }));
      await store.putOnce(bindings);
      assertSame(await store.batchGet(bindings), bindings);
    });

    for (const [name, body] of BODIES) {
      fact(`a RawData whose body is ${name} comes back whole`, async (store) => {
        const change = insertOf({ body });
        await store.insert(change);
        assertSame(await store.batchGet([change.rawData]), [change.rawData]);
      });
    }

    fact('a ChangeSet whose ops were too large to keep comes back without them', async (store) => {
      const record = changeSetOf({ ops: null });
      await store.putOnce([record]);
      assertSame(await store.batchGet([record]), [record]);
    });

    fact('a tombstone, a slice of 350 KB and a join-implied hint come back as they were put', async (store) => {
      const tombstone = sliceOf({ content: 'null', type: 'PRODUCT_PROMOTION' });
      const large = sliceOf({ content: JSON.stringify('é'.repeat(175_000)) });
      const hint = hintOf({ content: null, type: '*' });
      await store.putOnce([tombstone, large]);
      await store.putHints([hint]);
      assertSame(await store.batchGet([large, tombstone]), [large, tombstone]);
      const page = await store.range({ ...hintRange(hint), limit: 10 });
      assertSame(page.items, [hint]);
    });

    fact('batchGet answers in the order of its keys, duplicates and misses included', async (store) => {
      const a = sliceOf({ content: '"a"' });
      const b = sliceOf({ content: '"b"' });
      await store.putOnce([a, b]);
      const missing = sliceOf({ content: '"c"' });
      assertSame(await store.batchGet([b, missing, a, b, a]), [b, undefined, a, b, a]);
      assertSame(await store.batchGet([]), []);
    });

    fact('batchGet answers a hundred and more keys', async (store) => {
      const slices = Array.from({ length: 130 }, (_, index) => sliceOf({ content: `${index}` }));
      await store.putOnce(slices);
      assertSame(await store.batchGet(slices), slices);
    });

    fact('slices that differ in nothing but whose they are come back each as its own', async (store) => {
      const other = { id: 'product-core', version: '1.10.0' };
      const mine = [sliceOf(), sliceOf({ content: 'null', type: 'PRODUCT_PROMOTION' })];
      const others = [{ tenant: 'tenant-b' }, { entity: 'product#P2' }, { ruleSet: other }].map((owner, index) =>
        sliceOf({ ...owner, gcEpoch: index + 1 }),
      );
      await store.putOnce([...mine, ...others]);
      for (const slice of others) assertSame(await store.batchGet([...mine, slice]), [...mine, slice]);
    });

    fact('a head and a status come back together, whosever they are and whichever is there', async (store) => {
      const mine = insertOf();
      const settled = (owner: Owner) => ({
        ...insertOf(owner),
        status: statusOf({ ...owner, state: 'ACTIVE', owed: {} }),
      });
      const headless = settled({ entity: 'product#P2' });
      const foreign = settled({ tenant: 'tenant-b' });
      const head = headOf(manifestOf());
      const statusless = headOf(manifestOf({ entity: 'product#P3' }));
      for (const change of [mine, headless, foreign]) await store.insert(change);
      for (const { manifest } of [head, statusless]) await store.commit(advanceTo(manifest, null));
      for (const { status } of [mine, headless, foreign]) {
        assertSame(await store.batchGet([head, status]), [head, status]);
        assertSame(await store.batchGet([status, head]), [status, head]);
      }
      const lacking = headOf(manifestOf({ entity: 'product#P2' }));
      assertSame(await store.batchGet([lacking, headless.status]), [undefined, headless.status]);
      const unknown = statusOf({ entity: 'product#P3' });
      assertSame(await store.batchGet([statusless, unknown]), [statusless, undefined]);
      const all = [mine.status, head, lacking, headless.status, foreign.status, head, mine.status, unknown, statusless];
      const gone: readonly StoredRecord[] = [lacking, unknown];
      assertSame(
        await store.batchGet(all),
        all.map((record) => (gone.includes(record) ? undefined : record)),
      );
    });

    fact('altering what was given or answered alters nothing in the store', async (store) => {
      const slice = { ...sliceOf(), payload: someBytes('"kept"') };
      await store.putOnce([slice]);
      slice.payload.fill(0);
      const [first] = await store.batchGet([slice]);
      if (first?.payload instanceof Uint8Array) first.payload.fill(1);
      assertSame(await store.batchGet([slice]), [{ ...slice, payload: someBytes('"kept"') }]);
    });

    fact('a slice put as text is the one put as bytes', async (store) => {
      const text = '{"title":"é\ud83e\uddc0"}';
      const slice = sliceOf({ content: text });
      await store.putOnce([{ ...slice, payload: text }]);
      assertSame(await store.batchGet([slice]), [slice]);
      assertSame(await store.putOnce([slice]), [{ outcome: 'exists', contentHash: slice.sliceHash }]);
    });

    for (const [name, tenant, entity] of AWKWARD_KEYS) {
      fact(`a key with ${name} is like any other`, async (store) => {
        const change = insertOf({ tenant, entity });
        const slice = sliceOf({ tenant, entity });
        const hint = hintOf({ tenant, entity, indexKey: `IDX#${entity}` });
        assert.equal(await store.insert(change), 'inserted');
        await store.putOnce([slice]);
        await store.putHints([hint]);
        assertSame(await store.batchGet([change.rawData, change.status, slice]), [
          change.rawData,
          change.status,
          slice,
        ]);
        const { items } = await store.range({ range: 'entities', tenantId: change.rawData.tenantId, limit: 10 });
        assertSame(items, [change.rawData.entityKey]);
        assertSame((await store.range({ ...hintRange(hint), limit: 10 })).items, [hint]);
      });
    }

    fact('two tenants never see each other', async (store) => {
      const [a, b] = ['tenant-a', 'tenant-b'].map((tenant) => ({
        change: insertOf({ tenant, content: tenant }),
        slice: sliceOf({ tenant, content: '"same"' }),
        hint: hintOf({ tenant, content: tenant }),
        commit: advanceTo(manifestOf({ tenant, content: tenant }), null),
      }));
      assert.ok(a && b);
      for (const { change, slice, hint, commit } of [a, b]) {
        assert.equal(await store.insert(change), 'inserted');
        assertSame(await store.putOnce([slice]), [{ outcome: 'stored' }]);
        await store.putHints([hint]);
        assertSame(await store.commit(commit), { outcome: 'committed' });
      }
      await store.deleteHint(b.hint);
      assertSame((await store.range({ ...hintRange(a.hint), limit: 10 })).items, [a.hint]);
      assertSame((await store.range({ ...hintRange(b.hint), limit: 10 })).items, []);
      assertSame(await store.batchGet([a.change.rawData, a.commit.manifest]), [a.change.rawData, a.commit.manifest]);
      assertSame(await store.batchGet([b.change.rawData, b.commit.manifest]), [b.change.rawData, b.commit.manifest]);
    });

    fact('one entity under two rule sets has two heads', async (store) => {
      const other = { id: 'product-core', version: '1.10.0' };
      const a = manifestOf();
      const b = manifestOf({ ruleSet: other, version: 2 });
      await store.commit(advanceTo(a, null));
      await store.commit(advanceTo(b, null));
      assertSame(await store.batchGet([headOf(a), headOf(b)]), [headOf(a), headOf(b)]);
    });
  });

  runner.describe('putOnce', () => {
    fact('the same content again is there already, and says under which hash', async (store) => {
      const records = [changeSetOf(), sliceOf(), snapshotOf(), bindingOf()];
      assertSame(
        await store.putOnce(records),
        records.map(() => ({ outcome: 'stored' })),
      );
      const hashes = [
        changeSetOf().changesetHash,
        sliceOf().sliceHash,
        snapshotOf().contentHash,
        bindingOf().contentHash,
      ];
      assertSame(
        await store.putOnce(records),
        hashes.map((contentHash) => ({ outcome: 'exists', contentHash })),
      );
    });

    fact('other content under a taken key is told by its hash and alters nothing', async (store) => {
      await store.putOnce([changeSetOf({ content: '[1]' }), bindingOf('{"a":1}')]);
      assertSame(await store.putOnce([changeSetOf({ content: '[2]' }), bindingOf('{"a":2}')]), [
        { outcome: 'exists', contentHash: someHash('[1]') },
        { outcome: 'exists', contentHash: someHash('{"a":1}') },
      ]);
      const kept = [changeSetOf({ content: '[1]' }), bindingOf('{"a":1}')];
      assertSame(await store.batchGet(kept), kept);
    });

    fact('each record of a call is on its own: new ones are stored beside taken ones', async (store) => {
      await store.putOnce([sliceOf({ content: '"old"' })]);
      const outcomes = await store.putOnce([
        sliceOf({ content: '"new"' }),
        sliceOf({ content: '"old"' }),
        sliceOf({ content: '"new"' }),
      ]);
      assertSame(
        outcomes.map(({ outcome }) => outcome),
        ['stored', 'exists', 'exists'],
      );
    });

    fact('of racing puts of different content exactly one is stored, and all name its hash', async (store) => {
      const racers = Array.from({ length: 8 }, (_, index) => changeSetOf({ content: `[${index}]` }));
      const outcomes = (await Promise.all(racers.map((record) => store.putOnce([record])))).flat();
      const winners = racers.filter((_, index) => outcomes[index]?.outcome === 'stored');
      assert.equal(winners.length, 1);
      const [winner] = winners;
      for (const outcome of outcomes) {
        if (outcome.outcome === 'exists') assert.equal(outcome.contentHash, winner?.changesetHash);
      }
      assertSame(await store.batchGet([changeSetOf()]), [winner]);
    });

    for (const [name, puts, expected] of EPOCHS) {
      fact(`a slice's epoch ${name}`, async (store) => {
        for (const gcEpoch of puts) await store.putOnce([sliceOf({ gcEpoch })]);
        assertSame(await store.batchGet([sliceOf()]), [sliceOf({ gcEpoch: expected })]);
      });
    }
  });

  runner.describe('close', () => {
    runner.it('waits for the calls that were accepted', async () => {
      const store = await adapter.open();
      const accepted = [
        store.insert(insertOf()),
        store.putOnce([sliceOf(), changeSetOf()]),
        store.putHints([hintOf()]),
      ];
      await store.close();
      assertSame(await Promise.all(accepted), ['inserted', [{ outcome: 'stored' }, { outcome: 'stored' }], undefined]);
    });

    runner.it('makes every later call reject with store.closed, and may be called again', async () => {
      const store = await adapter.open();
      await store.close();
      await store.close();
      const calls = [
        () => store.batchGet([statusOf()]),
        () => store.range({ range: 'entities', tenantId: addressOf().tenantId, limit: 1 }),
        () => store.putOnce([sliceOf()]),
        () => store.putHints([hintOf()]),
        () => store.deleteHint(hintOf()),
        () => store.updateStatus(statusOf({ counter: 2 }), 1),
        () => store.updateIndexState(indexStateOf(), null),
        () => store.insert(insertOf()),
        () => store.commit(advanceTo(manifestOf(), null)),
      ];
      for (const call of calls) await assert.rejects(call, isStoreClosed);
    });
  });
}

const BODIES = [
  ['inline', { kind: 'inline', bytes: someBytes('{"title":"…"}') }],
  ['99 KB inline', { kind: 'inline', bytes: new Uint8Array(99_000).fill(7) }],
  [
    'in the payload store',
    {
      kind: 'external',
      location: { ...addressOf(), rawHash: someHash('payload'), generation: 2 },
      payloadBytes: EXTERNAL_BYTES,
    },
  ],
  ['deleted', { kind: 'deleted' }],
] as const;

const AWKWARD_KEYS = [
  ['quotes', `ten'ant"`, `pro'duct"#'"--; DROP TABLE slice`],
  ['LIKE wildcards', '%', '_%#%_\\'],
  ['characters outside the BMP', '🏬', 'ürün#🧀\u{10ffff}'],
  ['the last characters of the BMP', 'tenant\uffff', 'product#\ufffd\uffff'],
  ['512 bytes', 't'.repeat(128), `product#${'é'.repeat(252)}`],
  ['names of object members', '__proto__', 'constructor#__proto__'],
  ['spaces at its ends', ' tenant ', ' product # P1 '],
] as const;

const EPOCHS = [
  ['is raised by a later put', [0, 3], 3],
  ['is never lowered by one', [3, 1], 3],
  ['stays where it is equal', [2, 2], 2],
] as const;

/** One record of every kind, all of one entity. */
function everyKind(): StoredRecord[] {
  return [
    rawDataOf(),
    statusOf(),
    changeSetOf(),
    sliceOf(),
    manifestOf(),
    headOf(manifestOf()),
    snapshotOf(),
    bindingOf('{}', RULE_SET),
    indexStateOf(),
  ];
}

function hintRange({ tenantId, indexKey, shard }: ReturnType<typeof hintOf>) {
  return { range: 'hints', tenantId, indexKey, shard } as const;
}
