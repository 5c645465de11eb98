import { storeUnavailable } from '../../ports/store-errors.ts';
import { loadPg } from './load-pg.ts';
import { COLUMN_TYPES, type PostgresClient, type PostgresPool, type PostgresPoolClient } from './postgres-client.ts';
import { isOfStatement, toStoreError } from './postgres-errors.ts';

/** Where statements run: each on its own, or all in one transaction. */
export interface Session {
  /** One statement; a row is an array of its columns, in their order. */
  rows<Row extends readonly unknown[]>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

export interface DatabaseOptions {
  /**
   * A `postgres://` URL. Host, role and password may be left to the environment variables that `pg` knows. Either this
   * or `pool`.
   */
  readonly connectionString?: string;
  /** A `pg.Pool` of the caller's, who ends it. */
  readonly pool?: PostgresPool;
  /** The schema that holds the tables. Default `slicewise`. */
  readonly schema?: string;
  /** Connections at once, where `connectionString` is given. Default 10. */
  readonly connectionsMax?: number;
  /** How long a statement, and the wait for a connection, may take before `store.timeout`, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

export const DEFAULT_SCHEMA = 'slicewise';
const CONNECTIONS_MAX = 10;
const TIMEOUT_MS = 10_000;

/** A write that has to leave no trace: its transaction is rolled back, and ends with the outcome. */
export class TakenBack extends Error {
  readonly outcome: unknown;

  constructor(outcome: unknown) {
    super('This transaction is taken back.');
    this.outcome = outcome;
  }
}

/** Statements over a pool of connections. Nothing outlives a transaction, so a transaction-pooling proxy may stand between. */
export class Database implements Session {
  /** For messages: holds no role and no password. */
  readonly name: string;
  readonly schema: string;
  readonly #pool: PostgresPool;
  readonly #end: () => Promise<void>;
  readonly #timeoutMs: number;

  constructor(pool: PostgresPool, options: DatabaseOptions, end: () => Promise<void>) {
    this.schema = options.schema ?? DEFAULT_SCHEMA;
    this.name = nameOf(options.connectionString, this.schema);
    this.#pool = pool;
    this.#end = end;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  rows<Row extends readonly unknown[]>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.#withClient((session) => session.rows<Row>(text, values));
  }

  /** All of the work or nothing of it, READ COMMITTED; with `TakenBack` nothing, and its outcome. */
  transaction<Outcome>(work: (session: Session) => Promise<Outcome>): Promise<Outcome> {
    return this.#withClient(async (session) => {
      // Written out: a server's or a role's defaults may differ.
      await session.rows('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
      try {
        const outcome = await work(session);
        await session.commit();
        return outcome;
      } catch (error) {
        await session.rollBack();
        // Whoever throws it is of the same work, and so speaks of the same outcome.
        if (error instanceof TakenBack) return error.outcome as Outcome;
        throw error;
      }
    });
  }

  /** Closes the connections, unless they are the caller's. */
  close(): Promise<void> {
    return this.#end();
  }

  async #withClient<Result>(work: (session: ClientSession) => Promise<Result>): Promise<Result> {
    try {
      return await this.#lend(work);
    } catch (error) {
      throw toStoreError(error, this.name);
    }
  }

  async #lend<Result>(work: (session: ClientSession) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    // Between two statements nobody else listens, and Node ends a process for an error that nobody hears.
    client.on('error', hear);
    const session = new ClientSession(client, this.name, this.#timeoutMs);
    try {
      return await work(session);
    } finally {
      client.removeListener('error', hear);
      client.release(session.isBroken);
    }
  }
}

/** A connection takes one statement at a time. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const running = this.#last.then(work);
    this.#last = running.catch(() => undefined);
    return running;
  }
}

function hear(): void {
  // The next statement of that connection fails, and says so.
}

/** Statements on one connection, which is of no more use where the connection itself failed, or a statement still runs. */
class ClientSession implements Session {
  readonly #client: PostgresPoolClient;
  readonly #name: string;
  readonly #timeoutMs: number;
  readonly #turns = new Turns();
  isBroken = false;

  constructor(client: PostgresPoolClient, name: string, timeoutMs: number) {
    this.#client = client;
    this.#name = name;
    this.#timeoutMs = timeoutMs;
  }

  async rows<Row extends readonly unknown[]>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#run(text, values)).rows as readonly Row[];
  }

  async commit(): Promise<void> {
    const { command } = await this.#run('COMMIT', []);
    // A transaction that had failed ends as ROLLBACK, without an error.
    if (command === 'COMMIT') return;
    const found = `${command} where the transaction was to be committed`;
    throw storeUnavailable({ store: this.#name, found, advice: 'Nothing was changed; call again.' });
  }

  async rollBack(): Promise<void> {
    // It is gone or is closed next, which takes the transaction back as well, and may be one that answers nothing.
    if (this.isBroken) return;
    try {
      await this.#run('ROLLBACK', []);
    } catch {
      // The same goes for one that breaks only now.
    }
  }

  async #run(text: string, values: readonly unknown[]) {
    try {
      return await this.#turns.take(() => runOn(this.#client, text, values, this.#timeoutMs));
    } catch (error) {
      this.isBroken ||= !isOfStatement(error);
      throw error;
    }
  }
}

/** @param timeoutMs without it, whatever the connection has */
export function runOn(client: PostgresClient, text: string, values: readonly unknown[], timeoutMs?: number) {
  return client.query({
    text,
    values: [...values],
    rowMode: 'array',
    types: COLUMN_TYPES,
    ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
  });
}

/** @throws `store.driver_missing` */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { pool, connectionString, connectionsMax = CONNECTIONS_MAX, timeoutMs = TIMEOUT_MS } = options;
  if (pool !== undefined) return new Database(pool, options, () => Promise.resolve());
  const { Pool } = await loadPg();
  const own = new Pool({
    ...(connectionString !== undefined && { connectionString }),
    max: connectionsMax,
    connectionTimeoutMillis: timeoutMs,
    // A command or a test that is done need not wait for idle connections.
    allowExitOnIdle: true,
  });
  // An idle connection that breaks is replaced by the next call.
  own.on('error', hear);
  // One may break in the very packet that says that it is ready, before whoever waits for it can listen.
  own.on('connect', (client) => client.on('error', hear));
  return new Database(own, options, () => own.end());
}

/** `postgres://host:port/database (schema)`, without role, password and parameters. */
function nameOf(connectionString: string | undefined, schema: string): string {
  if (connectionString === undefined || !URL.canParse(connectionString)) return `postgres: (schema ${schema})`;
  const { host, pathname } = new URL(connectionString);
  return `postgres://${host}${pathname} (schema ${schema})`;
}

/** An identifier as SQL takes it, whatever characters it has. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
