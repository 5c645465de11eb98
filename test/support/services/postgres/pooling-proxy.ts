/** A transaction-pooling proxy before a Postgres server: pgbouncer where it can be had, else one of our own. */
import type { RunningService } from '../running-service.ts';
import { hasPgbouncer, startPgbouncer } from './pgbouncer.ts';
import { startTransactionPooler } from './transaction-pooler.ts';

/** @param url of the database; what is answered leads to the same through the proxy */
export async function startPoolingProxy(url: string): Promise<RunningService> {
  const proxy = hasPgbouncer() ? await startPgbouncer(url) : await startTransactionPooler(url);
  console.error(`service pooling proxy: ${proxy.how}`);
  return proxy;
}
