import type { CollectingRecord, PayloadLocation, SliceRecord } from '../../../src/domain/records.ts';
import type { PayloadStore } from '../../../src/ports/payload-store.ts';
import type { CommitChange, OnceRecord, PutOnceOutcome, Store } from '../../../src/ports/store.ts';
import { wrapStore } from '../../support/wrap-store.ts';
import type { InnerStores } from '../alteration.ts';
import type { PlantedBug } from './planted-bug.ts';

const SLICE_IS_GONE = /^L5 every slice that a manifest names is there$/;
const PAYLOAD_IS_GONE = /^L2 what a version refers to is there$/;

export const COLLECTION_BUGS: readonly PlantedBug[] = [
  {
    name: 'that a location is being collected is forgotten once its payload is deleted',
    breaks: PAYLOAD_IS_GONE,
    alterInner: forgettingCollections,
  },
  {
    name: 'the epoch is not compared by the commit',
    breaks: SLICE_IS_GONE,
    alterStore: (store) => ({ ...store, commit: (change) => commitInAnyEpoch(store, change) }),
  },
  {
    name: 'a put lowers the epoch of a slice',
    breaks: /^L6 no epoch goes back$/,
    alterInner: ({ store, payloads }) => ({ store: loweringEpochs(store), payloads }),
  },
];

function placeOf({ entityKey, rawHash, generation }: PayloadLocation): string {
  return `${entityKey} ${rawHash}.${generation}`;
}

function forgettingCollections({ store, payloads }: InnerStores): InnerStores {
  const collecting = new Map<string, CollectingRecord>();
  const isCollecting = (record: OnceRecord): record is CollectingRecord => record.kind === 'collecting';
  const forgetful: Store = {
    ...bound(store),
    putOnce: async (records) => {
      for (const record of records.filter(isCollecting)) collecting.set(placeOf(record), record);
      return store.putOnce(records.filter((record) => !isCollecting(record)));
    },
    insert: (change) => {
      const { body } = change.rawData;
      const isTaken = body.kind === 'external' && collecting.has(placeOf(body.location));
      return isTaken ? Promise.resolve('collecting') : store.insert(change);
    },
  };
  const deleting: PayloadStore = {
    ...payloads,
    delete: async (location) => {
      await payloads.delete(location);
      collecting.delete(placeOf(location));
    },
  };
  return { store: forgetful, payloads: deleting };
}

async function commitInAnyEpoch(store: Store, change: CommitChange): ReturnType<Store['commit']> {
  const { manifest, head } = change;
  const [current] = await store.batchGet([{ ...manifest, kind: 'head' }]);
  if (current === undefined) return store.commit(change);
  const { gcEpoch } = current;
  if (head.move === 'stay') return store.commit({ ...change, head: { ...head, expectedGcEpoch: gcEpoch } });
  const expected = head.expected && { ...head.expected, gcEpoch };
  return store.commit({ ...change, head: { ...head, expected, next: { ...head.next, gcEpoch } } });
}

function loweringEpochs(store: Store): Store {
  const isLower = async (record: OnceRecord): Promise<boolean> => {
    const [there] = record.kind === 'slice' ? await store.batchGet([record as SliceRecord]) : [];
    return record.kind === 'slice' && there !== undefined && record.gcEpoch < there.gcEpoch;
  };
  return {
    ...bound(store),
    putOnce: async (records) => {
      const outcomes: PutOnceOutcome[] = [];
      for (const record of records) {
        if (record.kind === 'slice' && (await isLower(record)))
          await store.deleteSlice(record, Number.MAX_SAFE_INTEGER);
        outcomes.push(...(await store.putOnce([record])));
      }
      return outcomes;
    },
  };
}

/** The memory store is an object of a class, which a spread would take apart. */
function bound(store: Store): Store {
  return wrapStore(store, (_method, _args, call) => call());
}
