import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work that waits for nothing has held the event loop, so that it can give way in time. */
export class EventLoopTurn {
  /** `undefined`: the event loop has had its turn since the last question. */
  #startedMs: number | undefined;

  /** @returns what to wait for, if the turn has lasted that long */
  giveWayAfter(limitMs: number): Promise<void> | undefined {
    if (this.#startedMs === undefined) {
      this.#startedMs = performance.now();
      setImmediate(() => {
        this.#startedMs = undefined;
      });
      return undefined;
    }
    return performance.now() - this.#startedMs < limitMs ? undefined : nextTurn();
  }
}
