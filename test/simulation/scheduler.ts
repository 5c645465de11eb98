import { setImmediate as nextTurn } from 'node:timers/promises';
import { Violation } from './violation.ts';

/** Something that waits for its moment. */
interface Waiting {
  readonly atMs: number;
  /** Between two of one moment; from 0 to below 1. */
  readonly tie: number;
  readonly run: () => Promise<void>;
}

/** More steps than any run needs: whoever takes that many goes in circles. */
const STEPS_MAX = 20_000;

/**
 * Simulated time. Nothing happens but what was put here, one thing after the other, in the order of its moment; between
 * two of them everybody goes as far as they can without an answer.
 */
export class Scheduler {
  #nowMs = 0;
  #steps = 0;
  #arrivals = 0;
  #outside = 0;
  #waiting: Waiting[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Steps so far. */
  get steps(): number {
    return this.#steps;
  }

  put(delayMs: number, tie: number, run: () => Promise<void>): void {
    this.#arrivals += 1;
    this.#waiting.push({ atMs: this.#nowMs + delayMs, tie, run });
  }

  /** Work that the event loop does in its own time: until it is done, nobody is let through. */
  async waitFor(work: Promise<void>): Promise<void> {
    this.#outside += 1;
    try {
      await work;
    } finally {
      this.#outside -= 1;
    }
  }

  /** Lets time pass in which nothing happens. */
  skip(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  /** Runs until nothing waits any more, or `isOver`. */
  async run(isOver: () => boolean): Promise<void> {
    while (true) {
      await this.#settle();
      const next = this.#takeNext();
      if (next === undefined || isOver()) return;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      await next.run();
    }
  }

  /** Counts a step. */
  step(): number {
    this.#steps += 1;
    if (this.#steps > STEPS_MAX) throw new Violation('progress', `expected an end within ${STEPS_MAX} steps`);
    return this.#steps;
  }

  /** A turn of the event loop lets everybody go on until they wait; flows may take one of their own. */
  async #settle(): Promise<void> {
    let arrivals: number;
    do {
      arrivals = this.#arrivals;
      await nextTurn();
      await nextTurn();
    } while (arrivals !== this.#arrivals || this.#outside > 0);
  }

  #takeNext(): Waiting | undefined {
    let first = 0;
    for (let index = 1; index < this.#waiting.length; index += 1) {
      // Both positions are within the list.
      if (isBefore(this.#waiting[index] as Waiting, this.#waiting[first] as Waiting)) first = index;
    }
    return this.#waiting.splice(first, 1)[0];
  }
}

function isBefore(left: Waiting, right: Waiting): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.tie < right.tie);
}
