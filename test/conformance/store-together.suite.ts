/** The capability `writeTogether`: whatever it does could have been done by single calls, and it is all or none. */
import assert from 'node:assert/strict';
import type { Store, Write } from '../../src/ports/store.ts';
import { isStoreClosed } from '../../src/ports/store-errors.ts';
import {
  advanceTo,
  bindingOf,
  changeSetOf,
  fillBelow,
  headOf,
  headState,
  hintOf,
  insertOf,
  manifestOf,
  type Owner,
  sliceOf,
  snapshotOf,
  statusOf,
  withStatus,
} from './record-builders.ts';
import { writeSingly, writeTogether } from './store-writes.ts';
import { contentsOf, hintsIn, type Looking } from './stored-contents.ts';
import { assertSame, type StoreAdapter, storeFact, type TestRunner } from './suite-api.ts';

const RACERS = 8;

export function describeStoreTogether(runner: TestRunner, adapter: StoreAdapter): void {
  const fact = storeFact(runner, adapter);

  if (!adapter.writesTogether) {
    fact('writeTogether is not offered', async (store) => assert.equal(store.writeTogether, undefined));
    return;
  }

  runner.describe('writeTogether', () => {
    fact('writes one of every kind, each as its single call would', async (store) => {
      const writes = everyWriteOf({ entity: 'product#P1' });
      assert.equal(await writeTogether(store, writes), 'written');
      await withStore(adapter, async (other) => {
        for (const write of writes) assert.ok((await writeSingly(other, write)).isAsMade);
        assertSame(await everythingIn(store), await everythingIn(other));
      });
      const manifest = manifestOf();
      const records = [statusOf({ counter: 2, state: 'ACTIVE', owed: {} }), changeSetOf(), sliceOf(), snapshotOf()];
      const readable = [...records, bindingOf(), insertOf().rawData, manifest, headOf(manifest)];
      assertSame(await store.batchGet(readable), readable);
      assertSame(await hintsIn(store), [hintOf()]);
    });

    fact('writing nothing is fine', async (store) => {
      const nothing: Write[] = [
        { call: 'putOnce', records: [] },
        { call: 'putHints', hints: [] },
      ];
      for (const writes of [[], nothing]) assert.equal(await writeTogether(store, writes), 'written');
    });

    fact('lets each write build on the ones before it', async (store) => {
      const [first, second] = [manifestOf(), manifestOf({ version: 2 })];
      const writes: Write[] = [
        { call: 'insert', ...insertOf() },
        { call: 'insert', ...insertOf({ version: 2 }) },
        { call: 'commit', ...advanceTo(first, null) },
        { call: 'commit', ...advanceTo(second, headState(1)) },
        { call: 'commit', ...fillBelow(manifestOf({ revision: 1 })) },
        { call: 'updateStatus', next: statusOf({ version: 2, counter: 3 }), expectedCounter: 2 },
        { call: 'updateStatus', next: statusOf({ version: 2, counter: 4 }), expectedCounter: 3 },
      ];
      assert.equal(await writeTogether(store, writes), 'written');
      const expected = [statusOf({ version: 2, counter: 4 }), headOf(second), manifestOf({ revision: 1 })];
      assertSame(await store.batchGet(expected), expected);
    });

    fact('the same content again is fine and alters nothing', async (store) => {
      await prepare(store);
      const before = await everythingIn(store);
      const later = '2027-01-01T00:00:00.000Z';
      const records = [
        { ...changeSetOf({ to: 2 }), createdAt: later },
        { ...sliceOf({ gcEpoch: 1 }), slicedAt: later },
        { ...snapshotOf(), recordedAt: later },
        { ...bindingOf(), recordedAt: later },
      ];
      assert.equal(await writeTogether(store, [{ call: 'putOnce', records }]), 'written');
      assertSame(await everythingIn(store), before);
    });

    for (const [name, puts, expected] of EPOCHS) {
      fact(`a slice's epoch ${name}`, async (store) => {
        await store.putOnce([sliceOf({ gcEpoch: 2 })]);
        const writes = puts.map((gcEpoch): Write => ({ call: 'putOnce', records: [sliceOf({ gcEpoch })] }));
        assert.equal(await writeTogether(store, writes), 'written');
        assertSame(await store.batchGet([sliceOf()]), [sliceOf({ gcEpoch: expected })]);
      });
    }

    for (const [name, puts, expected] of HINT_PUTS) {
      fact(`a hint at version 2, revision 1 ${name}`, async (store) => {
        await store.putHints([hintOf({ version: 2, revision: 1 })]);
        const writes = puts.map((hint): Write => ({ call: 'putHints', hints: [hintOf(hint)] }));
        assert.equal(await writeTogether(store, writes), 'written');
        assertSame(await hintsIn(store), [hintOf(expected)]);
      });
    }

    for (const [name, refused] of REFUSALS) {
      fact(`${name} is refused, with every write before and behind it`, async (store) => {
        await prepare(store);
        const before = await everythingIn(store);
        const writes = [...raisingWrites(), ...everyWriteOf({ entity: 'product#P2' })];
        const behind = everyWriteOf({ entity: 'product#P3' });
        assert.equal(await writeTogether(store, [...writes, refused(), ...behind]), 'refused');
        assertSame(await everythingIn(store), before);
        assert.equal(await writeTogether(store, [...writes, ...behind]), 'written');
      });
    }

    for (const [name, first, second] of CLASHES) {
      fact(`${name} in one list are refused`, async (store) => {
        await prepare(store);
        const before = await everythingIn(store);
        assert.equal(await writeTogether(store, [first(), second()]), 'refused');
        assertSame(await everythingIn(store), before);
        assert.equal(await writeTogether(store, [first()]), 'written');
      });
    }

    fact('refused in one turn with other calls takes none of them along', async (store) => {
      await prepare(store);
      const refused = () => [...everyWriteOf({ entity: 'product#P2' }), TAKEN_VERSION()];
      const outcomes = await Promise.all([
        store.insert(insertOf({ version: 3 })),
        writeTogether(store, refused()),
        store.putOnce([sliceOf({ content: '"single"' })]),
        writeTogether(store, everyWriteOf({ entity: 'product#P3' })),
        writeTogether(store, refused()),
        store.commit(advanceTo(manifestOf({ version: 3 }), headState(2, 1, 5), 5)),
        store.updateStatus(statusOf({ version: 3, counter: 4 }), 3),
        writeTogether(store, refused()),
      ]);
      const stored = [{ outcome: 'stored' }];
      const committed = { outcome: 'committed' };
      assertSame(outcomes, ['inserted', 'refused', stored, 'written', 'refused', committed, 'updated', 'refused']);
      await withStore(adapter, async (other) => {
        await prepare(other);
        await other.insert(insertOf({ version: 3 }));
        await other.putOnce([sliceOf({ content: '"single"' })]);
        await other.commit(advanceTo(manifestOf({ version: 3 }), headState(2, 1, 5), 5));
        await other.updateStatus(statusOf({ version: 3, counter: 4 }), 3);
        await writeTogether(other, everyWriteOf({ entity: 'product#P3' }));
        assertSame(await everythingIn(store), await everythingIn(other));
      });
    });

    fact('of racers exactly one wins, whole, and the others leave nothing', async (store) => {
      const racers = Array.from({ length: RACERS }, (_, index) => racerOf(index));
      const outcomes = await Promise.all(racers.map((writes) => writeTogether(store, writes)));
      assert.deepEqual(outcomes.toSorted(), [...Array<string>(RACERS - 1).fill('refused'), 'written']);
      const winner = racers[outcomes.indexOf('written')];
      assert.ok(winner);
      await withStore(adapter, async (other) => {
        await writeTogether(other, winner);
        assertSame(await everythingIn(store), await everythingIn(other));
      });
    });

    for (const isSingleFirst of [true, false]) {
      fact(`of it and a single insert that comes ${isSingleFirst ? 'before' : 'behind'} it one wins`, async (store) => {
        const single = insertOf({ content: 'single' });
        const insert = () => store.insert(single);
        const together = () => writeTogether(store, racerOf(0));
        const outcomes = await Promise.all(isSingleFirst ? [insert(), together()] : [together(), insert()]);
        assert.deepEqual(outcomes, isSingleFirst ? ['inserted', 'refused'] : ['written', 'conflict']);
        const winner = isSingleFirst ? single : insertOf({ content: racerContent(0) });
        assertSame(await store.batchGet([winner.rawData]), [winner.rawData]);
        const slice = sliceOf({ content: racerContent(0) });
        assertSame(await store.batchGet([slice]), [isSingleFirst ? undefined : slice]);
      });
    }

    runner.it('is waited for by close where it was accepted, and rejects with store.closed behind it', async () => {
      const store = await adapter.open();
      const accepted = writeTogether(store, everyWriteOf({}));
      await store.close();
      assert.equal(await accepted, 'written');
      await assert.rejects(async () => writeTogether(store, everyWriteOf({})), isStoreClosed);
    });
  });
}

