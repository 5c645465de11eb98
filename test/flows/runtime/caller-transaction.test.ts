import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { storeWithin } from '../../../src/flows/runtime/caller-transaction.ts';
import type { Store } from '../../../src/ports/store.ts';
import { insertOf, sliceOf } from '../../conformance/record-builders.ts';

const TRANSACTION = { adapter: 'memory' } as const;

/** An instance of a class, whose transactions are another one. */
function openJoinable(): { readonly store: Store; readonly transaction: Store } {
  const transaction = createMemoryStore();
  const store = createMemoryStore();
  store.within = () => transaction;
  return { store, transaction };
}

describe('a store within a transaction of the caller', () => {
  it('gets and inserts in the transaction', async () => {
    const { store, transaction } = openJoinable();
    const change = insertOf();
    expect(await storeWithin(store, TRANSACTION).insert(change)).toBe('inserted');
    expect(await storeWithin(store, TRANSACTION).batchGet([change.rawData])).toEqual([change.rawData]);
    expect(await transaction.batchGet([change.rawData])).toEqual([change.rawData]);
    expect(await store.batchGet([change.rawData])).toEqual([undefined]);
  });

  it('does everything else beside it, also where the store is an instance of a class', async () => {
    const { store, transaction } = openJoinable();
    const slice = sliceOf();
    expect(await storeWithin(store, TRANSACTION).putOnce([slice])).toEqual([{ outcome: 'stored' }]);
    expect(await store.batchGet([slice])).toEqual([slice]);
    expect(await transaction.batchGet([slice])).toEqual([undefined]);
  });

  it('offers no capability that would go round the transaction', () => {
    const { store } = openJoinable();
    store.writeTogether = async () => 'written';
    expect(storeWithin(store, TRANSACTION)).not.toHaveProperty('writeTogether');
  });

  it('is refused by a store that joins none', () => {
    expect(() => storeWithin(createMemoryStore(), TRANSACTION)).toThrow(/a store that joins none/);
  });
});
