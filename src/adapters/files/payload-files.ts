import { createHash } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { SlicewiseError } from '../../domain/errors.ts';
import type { PayloadLocation } from '../../domain/records.ts';
import type { PayloadStore } from '../../ports/payload-store.ts';
import { type StoreFailure, storeFull, storeUnavailable } from '../../ports/store-errors.ts';
import { writeWhole } from './write-whole.ts';

export interface FilePayloadStoreOptions {
  /** The folder; made when the first payload comes. Relative to the working directory. */
  readonly dir: string;
}

/**
 * Large payloads as files: `{tenant}/{2 digits}/{entity}/{raw hash}.{generation}`. Tenant and entity are SHA-256 in
 * hex, so that no key leads out of the folder, none is too long for a file name, and two that differ in case alone
 * stay apart where the file system does not. A file appears under its name only when it is whole and on disk.
 *
 * @throws (from put and get) `store.unavailable`, `store.full`
 */
export function createFilePayloadStore({ dir }: FilePayloadStoreOptions): PayloadStore {
  const root = resolve(dir);
  const name = `files:${dir}`;
  return {
    name,
    async put(location, bytes) {
      const path = join(root, pathOf(location));
      try {
        if (!(await isThere(path))) {
          await mkdir(dirname(path), { recursive: true });
          await writeWhole(path, bytes);
        }
        // Also where another process made the file: it may not have come this far yet.
        await syncFolders(dirname(path), dirname(root));
      } catch (error) {
        throw toPayloadError(error, name);
      }
    },
    async get(location) {
      try {
        return await readFile(join(root, pathOf(location)));
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw toPayloadError(error, name);
      }
    },
  };
}

function pathOf({ tenantId, entityKey, rawHash, generation }: PayloadLocation): string {
  const entity = hex(entityKey);
  const hash = rawHash.slice(rawHash.indexOf(':') + 1);
  return join(hex(tenantId), entity.slice(0, 2), entity, `${hash}.${generation}`);
}

/** A new name is durable once the folder that holds it is; so are the folders that were made for it. */
async function syncFolders(innermost: string, outermost: string): Promise<void> {
  for (let folder = innermost; folder.length >= outermost.length; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === outermost) return;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; NTFS keeps renames in its journal.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function toPayloadError(cause: unknown, store: string): SlicewiseError {
  const found = cause instanceof Error ? cause.message : String(cause);
  const failure = (advice: string): StoreFailure => ({ store, found, advice, cause });
  const code = codeOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return storeFull(failure('The payload was not stored; free disk space, then call again.'));
  }
  return storeUnavailable(failure('Check that the folder can be read and written by this process, then call again.'));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
