import { isSlicewiseError, SlicewiseError } from '../../domain/errors.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { storeTransactionRefused } from '../../ports/store-errors.ts';
import { runOn, type Session, Turns } from './database.ts';
import type { PostgresTransactionClient } from './postgres-client.ts';
import { toStoreError } from './postgres-errors.ts';

/**
 * A transaction of the caller's for `insertRawdata` and `ingest`, so that a service's own rows and the RawData stand or
 * fall together (ADR 0042):
 *
 *     await client.query('BEGIN');
 *     await client.query('UPDATE product …');
 *     await runtime.insertRawdata({ … }, { within: postgresTransaction(client) });
 *     await client.query('COMMIT');
 *
 * @param client of `pg`, connected to the store's database, with a transaction begun on it
 */
export function postgresTransaction(client: PostgresTransactionClient): StoreTransaction {
  return new PostgresTransaction(client);
}

class PostgresTransaction implements StoreTransaction {
  readonly adapter = 'postgres';
  readonly client: PostgresTransactionClient;

  constructor(client: PostgresTransactionClient) {
    this.client = client;
  }
}

/** @throws `store.transaction_refused` */
export function sessionWithin(transaction: StoreTransaction, store: string): Session {
  if (!(transaction instanceof PostgresTransaction)) {
    const found = `one of ${transaction.adapter}`;
    throw storeTransactionRefused({ store, found, advice: 'Make it with `postgresTransaction(client)`.' });
  }
  const { client } = transaction;
  // One that has failed is told by its first statement.
  if (client.getTransactionStatus?.() === 'I') {
    const found = 'a client without one';
    throw storeTransactionRefused({ store, found, advice: 'Send BEGIN first, and hand over the same client.' });
  }
  return new SessionWithin(client, store);
}

class SessionWithin implements Session {
  readonly #client: PostgresTransactionClient;
  readonly #store: string;
  readonly #turns = new Turns();

  constructor(client: PostgresTransactionClient, store: string) {
    this.#client = client;
    this.#store = store;
  }

  async rows<Row extends readonly unknown[]>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    try {
      return (await this.#turns.take(() => runOn(this.#client, text, values))).rows as readonly Row[];
    } catch (error) {
      throw lost(toStoreError(error, this.#store));
    }
  }
}

/** One failed statement, and Postgres takes nothing more of the transaction: the same call again could never succeed. */
function lost(error: unknown): unknown {
  if (!isSlicewiseError(error) || !error.retryable) return error;
  const { category, code, message, details } = error;
  return new SlicewiseError({
    category,
    code,
    message: `${message} Here it was within your transaction, which is lost: roll it back, and run all of it again.`,
    details,
    cause: error.cause,
    retryable: false,
  });
}
