/** The tests' own pooler has to show what hangs on a connection: what passes behind a kind one proves nothing. */
import { once } from 'node:events';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeService } from '../../support/services/describe-service.ts';
import { startTransactionPooler } from '../../support/services/postgres/transaction-pooler.ts';
import type { RunningService } from '../../support/services/running-service.ts';
import { freshSchema, withClient } from './test-database.ts';

/** What a client may leave on a connection, and the answers to who looks for it elsewhere and there. */
const LEFT_BEHIND = [
  {
    what: 'a setting',
    leave: "SET slicewise.behind = 'here'",
    look: "SELECT current_setting('slicewise.behind', true) AS found",
    elsewhere: null,
    there: 'here',
  },
  {
    what: 'an advisory lock',
    leave: 'SELECT pg_advisory_lock(20250101)',
    look: 'SELECT pg_advisory_unlock(20250101) AS found',
    elsewhere: false,
    there: true,
  },
  {
    what: 'a temporary table',
    leave: 'CREATE TEMPORARY TABLE left_behind ()',
    look: "SELECT to_regclass('pg_temp.left_behind') IS NOT NULL AS found",
    elsewhere: false,
    there: true,
  },
  {
    what: 'who listens',
    leave: 'LISTEN left_behind',
    look: 'SELECT count(*)::int AS found FROM pg_listening_channels()',
    elsewhere: 0,
    there: 1,
  },
];

