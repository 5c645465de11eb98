import { isSlicewiseError, validationError } from '../../domain/errors.ts';
import { ensureNotAborted } from './context.ts';
import type { BatchOptions, BatchOutcome, Items } from './runtime.ts';

const DEFAULT_CONCURRENCY = 100;

/** What a batch does with each input, and which inputs must not overtake each other. */
export interface BatchWork<Input, Result> {
  readonly run: (input: Input) => Promise<Result>;
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
  const source = iterate(items);
  const lanes = new Lanes();
  const underWay: Promise<BatchOutcome<Result> | Defect>[] = [];
  let taken = 0;
  let isExhausted = false;
  try {
    while (true) {
      while (!isExhausted && underWay.length < concurrency && !options.signal?.aborted) {
        const next = await source.next();
        if (next.done) isExhausted = true;
        else
          underWay.push(
            outcomeOf(
              taken++,
              lanes.run(work.laneOf(next.value), () => work.run(next.value)),
            ),
          );
      }
      const first = underWay.shift();
      if (first === undefined) break;
      const settled = await first;
      if ('defect' in settled) throw settled.defect;
      yield settled;
    }
  } finally {
    await source.return?.();
    await Promise.all(underWay);
  }
  ensureNotAborted(options.signal);
}

/** An error that is none of ours: it ends the batch when its turn comes, not before. */
interface Defect {
  readonly defect: unknown;
}

async function outcomeOf<Result>(index: number, running: Promise<Result>): Promise<BatchOutcome<Result> | Defect> {
  try {
    return { index, ok: true, result: await running };
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

interface Source<Input> {
  next(): Promise<IteratorResult<Input>> | IteratorResult<Input>;
  return?(): Promise<unknown> | unknown;
}

function iterate<Input>(items: Items<Input>): Source<Input> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** One queue per lane that something waits in. */
class Lanes {
  readonly #tails = new Map<string, Promise<unknown>>();

  run<Result>(lane: string, task: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(lane);
    const running = before === undefined ? task() : before.then(task, task);
    this.#tails.set(lane, running);
    const leave = () => {
      if (this.#tails.get(lane) === running) this.#tails.delete(lane);
    };
    running.then(leave, leave);
    return running;
  }
}
