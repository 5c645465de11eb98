/** Stores whose index lacks entries, as a mistake or a half-restored backup leaves them. */
import type { HintRecord } from '../../src/domain/records.ts';
import type { OnceRecord, Store } from '../../src/ports/store.ts';
import { wrapStore } from './wrap-store.ts';

export interface IndexedStore extends Store {
  /** All entries that are there, in the order of their keys. */
  entries(): Promise<readonly HintRecord[]>;
  /** Deletes every entry. */
  loseEntries(): Promise<void>;
}

/** A store that remembers where entries were put, so that a test can look at all of them and take them away. */
export function indexedStore(inner: Store): IndexedStore {
  const partitions = new Map<string, HintRecord>();
  const store = wrapStore(inner, (method, args, call) => {
    // The first argument of `putHints` is its list of hints.
    if (method === 'putHints') {
      for (const hint of args[0] as readonly HintRecord[]) partitions.set(placeOf(hint), hint);
    }
    return call();
  });
  const entries = async () => {
    const places = [...partitions].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, hint]) => hint);
    const pages = places.map(({ tenantId, indexKey, shard }) =>
      inner.range({ range: 'hints', tenantId, indexKey, shard, limit: 1000 }),
    );
    return (await Promise.all(pages)).flatMap(({ items }) => items);
  };
  const loseEntries = async () => {
    for (const hint of await entries()) await inner.deleteHint(hint);
  };
  return { ...store, entries, loseEntries };
}

function placeOf({ tenantId, indexKey, shard }: HintRecord): string {
  return `${tenantId}\n${indexKey}\n${shard}`;
}

/** A store whose rule sets were bound by somebody of whom it is not known that their entries came first. */
export function boundByOthers(inner: Store): Store {
  return wrapStore(inner, (method, args, call) => {
    if (method !== 'putOnce') return call();
    // The first argument of `putOnce` is its list of records.
    const records = args[0] as readonly OnceRecord[];
    return inner.putOnce(
      records.map((record) => (record.kind === 'contract-binding' ? { ...record, isIndexedFromStart: false } : record)),
    );
  });
}
