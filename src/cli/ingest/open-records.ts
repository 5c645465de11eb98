import { atLine, isGzipFile, openInput, STANDARD_INPUT, verifyGzipFile } from '../input/open-input.ts';
import { createRecordSplitter, type SplitRecord } from '../input/split-records.ts';

/** The records of an input, cut but not parsed. */
export interface OpenRecords {
  /** For messages. */
  readonly name: string;
  readonly iterator: AsyncIterator<SplitRecord, void, undefined>;
  readonly bytesTotal: number | null;
  bytesRead(): number;
}

export interface OpenRecordsOptions {
  readonly recordBytesMax: number;
  /** Ends the reading as if the input had ended. */
  readonly stop: AbortSignal;
}

/**
 * Opens an input. A gzip file is unpacked once beforehand, so that none of a truncated one is used; what comes in by a
 * pipe cannot be read twice, there what came before the damage is used.
 *
 * @throws `input.*`
 */
export async function openRecords(path: string, { recordBytesMax, stop }: OpenRecordsOptions): Promise<OpenRecords> {
  const input = await openInput(path, stop);
  const isFile = path !== STANDARD_INPUT && input.bytesTotal !== null;
  if (isFile && (await isGzipFile(path))) await verifyGzipFile(path, stop);
  return {
    name: input.name,
    iterator: readRecords(input.chunks, { source: input.name, recordBytesMax, stop }),
    bytesTotal: input.bytesTotal,
    bytesRead: input.bytesRead,
  };
}

async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly source: string; readonly recordBytesMax: number; readonly stop: AbortSignal },
): AsyncGenerator<SplitRecord, void, undefined> {
  const splitter = createRecordSplitter(options);
  try {
    for await (const chunk of chunks) yield* splitter.push(chunk);
    // The end of a reading that was stopped is not the end of the input: its last record is not whole.
    if (!options.stop.aborted) yield* splitter.end();
  } catch (error) {
    throw atLine(error, splitter.line);
  }
}
