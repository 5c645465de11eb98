import { existsSync } from 'node:fs';
import { type SlicewiseError, validationError } from '../domain/errors.ts';
import { NO_PAYLOAD_STORE, type PayloadStore } from '../ports/payload-store.ts';
import type { Store } from '../ports/store.ts';
import { loadDynamoDb } from './load-adapter.ts';
import type { StoreLocation } from './locations.ts';
import { openPayloads } from './open-payloads.ts';
import { usageError } from './output/usage-error.ts';
import type { Settings } from './settings.ts';

export interface OpenStores {
  readonly store: Store;
  readonly payloadStore: PayloadStore;
}

type WhenAbsent = 'create' | 'refuse';
type LocationOf<Kind extends StoreLocation['kind']> = Extract<StoreLocation, { kind: Kind }>;
type OpenLocation<Kind extends StoreLocation['kind']> = (
  location: LocationOf<Kind>,
  whenAbsent: WhenAbsent,
) => Promise<OpenStores>;

/** Large payloads lie in a folder beside the store's file. */
export const PAYLOADS_SUFFIX = '.payloads';

/** A folder of this machine is no place for the payloads of a store that others share. */
const SERVERS: ReadonlySet<StoreLocation['kind']> = new Set(['postgres', 'dynamodb']);

/** Each loads what it needs when it is opened, and nothing else does. */
const OPENERS: { readonly [Kind in StoreLocation['kind']]: OpenLocation<Kind> } = {
  memory: async () => {
    const { createMemoryPayloadStore, createMemoryStore } = await import('../adapters/memory/index.ts');
    return { store: createMemoryStore(), payloadStore: createMemoryPayloadStore() };
  },
  sqlite: async (location, whenAbsent) => {
    if (whenAbsent === 'refuse') requireStoreFile(location);
    const [{ openSqliteStore }, { createFilePayloadStore }] = await Promise.all([
      import('../adapters/sqlite/index.ts'),
      import('../adapters/files/index.ts'),
    ]);
    return {
      store: await openSqliteStore({ path: location.path }),
      payloadStore: createFilePayloadStore({ dir: `${location.path}${PAYLOADS_SUFFIX}` }),
    };
  },
  // A server's tables are made on purpose, by `admin create-tables`, whoever puts data in.
  postgres: async ({ url }) => {
    const { openPostgresStore, parsePostgresUrl } = await import('../adapters/postgres/index.ts');
    return { store: await openPostgresStore(parsePostgresUrl(url)), payloadStore: NO_PAYLOAD_STORE };
  },
  dynamodb: async (location) => {
    const { openDynamoDbStore } = await loadDynamoDb();
    return { store: await openDynamoDbStore(location), payloadStore: NO_PAYLOAD_STORE };
  },
};

/** What `--store` and `--payload-store` name. */
export type StoreSettings = Pick<Settings, 'store' | 'payloadStore'>;

/** @param whenAbsent only a command that puts data in may make a store; elsewhere a new one would hide a wrong path. */
export async function openStores({ store: location, payloadStore }: StoreSettings, whenAbsent: WhenAbsent) {
  // Each opener is found by its location's kind, which TypeScript cannot follow.
  const open = OPENERS[location.kind] as OpenLocation<StoreLocation['kind']>;
  const stores = await open(location, whenAbsent);
  return payloadStore === null ? stores : { ...stores, payloadStore: await openPayloads(payloadStore) };
}

/** Whether there is a place for large payloads: the one that is named, or the store's own. */
export function hasPayloadStore({ store, payloadStore }: StoreSettings): boolean {
  return payloadStore !== null || !SERVERS.has(store.kind);
}

/** The path of a store's file. @throws `cli.usage` (no file at all), `store.not_found` */
export function requireStoreFile(location: StoreLocation): string {
  if (location.kind !== 'sqlite') {
    throw usageError(`--store: expected a store in a file, found ${location.kind}:. Name the path of a store.`);
  }
  if (!existsSync(location.path)) throw storeNotFound(location.path);
  return location.path;
}

function storeNotFound(path: string): SlicewiseError {
  return validationError(
    'store.not_found',
    `${path}: expected a store, found no file. Check --store; \`slicewise ingest\` makes a new one.`,
    { path },
  );
}
