import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isSlicewiseError, type SlicewiseError, validationError } from '../../domain/errors.ts';

/** Bytes of a file or of standard input (`-`), unpacked where they are gzip, which their first two bytes tell. */
export interface Input {
  /** For messages: the path as it was given, or `stdin`. */
  readonly name: string;
  /** @throws `input.unreadable`, `input.gzip_truncated`, `input.gzip_damaged` */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes as they lie in the file; `null` where nobody can know. */
  readonly bytesTotal: number | null;
  /** Of those, how many were read so far. */
  bytesRead(): number;
}

const CHUNK_BYTES = 64 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

export const STANDARD_INPUT = '-';

/** @param stop ends the reading, as if the input had ended, when it aborts. */
export async function openInput(path: string, stop?: AbortSignal): Promise<Input> {
  const name = path === STANDARD_INPUT ? 'stdin' : path;
  const bytesTotal = path === STANDARD_INPUT ? null : await measureFile(path);
  const source: Readable =
    path === STANDARD_INPUT ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const counted = { bytes: 0 };
  return { name, bytesTotal, bytesRead: () => counted.bytes, chunks: readChunks({ name, source, counted, stop }) };
}

/** The whole input at once, for documents. @throws as `Input.chunks`, and `input.too_large` */
export async function readWholeInput(path: string, bytesMax: number): Promise<Uint8Array> {
  const input = await openInput(path);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input.chunks) {
    size += chunk.length;
    if (size > bytesMax) {
      throw validationError(
        'input.too_large',
        `${input.name}: expected at most ${bytesMax} bytes, found more. ` +
          'Split it; where it holds many records, feed them to `slicewise ingest`.',
        { source: input.name, bytesMax },
      );
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** Whether a file is gzip. */
export async function isGzipFile(path: string): Promise<boolean> {
  const file = await open(path).catch((error: unknown) => Promise.reject(unreadable(path, error)));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && isGzip(buffer);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file.close();
  }
}

/**
 * Unpacks a gzip file once and throws the bytes away, so that a truncated one is refused before any of it is used.
 *
 * @throws `input.gzip_truncated`, `input.gzip_damaged`
 */
export async function verifyGzipFile(path: string, stop?: AbortSignal): Promise<void> {
  const input = await openInput(path, stop);
  let line = 1;
  try {
    for await (const chunk of input.chunks) {
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) line += 1;
    }
  } catch (error) {
    throw atLine(error, line);
  }
}

/** An input error that names the line where reading stopped. */
export function atLine(error: unknown, line: number): unknown {
  if (!isSlicewiseError(error) || !error.code.startsWith('input.gzip_')) return error;
  const source = String(error.details['source']);
  return validationError(error.code, error.message.replace(`${source}:`, `${source}:${line}:`), { source, line });
}

interface Reading {
  readonly name: string;
  readonly source: Readable;
  readonly counted: { bytes: number };
  readonly stop: AbortSignal | undefined;
}

async function* readChunks({ name, source, counted, stop }: Reading): AsyncGenerator<Uint8Array, void, undefined> {
  const endSource = () => source.destroy();
  stop?.addEventListener('abort', endSource);
  try {
    if (stop?.aborted) return;
    yield* unpack(countBytes(source, counted));
  } catch (error) {
    // A destroyed stream ends its reader with an error of its own; here the end was asked for.
    if (!stop?.aborted) throw explain(name, error);
  } finally {
    stop?.removeEventListener('abort', endSource);
    source.destroy();
  }
}

async function* countBytes(source: Readable, counted: { bytes: number }): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    // A stream without an encoding gives nothing but bytes.
    const bytes = chunk as Uint8Array;
    counted.bytes += bytes.length;
    yield bytes;
  }
}

async function* unpack(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array();
  while (head.length < GZIP_MAGIC.length) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const whole = rejoin(head, iterator);
  if (!isGzip(head)) {
    yield* whole;
    return;
  }
  // The callback form reports through the last stream, which is the one that is read here.
  yield* pipeline(whole, createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
}

async function* rejoin(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function isGzip(head: Uint8Array): boolean {
  return GZIP_MAGIC.every((byte, index) => head[index] === byte);
}

async function measureFile(path: string): Promise<number | null> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw new Error('a folder');
    // A pipe or a device is no file that has a size.
    return stats.isFile() ? stats.size : null;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function explain(name: string, error: unknown): unknown {
  if (isSlicewiseError(error)) return error;
  const code = codeOf(error);
  if (code === 'Z_BUF_ERROR') {
    return gzipError('input.gzip_truncated', name, 'that it ends in the middle', 'Get the whole file');
  }
  if (code.startsWith('Z_')) {
    return gzipError('input.gzip_damaged', name, messageOf(error), 'Get the file again');
  }
  return unreadable(name, error);
}

function gzipError(code: string, source: string, found: string, advice: string): SlicewiseError {
  return validationError(code, `${source}: expected a whole gzip file, found ${found}. ${advice} and run this again.`, {
    source,
  });
}

function unreadable(source: string, error: unknown): SlicewiseError {
  return validationError(
    'input.unreadable',
    `${source}: expected a file that can be read, found ${codeOf(error) || messageOf(error)}. Check the path and its permissions.`,
    { source },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
