import type { Store } from '../../../src/ports/store.ts';
import type { PlantedBug } from './planted-bug.ts';

/** A parent that does not follow: at once where nobody owes it any more, or at the end. */
export const STALE = new RegExp(
  [
    'L3 no parent is stale in the end',
    'L12 what stays refused has a reason that is true',
    'L12 what is stale is owed',
    'L12 what moved and came back is followed',
    'L12 what is refused though its sources are there is owed',
  ]
    .map((check) => `^${check}$`)
    .join('|'),
);

export const FAN_OUT_BUGS: readonly PlantedBug[] = [
  {
    name: 'an insert takes what its entity still owes to others for done',
    breaks: STALE,
    alterStore: (store) => ({
      ...store,
      insert: ({ status, ...change }) =>
        store.insert({ ...change, status: { ...status, fannedOutTo: status.version } }),
    }),
  },
  {
    name: 'a fan-out settles up to the newest version, however far the slices that others join have come',
    breaks: STALE,
    alterStore: (store) => ({
      ...store,
      updateStatus: (next, expectedCounter) => {
        const fannedOutTo = next.fannedOutTo === 0 ? 0 : next.version;
        return store.updateStatus({ ...next, fannedOutTo }, expectedCounter);
      },
    }),
  },
  {
    name: 'a slice that comes in late leaves the mark where it is',
    breaks: /^L12 a slice that comes in late is owed to those that join it$/,
    alterStore: (store) => ({
      ...store,
      commit: async ({ status, ...change }) => {
        if (status === undefined) return store.commit(change);
        const [current] = await store.batchGet([status.next]);
        const next = { ...status.next, fannedOutTo: current?.fannedOutTo ?? 0 };
        return store.commit({ ...change, status: { ...status, next } });
      },
    }),
  },
  {
    name: 'a hint is swept though a newer one lies there',
    breaks: /^L(3 hints are there before the commit|3 no parent is stale in the end|12 what is stale is owed)$/,
    alterStore: (store) => ({ ...store, deleteHint: (hint) => sweepAnyhow(store, hint) }),
  },
  {
    name: 'hints are not found by who plans',
    breaks: STALE,
    alterStore: (store) => ({
      ...store,
      range: async (query) => {
        const page = await store.range(query);
        return query.range === 'hints' ? { ...page, items: page.items.slice(1) } : page;
      },
    }),
  },
];

async function sweepAnyhow(store: Store, hint: Parameters<Store['deleteHint']>[0]): Promise<'deleted' | 'kept'> {
  const { tenantId, indexKey, shard, entityKey, sliceType } = hint;
  const { items } = await store.range({ range: 'hints', tenantId, indexKey, shard, limit: 100 });
  const there = items.find((item) => item.entityKey === entityKey && item.sliceType === sliceType);
  return store.deleteHint(there ?? hint);
}
