import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isBusy, isRecordFault, toStoreError } from './sqlite-errors.ts';

interface QueuedWrite {
  /** Runs inside a transaction; what it returns is the call's outcome once that transaction is durable. */
  readonly apply: () => unknown;
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Shared its transaction with a write that failed, so it gets one of its own. */
  isAlone: boolean;
}

export interface WriteQueueOptions {
  readonly database: DatabaseSync;
  /** For messages. */
  readonly store: string;
  /** How long one transaction may hold the event loop, in milliseconds, before the rest waits for the next turn. */
  readonly groupMs: number;
  /** How long a group waits for another process' write lock, in milliseconds. */
  readonly busyTimeoutMs: number;
}

const BUSY_RETRY_MS = 2;

/** Thrown by a write that has to leave no trace: its transaction is rolled back, and the call ends with the outcome. */
export class UndoneWrite extends Error {
  readonly outcome: unknown;

  constructor(outcome: unknown) {
    super('This write is taken back.');
    this.outcome = outcome;
  }
}

/**
 * Groups the writes of one turn of the event loop into one durable transaction, because a commit costs as much as
 * fifty rows. Every write keeps its own outcome: a write that fails makes its group roll back and run again one by
 * one, so that it takes no other with it; a failure of the file or the machine rejects the group, and nothing of it
 * is applied.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  #waiting: QueuedWrite[] = [];
  #isScheduled = false;
  #busySinceMs: number | null = null;
  #onIdle: (() => void)[] = [];

  constructor(options: WriteQueueOptions) {
    this.#options = options;
    this.#begin = options.database.prepare('BEGIN IMMEDIATE');
    this.#commit = options.database.prepare('COMMIT');
  }

  write<Outcome>(apply: () => Outcome): Promise<Outcome> {
    return new Promise<Outcome>((resolve, reject) => {
      // The queue hands `resolve` nothing but what this very `apply` returned.
      this.#waiting.push({ apply, resolve: resolve as (outcome: unknown) => void, reject, isAlone: false });
      this.#schedule();
    });
  }

  /** Resolves once nothing waits any more. */
  drain(): Promise<void> {
    return this.#isScheduled ? new Promise((resolve) => this.#onIdle.push(resolve)) : Promise.resolve();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (!this.#beginGroup()) return;
    const startedMs = performance.now();
    const { groupMs } = this.#options;
    const outcomes: unknown[] = [];
    const waiting = this.#waiting;
    try {
      for (const write of waiting) {
        if (outcomes.length > 0 && (write.isAlone || waiting[0]?.isAlone)) break;
        outcomes.push(write.apply());
        if (performance.now() - startedMs >= groupMs) break;
      }
    } catch (error) {
      this.#rollBack();
      this.#endFailed(outcomes.length + 1, error);
      this.#goOn();
      return;
    }
    this.#commitGroup(outcomes);
    this.#goOn();
  }

  /** @param count the writes of the group up to the one that failed */
  #endFailed(count: number, error: unknown): void {
    if (count > 1 && isRecordFault(error)) for (const write of this.#waiting.slice(0, count)) write.isAlone = true;
    else if (error instanceof UndoneWrite) this.#resolveFirst([error.outcome]);
    else this.#rejectFirst(count, error);
  }

  /** @returns whether a transaction is open; if not, the next turn has been arranged. */
  #beginGroup(): boolean {
    try {
      this.#begin.run();
      this.#busySinceMs = null;
      return true;
    } catch (error) {
      const nowMs = performance.now();
      this.#busySinceMs ??= nowMs;
      if (isBusy(error) && nowMs - this.#busySinceMs < this.#options.busyTimeoutMs) {
        setTimeout(() => this.#flush(), BUSY_RETRY_MS);
        return false;
      }
      this.#busySinceMs = null;
      this.#rejectFirst(this.#waiting.length, error);
      this.#goOn();
      return false;
    }
  }

  #commitGroup(outcomes: readonly unknown[]): void {
    try {
      this.#commit.run();
    } catch (error) {
      this.#rollBack();
      this.#rejectFirst(outcomes.length, error);
      return;
    }
    this.#resolveFirst(outcomes);
  }

  #resolveFirst(outcomes: readonly unknown[]): void {
    for (const [index, write] of this.#takeFirst(outcomes.length).entries()) write.resolve(outcomes[index]);
  }

  #rollBack(): void {
    // A full disk or an I/O error may have ended the transaction already.
    if (this.#options.database.isTransaction) this.#options.database.exec('ROLLBACK');
  }

  #rejectFirst(count: number, cause: unknown): void {
    const error = toStoreError(cause, this.#options.store);
    for (const write of this.#takeFirst(count)) write.reject(error);
  }

  #takeFirst(count: number): QueuedWrite[] {
    const taken = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return taken;
  }

  #goOn(): void {
    this.#isScheduled = false;
    if (this.#waiting.length > 0) {
      this.#schedule();
      return;
    }
    const onIdle = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of onIdle) resolve();
  }
}
