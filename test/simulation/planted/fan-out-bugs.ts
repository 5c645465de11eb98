import type { RecordKey, RecordsOf, Store, StoredRecord } from '../../../src/ports/store.ts';
import type { PlantedBug } from './planted-bug.ts';

const STALE = /^(L3 no parent is stale in the end|L12 what stays refused has a reason that is true)$/;

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
    name: 'sources are not looked at again behind a commit',
    breaks: STALE,
    alterStore: lookingOnce,
  },
  {
    name: 'a hint is swept though a newer one lies there',
    breaks: /^L3 (hints are there before the commit|no parent is stale in the end)$/,
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

/** From a commit to the settling that follows it, sources are as they were before. */
function lookingOnce(store: Store): Store {
  const known = new Map<string, StoredRecord | undefined>();
  let isBehindCommit = false;
  return {
    ...store,
    batchGet: async <const Keys extends readonly RecordKey[]>(keys: Keys): Promise<RecordsOf<Keys>> => {
      const found: readonly (StoredRecord | undefined)[] = await store.batchGet<readonly RecordKey[]>(keys);
      const answers = found.map((record, index) => {
        const key = keys[index];
        if (keys.length > 1 || !isSourceState(key)) return record;
        const name = JSON.stringify(key);
        if (isBehindCommit && known.has(name)) return known.get(name);
        known.set(name, record);
        return record;
      });
      // Each record is of its key's kind; TypeScript does not follow a tuple through a map.
      return answers as RecordsOf<Keys>;
    },
    commit: async (change) => {
      const outcome = await store.commit(change);
      isBehindCommit = true;
      return outcome;
    },
    updateStatus: async (next, expectedCounter) => {
      const outcome = await store.updateStatus(next, expectedCounter);
      isBehindCommit = false;
      return outcome;
    },
  };
}

function isSourceState(key: RecordKey | undefined): boolean {
  return (key?.kind === 'status' || key?.kind === 'head') && key.entityKey.startsWith('brand#');
}
