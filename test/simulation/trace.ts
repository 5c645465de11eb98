import { createHash } from 'node:crypto';

/** One step of a run: a store call that was let through, or what became of a client or an operation. */
export interface TraceLine {
  readonly step: number;
  /** Simulated milliseconds since the start. */
  readonly atMs: number;
  readonly client: string;
  readonly operation: string;
  /** The call with its key; of an operation, what it does. */
  readonly what: string;
  readonly happened: string;
}

/** What happened in a run, in order; holds nothing that may differ when the seed runs again. */
export class Trace {
  readonly #lines: TraceLine[] = [];

  add(line: TraceLine): void {
    this.#lines.push(line);
  }

  get lines(): readonly TraceLine[] {
    return this.#lines;
  }

  hash(): string {
    const hash = createHash('sha256');
    for (const line of this.#lines) hash.update(`${Object.values(line).join('\t')}\n`);
    return hash.digest('hex');
  }
}

export function formatTrace(lines: readonly TraceLine[]): string {
  return lines
    .map(
      ({ step, atMs, client, operation, what, happened }) =>
        `${String(step).padStart(5)} ${String(atMs).padStart(6)} ms  ${`${client} ${operation}`.padEnd(9)} ${what}: ${happened}`,
    )
    .join('\n');
}
