/**
 * The store that the suites of laws and flows run over: the reference model in memory, and every other one by turns
 * (`SLICEWISE_TEST_STORE`, set by the projects of `vitest.config.ts`), so that what holds on one holds on all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts';
import { migratePostgres, openPostgresStore } from '../../src/adapters/postgres/index.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/sqlite-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { freshSchema } from '../services/postgres/test-database.ts';
import { openEmptyStore } from './services/dynamodb/empty-store.ts';
import type { ServiceName } from './services/running-service.ts';

const folders: string[] = [];
const opened: Promise<Store>[] = [];

// Not by each test: some share a store with the whole of their file.
afterAll(async () => {
  for (const store of await Promise.all(opened.splice(0))) await store.close();
  await pool?.end();
  pool = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Each opens one that is empty, and that nobody else has. */
const STORES: Readonly<Record<string, () => Promise<Store>>> = {
  sqlite: () => openSqliteStore({ path: join(newFolder(), 'store.db') }),
  postgres: openPostgresSchema,
  dynamodb: () => openEmptyStore(urlOf('dynamodb')),
};

const kind = process.env['SLICEWISE_TEST_STORE'] || 'memory';

/** A store of a test's own. */
export function createTestStore(): Store {
  if (kind === 'memory') return createMemoryStore();
  const open = STORES[kind];
  if (open === undefined) throw new Error(`SLICEWISE_TEST_STORE: expected ${Object.keys(STORES)}, found ${kind}.`);
  return openedLater(kind, open);
}

/** One pool for all stores of a file: a server allows for about a hundred connections. */
let pool: pg.Pool | undefined;

async function openPostgresSchema(): Promise<Store> {
  pool ??= new pg.Pool({ connectionString: urlOf('postgres'), max: 8 });
  const schema = freshSchema();
  await migratePostgres({ pool, schema });
  return openPostgresStore({ pool, schema });
}

function urlOf(service: ServiceName): string {
  const url = inject('services')[service];
  if (url === undefined) throw new Error(`${service}: expected a running one, found none.`);
  return url;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-'));
  folders.push(folder);
  return folder;
}

/**
 * Opened by the first call, because tests make their stores in passing. It goes step by step, as every store can, because
 * the suites look at the steps.
 */
function openedLater(name: string, open: () => Promise<Store>): Store {
  let opening: Promise<Store> | undefined;
  const start = () => {
    const starting = open();
    opened.push(starting);
    return starting;
  };
  const now = () => {
    opening ??= start();
    return opening;
  };
  return {
    name,
    batchGet: async (keys) => (await now()).batchGet(keys),
    range: async (query) => (await now()).range(query),
    putOnce: async (records) => (await now()).putOnce(records),
    putHints: async (hints) => (await now()).putHints(hints),
    deleteHint: async (hint) => (await now()).deleteHint(hint),
    updateStatus: async (next, expectedCounter) => (await now()).updateStatus(next, expectedCounter),
    updateIndexState: async (next, expectedCounter) => (await now()).updateIndexState(next, expectedCounter),
    insert: async (change) => (await now()).insert(change),
    commit: async (change) => (await now()).commit(change),
    raiseGcEpoch: async (address, expected) => (await now()).raiseGcEpoch(address, expected),
    deleteSlice: async (key, belowEpoch) => (await now()).deleteSlice(key, belowEpoch),
    erase: async (records) => (await now()).erase(records),
    completeErasure: async (record) => (await now()).completeErasure(record),
    close: async () => (await now()).close(),
  };
}
