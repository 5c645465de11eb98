/** A database of our own in a Postgres server, dropped in the end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startContainer } from '../container-engine.ts';
import type { RunningService, Service } from '../running-service.ts';

// The same in docker-compose.yml.
const IMAGE = 'postgres:17-alpine';
// Where one usually runs already.
const LOCAL_SERVER = 'postgres://postgres@127.0.0.1:5432/postgres';
const READY_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 100;
const CONNECT_WITHIN_MS = 5_000;

export const postgres: Service = {
  name: 'postgres',
  useRunning: (url) => makeDatabase({ url, how: 'as given', stop: async () => undefined }),
  startContainer: async () => {
    const server = await startContainer({
      image: IMAGE,
      port: 5432,
      environment: { POSTGRES_HOST_AUTH_METHOD: 'trust' },
      toUrl: (address) => `postgres://postgres@${address}/postgres`,
    });
    await waitUntilReady(server.url);
    return makeDatabase(server);
  },
  startProcess: () =>
    makeDatabase({ url: LOCAL_SERVER, how: 'the server on 127.0.0.1:5432', stop: async () => undefined }),
};

async function makeDatabase(server: RunningService): Promise<RunningService> {
  const database = `slicewise_test_${randomUUID().replaceAll('-', '')}`;
  await runSql(server.url, `CREATE DATABASE ${database}`);
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return {
    url: url.href,
    how: `database ${database} on ${server.how}`,
    stop: async () => {
      await runSql(server.url, `DROP DATABASE ${database} WITH (FORCE)`);
      await server.stop();
    },
  };
}

/** The image's first start serves its own set-up, then starts again. */
async function waitUntilReady(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return await runSql(url, 'SELECT 1');
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(ASK_EVERY_MS);
    }
  }
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_WITHIN_MS });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}
