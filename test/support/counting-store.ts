import type { Store } from '../../src/ports/store.ts';
import { type StoreMethod, wrapStore } from './wrap-store.ts';

export interface CountingStore extends Store {
  /** Calls per method since the start or the last `reset`. */
  readonly calls: Readonly<Record<StoreMethod, number>>;
  /** All calls, in the order in which they were made. */
  readonly sequence: readonly StoreMethod[];
  reset(): void;
}

/** Counts the calls that pass through to `inner`. */
export function countingStore(inner: Store): CountingStore {
  const sequence: StoreMethod[] = [];
  const store = wrapStore(inner, (method, _args, call) => {
    sequence.push(method);
    return call();
  });
  const counters = {
    calls: { get: () => countCalls(sequence) },
    sequence: { get: () => [...sequence] },
    reset: { value: () => sequence.splice(0) },
  };
  // The three properties are the ones just defined.
  return Object.defineProperties(store, counters) as CountingStore;
}

function countCalls(sequence: readonly StoreMethod[]): Record<StoreMethod, number> {
  const count = (method: StoreMethod) => sequence.filter((called) => called === method).length;
  return {
    batchGet: count('batchGet'),
    range: count('range'),
    putOnce: count('putOnce'),
    putHints: count('putHints'),
    deleteHint: count('deleteHint'),
    updateStatus: count('updateStatus'),
    updateIndexState: count('updateIndexState'),
    insert: count('insert'),
    commit: count('commit'),
    raiseGcEpoch: count('raiseGcEpoch'),
    deleteSlice: count('deleteSlice'),
    erase: count('erase'),
    completeErasure: count('completeErasure'),
    writeTogether: count('writeTogether'),
  };
}