describeService('postgres', (url) => {
  describe('a transaction pooler of our own', () => {
    let pooler: RunningService;
    beforeEach(async () => {
      pooler = await startTransactionPooler(url);
    });
    afterEach(() => pooler.stop());

    it('gives each transaction of a client another connection than the one before', async () => {
      const [first, second, third] = await withClient(pooler.url, async (client) => [
        await backendOf(client),
        await backendOf(client),
        await backendOf(client),
      ]);
      expect(second).not.toBe(first);
      expect(third).toBe(first);
    });

    it('keeps a transaction on one connection until it is over', async () => {
      await withClient(pooler.url, async (client) => {
        await client.query('BEGIN');
        const backend = await backendOf(client);
        expect(await backendOf(client)).toBe(backend);
        await client.query('COMMIT');
        expect(await backendOf(client)).not.toBe(backend);
      });
    });

    it('keeps a transaction that has failed on its connection until it is rolled back', async () => {
      await withClient(pooler.url, async (client) => {
        await client.query('BEGIN');
        await expect(client.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
        await expect(backendOf(client)).rejects.toMatchObject({ code: '25P02' });
        await client.query('ROLLBACK');
        expect(await backendOf(client)).toBeTypeOf('number');
      });
    });

    it.each(LEFT_BEHIND)(
      'keeps $what from the client’s next transaction, and shows it to another client',
      async ({ leave, look, elsewhere, there }) => {
        const lookOn = async (client: pg.Client) => (await client.query(look)).rows[0];
        await withClient(pooler.url, async (client) => {
          await client.query(leave);
          expect(await lookOn(client)).toEqual({ found: elsewhere });
        });
        const found = await withClient(pooler.url, async (client) => [await lookOn(client), await lookOn(client)]);
        expect(found).toContainEqual({ found: there });
      },
    );

    it('does not know a named statement in the next transaction', async () => {
      await withClient(pooler.url, async (client) => {
        const statement = { name: 'one', text: 'SELECT 1' };
        await client.query(statement);
        await expect(client.query(statement)).rejects.toMatchObject({ code: '26000' });
      });
    });

    it('answers a client that does not wait for answers in order, each batch from another connection', async () => {
      const client = new pg.Client({ connectionString: pooler.url, pipeline: true });
      await client.connect();
      const ask = 'SELECT $1::int AS nth, pg_backend_pid() AS pid';
      const answers = await Promise.all([1, 2, 3].map((nth) => client.query(ask, [nth])));
      await client.end();
      const [first, second, third] = answers.map(({ rows }) => rows[0]);
      expect([first, second, third]).toMatchObject([{ nth: 1 }, { nth: 2 }, { nth: 3, pid: first.pid }]);
      expect(second.pid).not.toBe(first.pid);
    });

    it('lets more clients than it has connections take turns', async () => {
      const transaction = async (client: pg.Client) => {
        await client.query('BEGIN');
        const backend = await backendOf(client);
        await client.query('COMMIT');
        return backend;
      };
      const backends = await Promise.all(Array.from({ length: 8 }, () => withClient(pooler.url, transaction)));
      expect(new Set(backends).size).toBeLessThanOrEqual(2);
    });

    it('hands on nothing of a client that dies inside a transaction', async () => {
      const table = await makeTable(url);
      const client = await connectTo(pooler.url);
      await client.query('BEGIN');
      await client.query(`INSERT INTO ${table} VALUES (1)`);
      await hangUp(client);
      await withClient(pooler.url, async (next) => {
        // It waits for whoever has put the same row, and is put where that one was taken back.
        await next.query(`INSERT INTO ${table} VALUES (1)`);
        expect(await backendOf(next)).not.toBe(await backendOf(next));
        expect((await next.query(`SELECT FROM ${table}`)).rowCount).toBe(1);
      });
    });

    it('does nothing any more for a client that goes while it waits for its turn', async () => {
      const table = await makeTable(url);
      const holders = await holdBoth(pooler.url);
      const backends = await Promise.all(holders.map(backendOf));
      const waiting = await connectTo(pooler.url);
      const lost = expect(waiting.query(`INSERT INTO ${table} VALUES (1)`)).rejects.toThrow('Connection terminated');
      await hangUp(waiting);
      await lost;
      for (const holder of holders) await holder.query('COMMIT');
      await holders[0].query(`INSERT INTO ${table} VALUES (1)`);
      expect([await backendOf(holders[0]), await backendOf(holders[0])].toSorted()).toEqual(backends.toSorted());
      await Promise.all(holders.map((holder) => holder.end()));
    });

    it('gives the turn of a client that dies in the middle of a statement to one that waits', async () => {
      const [dying, other] = await holdBoth(pooler.url);
      await other.query('SELECT pg_advisory_xact_lock(20250102)');
      const lost = expect(dying.query('SELECT pg_advisory_xact_lock(20250102)')).rejects.toThrow('terminated');
      await withClient(pooler.url, async (waiting) => {
        const backend = backendOf(waiting);
        await hangUp(dying);
        await lost;
        expect(await backend).toBeTypeOf('number');
      });
      await other.end();
    });

    it('ends a client whose connection to the server breaks, and opens another for the next', async () => {
      const client = await connectTo(pooler.url);
      await client.query('BEGIN');
      const backend = await backendOf(client);
      const closed = once(client.connection.stream, 'close');
      await withClient(url, (other) => other.query('SELECT pg_terminate_backend($1)', [backend]));
      await closed;
      const next = await withClient(pooler.url, async (other) => [await backendOf(other), await backendOf(other)]);
      expect(next).not.toContain(backend);
    });

    it('offers no encryption', async () => {
      const client = new pg.Client({ connectionString: pooler.url, ssl: true });
      await expect(client.connect()).rejects.toThrow('The server does not support SSL connections');
    });
  });
});

/** The process of the server that serves a client's next transaction, or the one that it is in. */
async function backendOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}

/** A client that is expected to lose its connection. */
async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Two clients inside of transactions, which leaves no connection for a third. */
async function holdBoth(url: string): Promise<readonly [pg.Client, pg.Client]> {
  const holders = [await connectTo(url), await connectTo(url)] as const;
  for (const holder of holders) await holder.query('BEGIN');
  return holders;
}

/** Goes without a word, as a process does that dies, and waits until the pooler has seen it. */
async function hangUp(client: pg.Client): Promise<void> {
  const { stream } = client.connection;
  stream.end();
  await once(stream, 'close');
}

async function makeTable(url: string): Promise<string> {
  const name = freshSchema();
  await withClient(url, (client) => client.query(`CREATE TABLE ${name} (id int PRIMARY KEY)`));
  return name;
}
