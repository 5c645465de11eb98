import { existsSync } from 'node:fs';
import { type SlicewiseError, validationError } from '../domain/errors.ts';
import type { PayloadStore } from '../ports/payload-store.ts';
import type { Store } from '../ports/store.ts';
import { usageError } from './output/usage-error.ts';
import type { StoreLocation } from './settings.ts';

export interface OpenStores {
  readonly store: Store;
  readonly payloadStore: PayloadStore;
}

/** Large payloads lie in a folder beside the store's file. */
export const PAYLOADS_SUFFIX = '.payloads';

/** @param whenAbsent only a command that puts data in may make a store; elsewhere a new one would hide a wrong path. */
export async function openStores(location: StoreLocation, whenAbsent: 'create' | 'refuse'): Promise<OpenStores> {
  if (location.kind === 'memory') {
    const { createMemoryPayloadStore, createMemoryStore } = await import('../adapters/memory/index.ts');
    return { store: createMemoryStore(), payloadStore: createMemoryPayloadStore() };
  }
  if (whenAbsent === 'refuse') requireStoreFile(location);
  const [{ openSqliteStore }, { createFilePayloadStore }] = await Promise.all([
    import('../adapters/sqlite/index.ts'),
    import('../adapters/files/index.ts'),
  ]);
  return {
    store: await openSqliteStore({ path: location.path }),
    payloadStore: createFilePayloadStore({ dir: `${location.path}${PAYLOADS_SUFFIX}` }),
  };
}

/** The path of a store's file. @throws `cli.usage` (no file at all), `store.not_found` */
export function requireStoreFile(location: StoreLocation): string {
  if (location.kind === 'memory') {
    throw usageError('--store: expected a store in a file, found memory:. Name the path of a store.');
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
