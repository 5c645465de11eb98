import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { SlicewiseError } from '../../domain/errors.ts';
import type { EntityAddress, PayloadLocation } from '../../domain/records.ts';
import type { PayloadPage, PayloadQuery, PayloadStore, StoredPayload } from '../../ports/payload-store.ts';
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
 * @throws (from its calls) `store.unavailable`, `store.full`
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
    async list(query) {
      try {
        return await readPage(join(root, folderOf(query)), query);
      } catch (error) {
        throw toPayloadError(error, name);
      }
    },
    async delete(location) {
      const path = join(root, pathOf(location));
      try {
        for (const file of await filesIn(dirname(path)))
          if (isAt(file, basename(path))) await remove(join(dirname(path), file));
        await syncIfThere(dirname(path));
      } catch (error) {
        throw toPayloadError(error, name);
      }
    },
  };
}

function folderOf({ tenantId, entityKey }: EntityAddress): string {
  const entity = hex(entityKey);
  return join(hex(tenantId), entity.slice(0, 2), entity);
}

function pathOf({ rawHash, generation, ...address }: PayloadLocation): string {
  const hash = rawHash.slice(rawHash.indexOf(':') + 1);
  return join(folderOf(address), `${hash}.${generation}`);
}

/** Hash and generation, of a payload or of what a killed put has left of one. */
const PAYLOAD_FILE = /^(?<place>(?<hash>[0-9a-f]{64})\.(?<generation>\d+))(?:\..+\.tmp)?$/;

/** Whether a file is the payload of this name, or left over from a put of it. */
function isAt(file: string, place: string): boolean {
  return PAYLOAD_FILE.exec(file)?.groups?.['place'] === place;
}

async function readPage(folder: string, query: PayloadQuery): Promise<PayloadPage> {
  const { limit, after = '' } = query;
  const places = new Set((await filesIn(folder)).flatMap((file) => PAYLOAD_FILE.exec(file)?.groups?.['place'] ?? []));
  // Digits and dots: their order is the same everywhere.
  const behind = [...places].filter((place) => place > after).sort();
  const page = behind.slice(0, limit);
  const items = await Promise.all(page.map((place) => describe(folder, query, place)));
  return {
    items: items.filter((item) => item !== undefined),
    next: behind.length > page.length ? (page.at(-1) ?? null) : null,
  };
}

/** `undefined`: it went away meanwhile. */
async function describe(folder: string, address: EntityAddress, place: string): Promise<StoredPayload | undefined> {
  const file = (await filesIn(folder)).filter((each) => isAt(each, place)).sort()[0];
  const [hash = '', generation = ''] = place.split('.');
  if (file === undefined) return undefined;
  const { tenantId, entityKey } = address;
  try {
    const { size, mtime } = await stat(join(folder, file));
    // The file's name has a hash's form.
    const rawHash = `sha256:${hash}` as ContentHash;
    const location = { tenantId, entityKey, rawHash, generation: Number(generation) };
    return { location, payloadBytes: size, storedAt: mtime.toISOString() };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function syncIfThere(folder: string): Promise<void> {
  if (await isThere(folder)) await syncFolder(folder);
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
