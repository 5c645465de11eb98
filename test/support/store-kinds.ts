/** The stores of this package, to run a test over each, and prepared alike for every case. */
import { copyFileSync } from 'node:fs';
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/sqlite-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { temporaryFile } from './temporary-file.ts';

type Prepare = (store: Store) => Promise<unknown>;
type Open = () => Promise<Store>;

export interface StoreKind {
  readonly kind: 'memory' | 'sqlite';
  /** Answers how to open a store that nobody else has, with what `prepare` put into it. */
  readonly prepare: (prepare: Prepare) => Promise<Open>;
}

const MEMORY: StoreKind = {
  kind: 'memory',
  prepare: async (prepare) => async () => {
    const store = createMemoryStore();
    await prepare(store);
    return store;
  },
};

/** Prepared once and copied, because a file is copied faster than it is filled. */
const SQLITE: StoreKind = {
  kind: 'sqlite',
  prepare: async (prepare) => {
    const prepared = temporaryFile('store.db');
    await onStore(() => openSqliteStore({ path: prepared }), prepare);
    return () => {
      const path = temporaryFile('store.db');
      copyFileSync(prepared, path);
      return openSqliteStore({ path });
    };
  },
};

export const STORE_KINDS: readonly StoreKind[] = [MEMORY, SQLITE];

/** Opens a store, and closes it whatever `run` comes to. */
export async function onStore<Result>(open: Open, run: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await open();
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}