/** One write of every kind for an entity that is not there yet; snapshot and binding are the same for all. */
function everyWriteOf(owner: Owner): readonly Write[] {
  return [
    { call: 'insert', ...insertOf(owner) },
    { call: 'putOnce', records: [changeSetOf(owner), sliceOf(owner), snapshotOf(), bindingOf()] },
    { call: 'putHints', hints: [hintOf(owner)] },
    { call: 'commit', ...advanceTo(manifestOf(owner), null) },
    {
      call: 'updateStatus',
      next: statusOf({ ...owner, counter: 2, state: 'ACTIVE', owed: {} }),
      expectedCounter: 1,
    },
  ];
}

/** Product P1 at version 2, counter 2, under a head at version 2, revision 1, epoch 5. */
async function prepare(store: Store): Promise<void> {
  for (const version of [1, 2]) assert.equal(await store.insert(insertOf({ version })), 'inserted');
  await store.putOnce([changeSetOf({ to: 2 }), sliceOf({ gcEpoch: 1 }), snapshotOf(), bindingOf()]);
  await store.putHints([hintOf({ version: 2, revision: 1 })]);
  assertSame(await store.commit(advanceTo(manifestOf({ version: 2, revision: 1 }), null, 5)), { outcome: 'committed' });
}

/** Valid writes that alter what `prepare` left, where those of new entities only add. */
function raisingWrites(): readonly Write[] {
  return [
    { call: 'putOnce', records: [sliceOf({ gcEpoch: 4 })] },
    { call: 'putHints', hints: [hintOf({ version: 3 })] },
    { call: 'commit', ...fillBelow(manifestOf(), 5) },
  ];
}

