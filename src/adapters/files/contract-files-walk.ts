import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareUtf8 } from '../../domain/canonical/key-order.ts';

const CONTRACT_FILE = /\.(yaml|yml|json)$/;

/**
 * The contract files of a folder and those below it, sorted by path. Names that start with a dot are left out; a
 * link to a file is followed (as Kubernetes mounts them), one to a folder is not, so that no walk is endless.
 */
export async function listContractFiles(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.sort((left, right) => compareUtf8(left.name, right.name))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) files.push(...(await listContractFiles(path)));
    else if (CONTRACT_FILE.test(entry.name) && (await isFile(entry, path))) files.push(path);
  }
  return files;
}

async function isFile(entry: Dirent, path: string): Promise<boolean> {
  return entry.isSymbolicLink() ? (await stat(path)).isFile() : entry.isFile();
}
