import { randomUUID } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { unwritableFile } from './unwritable-file.ts';

/** Writes a file that is there as a whole or not at all: beside its place first. @throws `output.unwritable` */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {
      // It may never have been made; the error that counts is the one that is thrown.
    });
    throw unwritableFile(path, error);
  }
}