function racerContent(index: number): string {
  return `"racer ${index}"`;
}

/** All race for one version, and each puts a slice of its own first. */
function racerOf(index: number): readonly Write[] {
  const content = racerContent(index);
  return [
    { call: 'putOnce', records: [sliceOf({ content })] },
    { call: 'putHints', hints: [hintOf({ content })] },
    { call: 'insert', ...insertOf({ content, state: index % 2 === 0 ? 'IDLE' : 'FAILED' }) },
    { call: 'commit', ...advanceTo(manifestOf({ content }), null) },
  ];
}

const TAKEN_VERSION = (): Write => ({
  call: 'insert',
  ...insertOf({ version: 2, content: 'other' }),
  expectedCounter: 2,
});

const insertAt = (version: number, expectedCounter: number | null, owner: Owner = {}): Write => ({
  call: 'insert',
  ...insertOf({ ...owner, version }),
  expectedCounter,
});

const advance = (...expected: Parameters<typeof headState>): Write => ({
  call: 'commit',
  ...advanceTo(manifestOf({ version: 3 }), headState(...expected), 5),
});

const update = (expectedCounter: number, owner: Owner = {}): Write => ({
  call: 'updateStatus',
  next: statusOf({ ...owner, version: 2, counter: expectedCounter + 1 }),
  expectedCounter,
});

const fillWithStatus = (expectedCounter: number): Write => ({
  call: 'commit',
  ...withStatus(fillBelow(manifestOf(), 5), expectedCounter, { version: 2 }),
});

const UNKNOWN = { entity: 'product#P9' };

