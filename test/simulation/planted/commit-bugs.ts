import { parseEntityKey } from '../../../src/domain/identity.ts';
import type { HintRecord, ManifestRecord, Pin } from '../../../src/domain/records.ts';
import { hashManifest } from '../../../src/domain/slice/manifest.ts';
import type { CommitChange, CommitOutcome, Store } from '../../../src/ports/store.ts';
import type { PlantedBug } from './planted-bug.ts';

export const COMMIT_BUGS: readonly PlantedBug[] = [
  {
    name: 'the head moves before its manifest is there',
    breaks: /^L5 a head names a manifest that is there$/,
    alterStore: (store) => ({ ...store, commit: (change) => commitHeadFirst(store, change) }),
  },
  {
    name: 'hints are written after the commit',
    breaks: /^L3 hints are there before the commit$/,
    alterStore: hintingLate,
  },
  {
    name: 'a commit that has lost its race says that it is committed',
    breaks: /^L12 (what was said to be committed is committed|a debt ends when it is paid)$/,
    alterStore: (store) => ({
      ...store,
      commit: async (change) => {
        const outcome = await store.commit(change);
        return outcome.outcome === 'head_moved' ? { outcome: 'committed' } : outcome;
      },
    }),
  },
  {
    name: 'an INCREMENTAL shares the slices of a join whose projection has changed',
    breaks: /^L3 slices are those of a FULL$/,
    alterStore: (store) => ({ ...store, commit: (change) => commitShared(store, change) }),
  },
  {
    name: 'a pin is not recorded',
    breaks: /^L4 every join is pinned/,
    alterStore: committing((manifest) => withoutPins(manifest, ({ version }) => version !== null)),
  },
  {
    name: 'an absent source is not pinned',
    breaks: /^L4 every join is pinned/,
    alterStore: committing((manifest) =>
      withoutPins(manifest, ({ entityKey, version }) => entityKey !== null && version === null),
    ),
  },
  {
    name: 'a manifest names a slice that was never put',
    breaks: /^L5 every slice that a manifest names is there$/,
    alterStore: (store) => ({
      ...store,
      putOnce: async (records) => {
        const kept = records.filter((record) => record.kind !== 'slice' || record.sliceType !== 'PRICE');
        await store.putOnce(kept);
        return records.map(() => ({ outcome: 'stored' }));
      },
    }),
  },
];

/** Where a manifest goes that nobody asks for. */
const NOWHERE = parseEntityKey('nowhere#1');

/** The head goes in with a manifest that nobody asks for; its own follows. */
async function commitHeadFirst(store: Store, { manifest, head }: CommitChange): Promise<CommitOutcome> {
  if (head.move === 'stay') return store.commit({ manifest, head });
  const { tenantId, entityKey, ruleSet, version, revision } = manifest;
  const [taken, current] = await store.batchGet([
    { kind: 'manifest', tenantId, entityKey, ruleSet, version, revision },
    { kind: 'head', tenantId, entityKey, ruleSet },
  ]);
  if (taken !== undefined) return { outcome: 'manifest_exists', manifest: taken };
  if (current?.version !== head.expected?.version) return { outcome: 'head_moved' };
  await store.commit({ manifest: { ...manifest, entityKey: NOWHERE }, head: { ...head, expected: null } });
  return store.commit({ manifest, head: { move: 'stay', expectedGcEpoch: head.next.gcEpoch } });
}

function hintingLate(store: Store): Store {
  let waiting: readonly HintRecord[] = [];
  return {
    ...store,
    putHints: async (hints) => {
      waiting = [...waiting, ...hints];
    },
    commit: async (change) => {
      const outcome = await store.commit(change);
      const late = waiting;
      waiting = [];
      await store.putHints(late);
      return outcome;
    },
  };
}

function committing(alter: (manifest: ManifestRecord) => ManifestRecord): (store: Store) => Store {
  return (store) => ({ ...store, commit: (change) => store.commit(withManifest(change, alter(change.manifest))) });
}

function withManifest({ head }: CommitChange, altered: ManifestRecord): CommitChange {
  const manifest = { ...altered, manifestHash: hashManifest(altered) };
  return { manifest, head: head.move === 'stay' ? head : { ...head, next: { ...head.next, manifest } } };
}

function withoutPins(manifest: ManifestRecord, isForgotten: (pin: Pin) => boolean): ManifestRecord {
  return {
    ...manifest,
    pins: Object.fromEntries(Object.entries(manifest.pins).filter(([, pin]) => !isForgotten(pin))),
  };
}

async function commitShared(store: Store, change: CommitChange): Promise<CommitOutcome> {
  const { tenantId, entityKey, ruleSet, version, slices, meta } = change.manifest;
  const joined = Object.keys(meta.rebuilt).filter((type) => meta.rebuilt[type]?.reason === 'join');
  if (joined.length === 0) return store.commit(change);
  const { items } = await store.range({
    range: 'manifests',
    tenantId,
    entityKey,
    ruleSet,
    order: 'descending',
    limit: 10,
  });
  const base = items.find((manifest) => manifest.version === version - 1)?.slices ?? {};
  const shared = Object.entries(base).filter(([type]) => joined.includes(type));
  const altered = { ...change.manifest, slices: { ...slices, ...Object.fromEntries(shared) } };
  return store.commit(withManifest(change, altered));
}
