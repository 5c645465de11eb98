import { type ErrorReport, isSlicewiseError, type SlicewiseError, validationError } from '../../domain/errors.ts';
import type {
  BatchOutcome,
  IngestInput,
  IngestResult,
  InsertRawdataResult,
  Runtime,
} from '../../flows/runtime/runtime.ts';
import { parseRecord } from '../input/parse-record.ts';
import type { SplitRecord } from '../input/split-records.ts';
import { classifyResult, type RecordOutcome } from './record-outcome.ts';

export interface IngestRun {
  readonly runtime: Runtime;
  readonly tenantId: string;
  /** For records that name none. */
  readonly schemaRef: string | null;
  /** `insert`: RawData only, slicing stays owed. */
  readonly mode: 'ingest' | 'insert';
  readonly recordBytesMax: number;
  readonly concurrency: number;
  /** Ends the reading; what was read is finished and reported. */
  readonly stop: AbortController;
}

/** Bounds on what waits for its turn; a batch that reaches one is finished before the next begins. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
const WAITING_REFUSALS_MAX = 1_000;

/** A record between its reading and its outcome, in input order. */
type Waiting =
  | { readonly kind: 'sent'; readonly line: number; readonly bytes: Uint8Array }
  | { readonly kind: 'settled'; readonly outcome: RecordOutcome };

/**
 * Feeds records to the runtime and tells what became of each, in input order. Memory stays flat whatever the input
 * holds: records under way are bounded in number and bytes, refused ones in number.
 *
 * A soft failure of the storage ends the reading: what comes after it would meet the same.
 */
export async function* ingestRecords(
  records: AsyncIterator<SplitRecord, void, undefined>,
  run: IngestRun,
): AsyncGenerator<RecordOutcome, void, undefined> {
  const source = { isDone: false };
  while (!source.isDone && !run.stop.signal.aborted) {
    const waiting = new WaitingRecords();
    const inputs = readInputs({ records, run, waiting, source });
    for await (const outcome of startBatch(inputs, run)) {
      yield* waiting.takeSettled();
      const settled = settle(waiting.takeSent(), outcome);
      if (settled.outcome === 'failed' && isStorageFailure(settled.error)) run.stop.abort();
      yield settled;
    }
    yield* waiting.takeSettled();
    if (waiting.failure !== null) throw waiting.failure;
  }
}

function startBatch(
  inputs: AsyncIterable<IngestInput>,
  run: IngestRun,
): AsyncIterable<BatchOutcome<IngestResult | InsertRawdataResult>> {
  const { batch } = run.runtime;
  const options = { concurrency: run.concurrency };
  return run.mode === 'insert' ? batch.insertRawdata(inputs, options) : batch.ingest(inputs, options);
}

interface ReadInputs {
  readonly records: AsyncIterator<SplitRecord, void, undefined>;
  readonly run: IngestRun;
  readonly waiting: WaitingRecords;
  readonly source: { isDone: boolean };
}

async function* readInputs({
  records,
  run,
  waiting,
  source,
}: ReadInputs): AsyncGenerator<IngestInput, void, undefined> {
  while (!run.stop.signal.aborted && waiting.hasRoom) {
    const next = await records.next().catch((error: unknown) => {
      // What was read before is still to be finished and reported, so the error waits for it.
      waiting.failure = error;
      return null;
    });
    if (next === null || next.done) {
      source.isDone = true;
      return;
    }
    const input = prepare(next.value, run, waiting);
    if (input !== null) yield input;
  }
}

function prepare(record: SplitRecord, run: IngestRun, waiting: WaitingRecords): IngestInput | null {
  const { line } = record;
  if (record.kind === 'oversized') {
    const error = tooLong(line, record.recordBytes, run.recordBytesMax);
    waiting.settle({ line, outcome: 'refused', error: error.toJSON(), bytes: null });
    return null;
  }
  try {
    const input = toInput(parseRecord(record.bytes), run);
    waiting.send(line, record.bytes);
    return input;
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    waiting.settle({ line, outcome: 'refused', error: error.toJSON(), bytes: record.bytes });
    return null;
  }
}

function toInput(record: ReturnType<typeof parseRecord>, run: IngestRun): IngestInput {
  const schemaRef = record.schema ?? run.schemaRef;
  const version = {
    tenantId: run.tenantId,
    entityKey: record.entityKey,
    version: record.version,
    ...(schemaRef !== null && { schemaRef }),
  };
  return record.deleted ? { ...version, deleted: true } : { ...version, payload: record.payload };
}

function settle(
  sent: { readonly line: number; readonly bytes: Uint8Array },
  outcome: BatchOutcome<IngestResult | InsertRawdataResult>,
): RecordOutcome {
  const { line, bytes } = sent;
  if (outcome.ok) return { line, outcome: classifyResult(outcome.result), result: outcome.result };
  const { error } = outcome;
  const isSoft = error.retryable || error.category === 'Aborted';
  return { line, outcome: isSoft ? 'failed' : 'refused', error: error.toJSON(), bytes };
}

function isStorageFailure(error: ErrorReport): boolean {
  // A lost race concerns one entity; everything else that is soft concerns the store.
  return error.category !== 'Conflict';
}

function tooLong(line: number, recordBytes: number, recordBytesMax: number): SlicewiseError {
  return validationError(
    'record.too_long',
    `record: expected at most ${recordBytesMax} bytes, found ${recordBytes}. ` +
      'Split it, or allow more with --max-record-bytes.',
    { line, recordBytes, recordBytesMax },
  );
}

class WaitingRecords {
  /** Why reading ended early, to be thrown once all that was read is reported. */
  failure: unknown = null;
  #queue: Waiting[] = [];
  #sentBytes = 0;
  #refusals = 0;

  get hasRoom(): boolean {
    return this.#sentBytes < WAITING_BYTES_MAX && this.#refusals < WAITING_REFUSALS_MAX;
  }

  send(line: number, bytes: Uint8Array): void {
    this.#queue.push({ kind: 'sent', line, bytes });
    this.#sentBytes += bytes.length;
  }

  settle(outcome: RecordOutcome): void {
    this.#queue.push({ kind: 'settled', outcome });
    this.#refusals += 1;
  }

  /** The outcomes at the front that wait for nothing. */
  takeSettled(): readonly RecordOutcome[] {
    const taken: RecordOutcome[] = [];
    for (let front = this.#queue[0]; front?.kind === 'settled'; front = this.#queue[0]) {
      taken.push(front.outcome);
      this.#queue.shift();
    }
    this.#refusals -= taken.length;
    return taken;
  }

  /** The oldest record that was sent; the batch answers in input order. */
  takeSent(): { readonly line: number; readonly bytes: Uint8Array } {
    const front = this.#queue.shift();
    if (front?.kind !== 'sent') throw new Error('The batch answered for a record that was not sent.');
    this.#sentBytes -= front.bytes.length;
    return front;
  }
}
