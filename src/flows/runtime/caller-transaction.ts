import type { StoreTransaction } from '../../ports/store.ts';
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
  const { store } = context;
  if (store.within === undefined) {
    throw storeTransactionRefused({
      store: store.name,
      found: `one of ${transaction.adapter}, and a store that joins none`,
      advice: 'Leave out `within`, or keep the records in the database that the transaction is on.',
    });
  }
  return { ...context, store: { ...store, ...store.within(transaction) } };
}
