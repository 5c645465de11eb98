import { createRequire } from 'node:module';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** One statement as it was run. */
export interface RecordedStatement {
  readonly sql: string;
  readonly method: Method;
  readonly values: readonly SQLInputValue[];
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
      recorded.push({ sql: this.sourceSQL, method, values });
      return original.apply(this, values);
    } as never;
  }
  try {
    await work();
  } finally {
    for (const [index, method] of METHODS.entries()) prototype[method] = originals[index] as never;
  }
  return recorded;
}

/** The same statements by hand: prepared once, run one after the other, with nothing computed in between. */
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
