import type { Items } from './runtime.ts';

/** What taking the next input met first. */
export type Taken<Input> =
  | { readonly met: 'input'; readonly input: Input }
  /** The oldest outcome is there, and no input yet. */
  | { readonly met: 'outcome' }
  | { readonly met: 'end' }
  /** The source itself failed. */
  | { readonly met: 'failure'; readonly error: unknown };

type Step<Input> = IteratorResult<Input>;

interface Source<Input> {
  next(): Promise<Step<Input>> | Step<Input>;
  return?(): unknown;
}

/** The inputs of a batch, taken one by one; a source that is slow, idle or broken holds nothing back. */
export class BatchSource<Input> {
  readonly #source: Source<Input>;
  readonly #signal: AbortSignal | undefined;
  #pending: Promise<Step<Input>> | undefined;
  #isExhausted = false;
  #wake: () => void = () => {};
  readonly #onAbort = () => this.#wake();

  constructor(items: Items<Input>, signal: AbortSignal | undefined) {
    this.#source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
  }

  get isOpen(): boolean {
    return !this.#isExhausted && this.#signal?.aborted !== true;
  }

  /** @param oldest the oldest outcome that is waited for, if any */
  async take(oldest: Promise<unknown> | undefined): Promise<Taken<Input>> {
    // The batch may have given way to others since it asked.
    if (!this.isOpen) return { met: 'end' };
    try {
      const step = this.#pending ?? this.#source.next();
      if (!('then' in step)) return this.#taken(step);
      this.#pending = step;
      const first = await this.#firstOf(step, oldest);
      if (first !== 'input') return { met: first };
      this.#pending = undefined;
      return this.#taken(await step);
    } catch (error) {
      this.#pending = undefined;
      this.#isExhausted = true;
      return { met: 'failure', error };
    }
  }

  /** Tells a source that was not read to its end that nobody reads on; as `for await` does, without its errors. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (this.#isExhausted) return;
    try {
      const returned = this.#source.return?.();
      // A generator ends only once its pending step does, and that may be never.
      if (this.#pending === undefined) await returned;
      else await Promise.race([returned, Promise.resolve()]);
    } catch {
      // What the batch itself met is what its caller should see.
    }
  }

  #taken(step: Step<Input>): Taken<Input> {
    if (!step.done) return { met: 'input', input: step.value };
    this.#isExhausted = true;
    return { met: 'end' };
  }

  #firstOf(step: Promise<unknown>, oldest: Promise<unknown> | undefined): Promise<'input' | 'outcome' | 'end'> {
    return new Promise((resolve) => {
      const settle = () => resolve('input');
      step.then(settle, settle);
      oldest?.then(() => resolve('outcome'));
      this.#wake = () => resolve('end');
    });
  }
}