const REFUSALS: readonly (readonly [string, () => Write])[] = [
  ['an insert of a version that is taken', TAKEN_VERSION],
  ['an insert of the very content that is in', () => ({ call: 'insert', ...insertOf({ version: 2 }) })],
  ['an insert at an older counter', () => insertAt(3, 1)],
  ['an insert at a later counter', () => insertAt(3, 3)],
  ['an insert where no status is expected and one is there', () => insertAt(3, null)],
  ['an insert at a counter where no status is there', () => insertAt(2, 1, UNKNOWN)],
  [
    'another ChangeSet under a taken key',
    () => ({ call: 'putOnce', records: [changeSetOf({ to: 2, content: '[1]' })] }),
  ],
  ['a ref that is bound to other content', () => ({ call: 'putOnce', records: [bindingOf('{"other":1}')] })],
  [
    'a record of other content between two good ones',
    () => ({
      call: 'putOnce',
      records: [sliceOf({ content: '"a"' }), changeSetOf({ to: 2, content: '[1]' }), sliceOf({ content: '"b"' })],
    }),
  ],
  [
    'a commit of a manifest that is there',
    () => ({
      call: 'commit',
      ...advanceTo(manifestOf({ version: 2, revision: 1 }), headState(2, 1, 5), 5),
    }),
  ],
  [
    'a commit of another manifest under a taken key',
    () => ({
      call: 'commit',
      ...advanceTo(manifestOf({ version: 2, revision: 1, content: 'other' }), headState(2, 1, 5), 5),
    }),
  ],
  ['a commit from an older version', () => advance(1, 1, 5)],
  ['a commit from an older revision', () => advance(2, 0, 5)],
  ['a commit from an older epoch', () => advance(2, 1, 4)],
  ['a commit where no head is expected', () => ({ call: 'commit', ...advanceTo(manifestOf({ version: 3 }), null, 5) })],
  [
    'a commit from a head that is not there',
    () => ({ call: 'commit', ...advanceTo(manifestOf({ ...UNKNOWN, version: 2 }), headState(1)) }),
  ],
  [
    'a commit below the head at another epoch',
    () => ({ call: 'commit', ...fillBelow(manifestOf({ revision: 1 }), 4) }),
  ],
  ['a commit with a status at an older counter', () => fillWithStatus(1)],
  ['a commit with a status at a later counter', () => fillWithStatus(3)],
  ['a commit below a head that is not there', () => ({ call: 'commit', ...fillBelow(manifestOf(UNKNOWN)) })],
  ['a status at an older counter', () => update(1)],
  ['a status at a later counter', () => update(3)],
  ['a status of an entity that is not there', () => update(1, UNKNOWN)],
];

const CLASHES: readonly (readonly [string, () => Write, () => Write])[] = [
  ['two inserts of a version', () => insertAt(3, 2), () => insertAt(3, 3)],
  [
    'two ChangeSets under a key',
    () => ({ call: 'putOnce', records: [changeSetOf({ to: 3 })] }),
    () => ({ call: 'putOnce', records: [changeSetOf({ to: 3, content: '[1]' })] }),
  ],
  [
    'two commits from a head',
    () => advance(2, 1, 5),
    () => ({ call: 'commit', ...advanceTo(manifestOf({ version: 4 }), headState(2, 1, 5), 5) }),
  ],
  ['two statuses at a counter', () => update(2), () => update(2)],
  ['a commit with a status and a status at a counter', () => fillWithStatus(2), () => update(2)],
];

const EPOCHS = [
  ['of 2 is raised by a later put', [3], 3],
  ['of 2 is not lowered by a later put', [0, 1], 2],
  ['of 2 goes to the highest of several puts', [1, 4, 3], 4],
] as const;

const HINT_PUTS = [
  ['stays where lower ones are put', [{ version: 1, revision: 9 }, { version: 2 }], { version: 2, revision: 1 }],
  [
    'goes to the highest of several puts',
    [{ version: 3 }, { version: 2, revision: 2 }, { version: 1 }],
    { version: 3 },
  ],
] as const;

/** Another store of the adapter, to compare with. */
async function withStore({ open }: StoreAdapter, run: (store: Store) => Promise<void>): Promise<void> {
  const store = await open();
  try {
    await run(store);
  } finally {
    await store.close();
  }
}

const LOOKING: Looking = {
  entities: ['product#P1', 'product#P2', 'product#P3', UNKNOWN.entity],
  sliceContents: [
    '{"title":"a"}',
    '"a"',
    '"b"',
    '"single"',
    ...Array.from({ length: RACERS }, (_, index) => racerContent(index)),
  ],
};

function everythingIn(store: Store): Promise<unknown> {
  return contentsOf(store, LOOKING);
}
