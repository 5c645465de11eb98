import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { SlicewiseError } from '../../domain/errors.ts';
import { formatJson } from '../output/format-json.ts';
import { unwritableFile } from '../output/unwritable-file.ts';
import { usageError } from '../output/usage-error.ts';
import type { RecordOutcome } from './record-outcome.ts';

/** Where records go that are not in: one JSON line each, with the reason and the record's own text. */
export interface RejectsFile {
  write(outcome: RecordOutcome): Promise<void>;
  /** Resolves once everything is written. @throws `output.unwritable` */
  close(): Promise<void>;
}

/** Makes the file anew. @throws `cli.usage` where it is the input itself, `output.unwritable` */
export async function openRejectsFile(path: string, inputPath: string): Promise<RejectsFile> {
  if (await isSameFile(path, inputPath)) {
    throw usageError(`--rejects: expected another file than the input, found ${path}. Name a file of its own.`);
  }
  const stream = createWriteStream(path);
  await once(stream, 'open').catch((error: unknown) => Promise.reject(unwritableFile(path, error)));
  let failure: SlicewiseError | null = null;
  stream.on('error', (error) => {
    failure = unwritableFile(path, error);
  });
  return {
    async write(outcome) {
      if (!('error' in outcome)) return;
      if (failure !== null) throw failure;
      if (!stream.write(`${formatJson(toReject(outcome))}\n`)) await drain(stream, path);
    },
    async close() {
      if (failure !== null) throw failure;
      stream.end();
      await once(stream, 'close').catch((error: unknown) => Promise.reject(unwritableFile(path, error)));
    },
  };
}

function toReject({ line, error, bytes }: Extract<RecordOutcome, { readonly error: unknown }>) {
  const { code, message, details } = error;
  const reject = { line, error: { code, message, details } };
  if (bytes === null) return { ...reject, record: null };
  // Bytes that are no text keep as they are, so that nothing of them is lost.
  if (!isUtf8(bytes)) return { ...reject, record: null, recordBase64: Buffer.from(bytes).toString('base64') };
  return { ...reject, record: Buffer.from(bytes).toString('utf8') };
}

async function drain(stream: WriteStream, path: string): Promise<void> {
  await once(stream, 'drain').catch((error: unknown) => Promise.reject(unwritableFile(path, error)));
}

async function isSameFile(path: string, inputPath: string): Promise<boolean> {
  // A file that is not there is no other file either.
  const [left, right] = await Promise.all([path, inputPath].map((each) => realpath(each).catch(() => null)));
  return left !== null && left === right;
}
