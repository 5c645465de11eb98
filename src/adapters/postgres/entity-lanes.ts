/**
 * Lets the writes of one entity take their turns in the order of their calls, whichever connections they get: they
 * would wait for each other's rows all the same, each holding a connection meanwhile. Other processes know nothing of
 * it, and it decides nothing.
 */
export class EntityLanes {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param entities whose turn it is to be; several at once never wait for each other in a circle */
  run<Result>(entities: Iterable<string>, work: () => Promise<Result>): Promise<Result> {
    const lanes = [...new Set(entities)];
    const before = lanes.flatMap((lane) => this.#last.get(lane) ?? []);
    const running = before.length === 0 ? work() : Promise.allSettled(before).then(work);
    for (const lane of lanes) this.#last.set(lane, running);
    const leave = () => {
      for (const lane of lanes) if (this.#last.get(lane) === running) this.#last.delete(lane);
    };
    running.then(leave, leave);
    return running;
  }
}
