import { describe, expect, it } from 'vitest';
import { Database } from '../../../src/adapters/postgres/database.ts';
import type { PostgresPool, PostgresQuery } from '../../../src/adapters/postgres/postgres-client.ts';
import { isStoreTimeout } from '../../../src/ports/store-errors.ts';

describe('a connection that gives no answer in time', () => {
  it('is closed, and nothing more is sent over it: whoever waits has waited once', async () => {
    const sent: string[] = [];
    const kept: boolean[] = [];
    const pool: PostgresPool = {
      connect: async () => ({
        query: async ({ text }: PostgresQuery) => {
          sent.push(text);
          // What `pg` says.
          if (text === 'SELECT 1') throw new Error('Query read timeout');
          return { rows: [] };
        },
        release: (destroy) => kept.push(destroy !== true),
        on: () => undefined,
        removeListener: () => undefined,
      }),
    };
    const database = new Database(pool, {}, async () => undefined);
    const call = database.transaction((session) => session.rows('SELECT 1'));
    await expect(call).rejects.toSatisfy(isStoreTimeout);
    expect(sent.at(-1)).toBe('SELECT 1');
    expect(kept).toEqual([false]);
  });
});
