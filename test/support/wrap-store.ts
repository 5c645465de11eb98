import type { Store } from '../../src/ports/store.ts';

/** Every call of the port but `close`, and those inside a caller's transaction. */
export type StoreMethod = Exclude<keyof Store, 'name' | 'close' | 'within'>;

export type Intercept = (
  method: StoreMethod,
  args: readonly unknown[],
  call: () => Promise<unknown>,
) => Promise<unknown>;

/** A store whose every call but `close` goes through `intercept`, which calls the inner one when it likes. */
export function wrapStore(inner: Store, intercept: Intercept): Store {
  const wrap = <Method extends StoreMethod>(method: Method): Required<Store>[Method] => {
    const wrapped = (...args: readonly unknown[]) =>
      // The arguments came through this very method's signature, and a method that is missing is not offered.
      intercept(method, args, () => Reflect.apply(inner[method] as () => unknown, inner, args) as Promise<unknown>);
    // What `intercept` answers is the inner method's own answer, or it rejects.
    return wrapped as Required<Store>[Method];
  };
  return {
    name: inner.name,
    batchGet: wrap('batchGet'),
    range: wrap('range'),
    putOnce: wrap('putOnce'),
    putHints: wrap('putHints'),
    deleteHint: wrap('deleteHint'),
    updateStatus: wrap('updateStatus'),
    updateIndexState: wrap('updateIndexState'),
    insert: wrap('insert'),
    commit: wrap('commit'),
    raiseGcEpoch: wrap('raiseGcEpoch'),
    deleteSlice: wrap('deleteSlice'),
    erase: wrap('erase'),
    completeErasure: wrap('completeErasure'),
    ...(inner.writeTogether && { writeTogether: wrap('writeTogether') }),
    close: () => inner.close(),
  };
}
