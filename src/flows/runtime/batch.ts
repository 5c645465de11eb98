import { isSlicewiseError, validationError } from '../../domain/errors.ts';
import { BatchLanes } from './batch-lanes.ts';
import { BatchSource } from './batch-source.ts';
import { ensureNotAborted } from './context.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import type { BatchOptions, BatchOutcome, Items } from './runtime.ts';

const DEFAULT_CONCURRENCY = 100;
// Calls that wait for nothing hold the event loop together; a hundred small documents take about 10 ms.
const TURN_MS = 12;

/** What a batch does with each input, and which inputs must not overtake each other. */
export interface BatchWork<Input, Result> {
  /** @param awaitEarlier resolves when the earlier inputs of a lane are done; whatever became of them */
  readonly run: (input: Input, awaitEarlier: (lane: string) => Promise<unknown>) => Promise<Result>;
  /** Inputs of one lane run one after the other, in order. */
  readonly laneOf: (input: Input) => string;
}

/**
 * Runs many inputs with bounded concurrency and yields their outcomes in input order. Inputs are taken as outcomes are
 * consumed, so memory stays flat however many there are. An abort takes no further input, yields what was under way,
 * and then rejects with `call.aborted`.
 */
export async function* runBatch<Input, Result>(
  items: Items<Input>,
  work: BatchWork<Input, Result>,
  options: BatchOptions = {},
): AsyncGenerator<BatchOutcome<Result>> {
  const concurrency = parseConcurrency(options.concurrency);
  const source = new BatchSource(items, options.signal);
  const lanes = new BatchLanes();
  const turn = new EventLoopTurn();
  const underWay: Promise<BatchOutcome<Result> | Defect>[] = [];
  let taken = 0;
  try {
    while (true) {
      while (source.isOpen && underWay.length < concurrency) {
        const way = turn.giveWayAfter(TURN_MS);
        if (way !== undefined) await way;
        const next = await source.take(underWay[0]);
        if (next.met === 'outcome') break;
        // What was taken before the source failed has outcomes, and they come first.
        if (next.met === 'failure') underWay.push(Promise.resolve({ defect: next.error }));
        if (next.met === 'input') underWay.push(outcomeOf(lanes, work, taken++, next.input));
      }
      const first = underWay.shift();
      if (first === undefined) break;
      const settled = await first;
      if ('defect' in settled) throw settled.defect;
      yield settled;
    }
  } finally {
    await Promise.all(underWay);
    await source.close();
  }
  ensureNotAborted(options.signal);
}

/** An error that is none of ours, or the source's: it ends the batch when its turn comes, not before. */
interface Defect {
  readonly defect: unknown;
}

/** An input that no lane can be told of fails alone. */
async function outcomeOf<Input, Result>(
  lanes: BatchLanes,
  work: BatchWork<Input, Result>,
  index: number,
  input: Input,
): Promise<BatchOutcome<Result> | Defect> {
  try {
    const lane = work.laneOf(input);
    const result = await lanes.run(index, lane, (awaitEarlier) => work.run(input, awaitEarlier));
    return { index, ok: true, result };
  } catch (error) {
    return isSlicewiseError(error) ? { index, ok: false, error } : { defect: error };
  }
}

function parseConcurrency(concurrency = DEFAULT_CONCURRENCY): number {
  if (Number.isInteger(concurrency) && concurrency >= 1) return concurrency;
  throw validationError(
    'batch.concurrency_invalid',
    `concurrency: expected an integer from 1, found ${concurrency}. Leave it out for ${DEFAULT_CONCURRENCY}.`,
  );
}
