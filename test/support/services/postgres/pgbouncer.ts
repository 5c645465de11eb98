/** A transaction-pooling proxy before a Postgres server: Debian's `pgbouncer`, as a plain process. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePort } from '../free-port.ts';
import type { RunningService } from '../running-service.ts';

const NAMED = process.env['SLICEWISE_TEST_PGBOUNCER'];
const PROGRAM = NAMED || 'pgbouncer';
const READY_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 20;
/** As few as can be, so that every client's next transaction may get a connection that another one just had. */
const SERVER_CONNECTIONS = 2;

/** Whether it is installed; whoever names one wants no other. */
export function hasPgbouncer(): boolean {
  try {
    execFileSync(PROGRAM, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (cause) {
    if (!NAMED) return false;
    const advice = 'Mend the path, or unset the variable to run with a pooler of our own.';
    throw new Error(`SLICEWISE_TEST_PGBOUNCER: expected pgbouncer at ${NAMED}, found none. ${advice}`, { cause });
  }
}

/** @param url of the database; what is answered leads to the same through the proxy */
export async function startPgbouncer(url: string): Promise<RunningService> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-pgbouncer-'));
  // It refuses to run as root, and reads its files as whom it runs.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'pgbouncer.ini'), configurationFor(new URL(url), port));
  const asOther = process.getuid?.() === 0 ? ['--user', 'nobody'] : [];
  const child = spawn(PROGRAM, [...asOther, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(port);
  } catch (error) {
    await stop();
    throw error;
  }
  const proxied = Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) });
  return { url: proxied.href, how: `pgbouncer (pid ${child.pid})`, stop };
}

function configurationFor({ hostname, port, username, password, pathname }: URL, listenPort: number): string {
  const login = [`user=${decodeURIComponent(username)}`, password && `password=${decodeURIComponent(password)}`];
  return `
[databases]
* = host=${hostname} port=${port || 5432} dbname=${pathname.slice(1)} ${login.filter(Boolean).join(' ')}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = 200
`;
}

async function waitUntilReady(port: number): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(ASK_EVERY_MS);
    } finally {
      socket.destroy();
    }
  }
}
