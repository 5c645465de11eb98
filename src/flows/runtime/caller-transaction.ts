import type { Store, StoreTransaction } from '../../ports/store.ts';
import { storeTransactionRefused } from '../../ports/store-errors.ts';
import type { RuntimeContext } from './context.ts';

/**
 * The context of an insert that joins a transaction of the caller's: the entity is read and written in it. Contracts are
 * recorded, and large payloads put, beside it: both are put once and name no entity's state, so a rollback leaves
 * nothing wrong behind.
 *
 * @throws `store.transaction_refused`
 */
export function contextWithin(context: RuntimeContext, transaction: StoreTransaction): RuntimeContext {
  return { ...context, store: storeWithin(context.store, transaction) };
}

/**
 * The store with its gets and inserts in the transaction. Method by method, because a store may be an instance of a class,
 * and without capabilities, which would go round the transaction.
 *
 * @throws `store.transaction_refused`
 */
export function storeWithin(store: Store, transaction: StoreTransaction): Store {
  if (store.within === undefined) {
    throw storeTransactionRefused({
      store: store.name,
      found: `one of ${transaction.adapter}, and a store that joins none`,
      advice: 'Leave out `within`, or keep the records in the database that the transaction is on.',
    });
  }
  const within = store.within(transaction);
  return {
    name: store.name,
    batchGet: (keys) => within.batchGet(keys),
    insert: (change) => within.insert(change),
    range: (query) => store.range(query),
    putOnce: (records) => store.putOnce(records),
    putHints: (hints) => store.putHints(hints),
    deleteHint: (hint) => store.deleteHint(hint),
    updateStatus: (next, expectedCounter) => store.updateStatus(next, expectedCounter),
    updateIndexState: (next, expectedCounter) => store.updateIndexState(next, expectedCounter),
    commit: (change) => store.commit(change),
    raiseGcEpoch: (address, expected) => store.raiseGcEpoch(address, expected),
    deleteSlice: (key, belowEpoch) => store.deleteSlice(key, belowEpoch),
    erase: (records) => store.erase(records),
    completeErasure: (record) => store.completeErasure(record),
    close: () => store.close(),
  };
}
