import { writeWhole } from '../../adapters/files/write-whole.ts';
import { unwritableFile } from './unwritable-file.ts';

/** Writes a file that is there as a whole or not at all. @throws `output.unwritable` */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  try {
    await writeWhole(path, text);
  } catch (error) {
    throw unwritableFile(path, error);
  }
}
