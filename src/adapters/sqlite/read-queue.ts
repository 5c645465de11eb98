import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RecordKey, StoredRecord } from '../../ports/store.ts';
import type { BatchReader } from './batch-reader.ts';
import { toStoreError } from './sqlite-errors.ts';

type Found = readonly (StoredRecord | undefined)[];

interface QueuedRead {
  readonly keys: readonly RecordKey[];
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

export interface ReadQueueOptions {
  readonly database: DatabaseSync;
  readonly batches: BatchReader;
  /** For messages. */
  readonly store: string;
}

/**
 * Lets the reads that many calls make at once share one read transaction, because to take and give back the file's
 * locks costs more than a read. The first of them does not wait, so that a call alone is as fast as it can be; none
 * sees less than what was committed when it was asked for.
 */
export class ReadQueue {
  readonly #options: ReadQueueOptions;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  /** `undefined`: nobody has read since others had their turn. */
  #waiting: QueuedRead[] | undefined;

  constructor(options: ReadQueueOptions) {
    this.#options = options;
    this.#begin = options.database.prepare('BEGIN');
    this.#end = options.database.prepare('COMMIT');
  }

  read(keys: readonly RecordKey[]): Promise<Found> {
    return new Promise((resolve, reject) => {
      const read = { keys, resolve, reject };
      if (this.#waiting !== undefined) {
        this.#waiting.push(read);
        return;
      }
      this.#waiting = [];
      process.nextTick(() => this.flush());
      this.#settle(read, () => this.#options.batches.read(keys));
    });
  }

  /** Reads what waits. */
  flush(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    if (waiting.length === 0) return;
    try {
      this.#begin.run();
    } catch (error) {
      for (const { reject } of waiting) reject(toStoreError(error, this.#options.store));
      return;
    }
    for (const read of waiting) this.#settle(read, () => this.#options.batches.readWithin(read.keys));
    // An I/O error may have ended the transaction already.
    if (this.#options.database.isTransaction) this.#end.run();
  }

  #settle({ resolve, reject }: QueuedRead, find: () => Found): void {
    try {
      resolve(find());
    } catch (error) {
      reject(toStoreError(error, this.#options.store));
    }
  }
}
