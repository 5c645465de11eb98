/**
 * A transaction-pooling proxy before a Postgres server, as hostile as one may be: a client's next transaction gets another
 * connection than its last wherever one is free, and nothing is reset in between. Whatever hangs on a connection shows.
 *
 * For tests: every client is let in, as the role and to the database of the URL, and what else it asks for when it
 * connects is left out. `COPY`, cancelling and TLS are not offered.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { findFreePort } from '../free-port.ts';
import type { RunningService } from '../running-service.ts';
import { SERVER_CONNECTIONS, type ServerConnection, ServerConnections } from './server-connections.ts';
import { buildMessage, readMessages, typeOf } from './wire-messages.ts';

// SSLRequest and GSSENCRequest, in the place of a protocol's version.
const ENCRYPTION_REQUESTS = [80877103, 80877104];
/** Query, FunctionCall and Sync: the server says behind each that it is ready. */
const LAST_OF_BATCH = ['Q', 'F', 'S'];
const TERMINATE = 'X';

/** @param url of the database; what is answered leads to the same through the proxy */
export async function startTransactionPooler(url: string): Promise<RunningService> {
  const servers = new ServerConnections(url);
  servers.giveBack(await servers.borrow());
  const clients = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    client.on('error', () => client.destroy());
    // Whatever ended it, its client sees a connection that is closed.
    serveClient(client, servers).catch(() => client.destroySoon());
  });
  const port = await findFreePort();
  await once(listener.listen(port, '127.0.0.1'), 'listening');
  const stop = async () => {
    const closed = once(listener, 'close');
    listener.close();
    for (const client of clients) client.destroy();
    servers.close();
    await closed;
  };
  const proxied = Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) });
  return { url: proxied.href, how: `our own, with ${SERVER_CONNECTIONS} connections to the server`, stop };
}

type Messages = AsyncGenerator<Buffer, void>;

/** Until the connection of the client, or that of the server under its transaction, ends. */
async function serveClient(client: Socket, servers: ServerConnections): Promise<void> {
  const messages = readMessages(client);
  while (ENCRYPTION_REQUESTS.includes((await nextOf(messages)).readInt32BE(4))) client.write('N');
  client.write(greeting(servers));
  let last: ServerConnection | undefined;
  let lent: ServerConnection | undefined;
  // Nobody else gets what is left of a transaction.
  client.once('close', () => lent?.close());
  for (let first = await nextOf(messages); ; first = await nextOf(messages)) {
    const server = await servers.borrow(last);
    // Gone while it waited: nothing of it is to be done any more.
    if (client.destroyed) return servers.giveBack(server);
    lent = server;
    server.client = client;
    await Promise.race([server.ended, passTransaction(first, messages, server)]);
    lent = undefined;
    servers.giveBack(server);
    last = server;
  }
}

/** AuthenticationOk, ParameterStatus for each setting, BackendKeyData, ReadyForQuery. */
function greeting({ settings }: ServerConnections): Buffer {
  const [welcome, key] = [buildMessage('R', Buffer.alloc(4)), buildMessage('K', Buffer.alloc(8))];
  return Buffer.concat([welcome, ...settings, key, buildMessage('Z', 'I')]);
}

/** One batch at a time: the next one of a client that does not wait for answers may belong to another transaction. */
async function passTransaction(first: Buffer, messages: Messages, server: ServerConnection): Promise<void> {
  for (let message = first; ; message = await nextOf(messages)) {
    server.send(message);
    if (LAST_OF_BATCH.includes(typeOf(message)) && (await server.whenReady()) === 'I') return;
  }
}

async function nextOf(messages: Messages): Promise<Buffer> {
  const { value } = await messages.next();
  if (value === undefined || typeOf(value) === TERMINATE) throw new Error('The client ends its connection.');
  return value;
}
