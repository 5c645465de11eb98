import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import {
  countWriteTransactions,
  leastOf,
  openReplayer,
  recordStatements,
} from '../../bench/sqlite/recorded-statements.ts';

const READ = 'SELECT value FROM item WHERE id = ?';
const PUT = 'INSERT INTO item VALUES (?, ?) ON CONFLICT DO NOTHING';

function openItems(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE item (id INTEGER PRIMARY KEY, value TEXT NOT NULL)');
  return database;
}

async function leastStatements(work: (database: DatabaseSync) => void): Promise<readonly string[]> {
  const database = openItems();
  const recorded = await recordStatements(async () => work(database));
  return leastOf(recorded).map(({ sql }) => sql);
}

describe('the least of recorded statements', () => {
  it('reads a row once, however often it was read', async () => {
    const statements = await leastStatements((database) => {
      const read = database.prepare(READ);
      for (const id of [1, 2, 1]) read.get(id);
    });
    expect(statements).toEqual([READ, READ]);
  });

  it('leaves out a write that changed no row', async () => {
    const statements = await leastStatements((database) => {
      const put = database.prepare(PUT);
      for (const value of ['first', 'second']) put.run(1, value);
    });
    expect(statements).toEqual([PUT]);
  });

  it('keeps a transaction in which something is left to do, behind a write as well', async () => {
    const statements = await leastStatements((database) => {
      database.prepare(PUT).run(1, 'first');
      database.prepare('BEGIN').run();
      database.prepare(READ).get(1);
      database.prepare('COMMIT').run();
    });
    expect(statements).toEqual([PUT, 'BEGIN', READ, 'COMMIT']);
  });

  it('leaves out a transaction in which nothing is left to do', async () => {
    const statements = await leastStatements((database) => {
      const read = database.prepare(READ);
      read.get(1);
      database.prepare('BEGIN').run();
      read.get(1);
      database.prepare('COMMIT').run();
    });
    expect(statements).toEqual([READ]);
  });

  it('leaves the same rows behind when it is run by hand', async () => {
    const recorded = await recordStatements(async () => {
      const put = openItems().prepare(PUT);
      for (const [id, value] of [
        [1, 'first'],
        [1, 'again'],
        [2, 'second'],
      ] as const)
        put.run(id, value);
    });
    const copy = openItems();
    openReplayer(copy)(leastOf(recorded));
    expect(
      copy
        .prepare('SELECT value FROM item ORDER BY id')
        .all()
        .map((row) => row['value']),
    ).toEqual(['first', 'second']);
  });

  it('counts the transactions that write', async () => {
    const database = openItems();
    const recorded = await recordStatements(async () => {
      for (const begin of ['BEGIN', 'BEGIN IMMEDIATE']) {
        database.prepare(begin).run();
        database.prepare('COMMIT').run();
      }
    });
    expect(countWriteTransactions(recorded)).toBe(1);
  });
});
