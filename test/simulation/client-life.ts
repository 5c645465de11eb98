import { AsyncLocalStorage } from 'node:async_hooks';
import type { Traits } from './operations.ts';

/** What every call of a dead client rejects with. Not a `SlicewiseError`: nothing may catch it and go on. */
export class ClientCrash extends Error {
  override readonly name = 'ClientCrash';
}

/** What a client is at, as traces and call keys name it. */
export interface Errand extends Traits {
  readonly operation: string;
  /** From 1; a client that retries makes the next one. */
  readonly attempt: number;
  /** The step at which this attempt began. */
  readonly sinceStep: number;
}

const ERRANDS = new AsyncLocalStorage<Errand>();

/** One process of a client, from its start until it crashes. */
export class ClientLife {
  readonly client: string;
  readonly #waiting = new Set<(reason: ClientCrash) => void>();
  readonly #occurrences = new Map<string, number>();
  #errand: Errand = { operation: 'start', attempt: 0, sinceStep: 0, readsOnly: false, lists: false, clockAheadMs: 0 };
  #isDead = false;

  constructor(client: string) {
    this.client = client;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /**
   * What whoever asks does it for. An operation that has failed may leave calls behind that still go on: they are its
   * own, whatever its client does meanwhile.
   */
  get errand(): Errand {
    return ERRANDS.getStore() ?? this.#errand;
  }

  begin(errand: Errand): void {
    this.#errand = errand;
  }

  /** Work for the errand that was begun last, and all that it starts. */
  perform(work: () => Promise<void>): Promise<void> {
    return ERRANDS.run(this.#errand, work);
  }

  /** Every call that waits for an answer hears none. */
  die(): void {
    this.#isDead = true;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reject of waiting) reject(new ClientCrash(`${this.client} is dead`));
  }

  /** Waits for an answer, as long as the client lives. */
  waitFor<Answer>(ask: (answer: (given: Answer) => void, fail: (reason: unknown) => void) => void): Promise<Answer> {
    if (this.#isDead) return Promise.reject(new ClientCrash(`${this.client} is dead`));
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const leave = () => this.#waiting.delete(reject);
      ask(
        (given) => {
          leave();
          resolve(given);
        },
        (reason) => {
          leave();
          reject(reason);
        },
      );
    });
  }

  /** A name for what happens now that no other event of the run has, whoever else does what. */
  keyOf(what: string): string {
    const { operation, attempt } = this.errand;
    const key = `${operation}.${attempt} ${what}`;
    const before = this.#occurrences.get(key) ?? 0;
    this.#occurrences.set(key, before + 1);
    return `${key} ${before}`;
  }
}
