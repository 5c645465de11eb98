/**
 * Chance that one seed decides. A `Dice` is asked by key and answers the same whatever was asked before: an operation
 * that is left out of a run does not re-deal what the others meet, so failing runs can be shrunk. A `RandomStream` is
 * for what is drawn in one go.
 */
export class Dice {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** From 0 to below 1. */
  roll(key: string): number {
    return hashOf(`${this.#seed} ${key}`);
  }

  isHit(key: string, probability: number): boolean {
    return this.roll(key) < probability;
  }

  stream(key: string): RandomStream {
    return new RandomStream(Math.floor(this.roll(key) * 2 ** 32));
  }
}

export interface Weighted<Choice> {
  readonly weight: number;
  readonly choice: Choice;
}

export class RandomStream {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  isHit(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    // The lists that are picked from are not empty.
    return choices[this.integer(0, choices.length - 1)] as Choice;
  }

  pickWeighted<Choice>(choices: readonly Weighted<Choice>[]): Choice {
    let left = this.next() * choices.reduce((sum, { weight }) => sum + weight, 0);
    const met = choices.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
    // Rounding may leave a crumb behind the last one; the lists are not empty.
    return (met ?? (choices.at(-1) as Weighted<Choice>)).choice;
  }
}

/** FNV-1a, and the finalizer of MurmurHash3 so that keys that differ in their last character lie far apart. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
