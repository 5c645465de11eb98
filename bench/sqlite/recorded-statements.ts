import { createRequire } from 'node:module';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** One statement as it was run. */
export interface RecordedStatement {
  readonly sql: string;
  readonly method: Method;
  readonly values: readonly SQLInputValue[];
  /** Whether it wrote a row; always so for what begins or ends a transaction. */
  readonly hasChanged: boolean;
}

const METHODS = ['run', 'get', 'all'] as const;
type Method = (typeof METHODS)[number];

/** Every statement that some work runs, on whatever database, in their order. */
export async function recordStatements(work: () => Promise<unknown>): Promise<readonly RecordedStatement[]> {
  const recorded: RecordedStatement[] = [];
  const { prototype } = sqlite().StatementSync;
  const originals = METHODS.map((method) => prototype[method]);
  for (const [index, method] of METHODS.entries()) {
    const original = originals[index] as unknown as (...values: SQLInputValue[]) => never;
    prototype[method] = function record(this: StatementSync, ...values: SQLInputValue[]): never {
      const answer: unknown = original.apply(this, values);
      recorded.push({ sql: this.sourceSQL, method, values, hasChanged: method === 'run' && hasChanged(this, answer) });
      return answer as never;
    } as never;
  }
  try {
    await work();
  } finally {
    for (const [index, method] of METHODS.entries()) prototype[method] = originals[index] as never;
  }
  return recorded;
}

const BEGINS = /^BEGIN/;
const ENDS = /^COMMIT/;

function hasChanged({ sourceSQL }: StatementSync, answer: unknown): boolean {
  // SQLite goes on answering the count of the last write there.
  if (BEGINS.test(sourceSQL) || ENDS.test(sourceSQL)) return true;
  // What `run` answers.
  return Number((answer as { readonly changes: number | bigint }).changes) > 0;
}

/** What the work takes at least: each row read once, only what writes a row, in its transactions. */
export function leastOf(recorded: readonly RecordedStatement[]): readonly RecordedStatement[] {
  const known = new Set<string>();
  const least: RecordedStatement[] = [];
  for (const statement of recorded) {
    const { sql, method, values } = statement;
    if (method === 'run' && !statement.hasChanged) continue;
    if (method !== 'run') {
      const text = JSON.stringify([sql, values]);
      if (known.has(text)) continue;
      known.add(text);
    }
    if (ENDS.test(sql) && BEGINS.test(least.at(-1)?.sql ?? '')) least.pop();
    else least.push(statement);
  }
  return least;
}

export function countWriteTransactions(recorded: readonly RecordedStatement[]): number {
  return recorded.filter(({ sql }) => sql === 'BEGIN IMMEDIATE').length;
}

/** Statements run by hand: prepared once, one after the other, with nothing computed in between. */
export function openReplayer(database: DatabaseSync) {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql);
    known.setReturnArrays(true);
    statements.set(sql, known);
    return known;
  };
  return (recorded: readonly RecordedStatement[], look: (row: unknown) => void = () => {}): void => {
    for (const { sql, method, values } of recorded) {
      const answer: unknown = prepared(sql)[method](...values);
      if (method === 'get') look(answer);
      if (method === 'all') for (const row of answer as readonly unknown[]) look(row);
    }
  };
}

function sqlite(): typeof import('node:sqlite') {
  return createRequire(import.meta.url)('node:sqlite');
}
