import { isSlicewiseError, validationError } from '../../domain/errors.ts';
import { ensureNotAborted } from './context.ts';
import type { BatchOptions, BatchOutcome, Items } from './runtime.ts';

const DEFAULT_CONCURRENCY = 100;

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
  const source = iterate(items);
  const lanes = new Lanes();
  const underWay: Promise<BatchOutcome<Result> | Defect>[] = [];
  let pending: NextInput<Input> | undefined;
  let taken = 0;
  let isExhausted = false;
  try {
    while (true) {
      while (!isExhausted && underWay.length < concurrency && !options.signal?.aborted) {
        try {
          pending ??= source.next();
          const next = await inputOrOutcome(pending, underWay[0]);
          if (next === 'outcome') break;
          pending = undefined;
          if (next.done) isExhausted = true;
          else underWay.push(outcomeOf(taken, lanes.run(taken++, next.value, work)));
        } catch (defect) {
          // What was taken before the source failed has outcomes, and they come first.
          underWay.push(Promise.resolve({ defect }));
          isExhausted = true;
        }
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

type NextInput<Input> = Promise<IteratorResult<Input>> | IteratorResult<Input>;

/** The next input, unless the oldest outcome is there first: a slow source holds no outcome back. */
function inputOrOutcome<Input>(
  next: NextInput<Input>,
  oldest: Promise<unknown> | undefined,
): NextInput<Input> | Promise<IteratorResult<Input> | 'outcome'> {
  if (!(next instanceof Promise) || oldest === undefined) return next;
  return Promise.race([next, oldest.then(() => 'outcome' as const)]);
}

/** An error that is none of ours, or the source's: it ends the batch when its turn comes, not before. */
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
  next(): NextInput<Input>;
  return?(): Promise<unknown> | unknown;
}

function iterate<Input>(items: Items<Input>): Source<Input> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

interface LaneEntry {
  readonly index: number;
  readonly running: Promise<unknown>;
}

/** What is under way, by lane and in input order. */
class Lanes {
  readonly #entries = new Map<string, readonly LaneEntry[]>();

  run<Input, Result>(index: number, input: Input, work: BatchWork<Input, Result>): Promise<Result> {
    const lane = work.laneOf(input);
    // Only earlier inputs are ever waited for, so no two can wait for each other.
    const start = () => work.run(input, (other) => this.#earlierThan(index, other));
    const isFirst = !this.#entries.has(lane);
    const running = isFirst ? start() : this.#earlierThan(index, lane).then(start);
    this.#enter(lane, { index, running });
    return running;
  }

  #earlierThan(index: number, lane: string): Promise<unknown> {
    const earlier = this.#entries.get(lane)?.filter((entry) => entry.index < index) ?? [];
    return earlier.length === 0 ? Promise.resolve() : Promise.allSettled(earlier.map((entry) => entry.running));
  }

  #enter(lane: string, entry: LaneEntry): void {
    this.#entries.set(lane, [...(this.#entries.get(lane) ?? []), entry]);
    const leave = () => {
      const others = this.#entries.get(lane)?.filter((other) => other !== entry) ?? [];
      if (others.length === 0) this.#entries.delete(lane);
      else this.#entries.set(lane, others);
    };
    entry.running.then(leave, leave);
  }
}
