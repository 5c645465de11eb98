interface LaneEntry {
  readonly index: number;
  readonly running: Promise<unknown>;
}

/** What is under way in a batch, by lane and in input order. */
export class BatchLanes {
  readonly #entries = new Map<string, readonly LaneEntry[]>();

  /**
   * Starts a task when the earlier ones of its lane are done.
   * @param start may wait for the earlier inputs of other lanes, never for later ones, so no two wait for each other
   */
  run<Result>(
    index: number,
    lane: string,
    start: (awaitEarlier: (lane: string) => Promise<unknown>) => Promise<Result>,
  ): Promise<Result> {
    const awaitEarlier = (other: string) => this.#earlierThan(index, other);
    const isFirst = !this.#entries.has(lane);
    const running = isFirst ? start(awaitEarlier) : awaitEarlier(lane).then(() => start(awaitEarlier));
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
