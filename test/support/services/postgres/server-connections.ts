/** The few connections to the server that all clients of the transaction pooler share. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { buildMessage, readMessages, typeOf } from './wire-messages.ts';

/** As few as can be, so that every client's next transaction may get a connection that another one just had. */
export const SERVER_CONNECTIONS = 2;

const READY_FOR_QUERY = 'Z';

export class ServerConnection {
  /** Rejects when the server or `close` ends it. */
  readonly ended: Promise<never>;
  /** Whose transaction runs here. What the server says beside transactions is for nobody. */
  client: Socket | undefined;
  readonly #stream: Duplex;
  #ready: (status: string) => void = () => undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.ended = this.#passAnswers();
  }

  send(message: Buffer): void {
    this.#stream.write(message);
  }

  /** The status that the server's answer to a batch ends with: `I` between transactions, `T` or `E` inside of one. */
  whenReady(): Promise<string> {
    return new Promise((resolve) => {
      this.#ready = resolve;
    });
  }

  close(): void {
    this.#stream.destroy();
  }

  async #passAnswers(): Promise<never> {
    for await (const answer of readMessages(this.#stream)) {
      this.client?.write(answer);
      if (typeOf(answer) === READY_FOR_QUERY) this.#ready(answer.toString('latin1', answer.length - 1));
    }
    throw new Error('The connection to the server is closed.');
  }
}

/** Opens a connection for each who wants one until there are enough, and others in place of those that ended. */
export class ServerConnections {
  /** What the server tells everybody who logs in: its settings. */
  settings: readonly Buffer[] = [];
  readonly #url: string;
  readonly #open = new Set<ServerConnection>();
  /** Longest first. */
  readonly #free = new Set<ServerConnection>();
  readonly #waiting: PromiseWithResolvers<ServerConnection>[] = [];
  #notOpened = SERVER_CONNECTIONS;

  constructor(url: string) {
    this.#url = url;
  }

  /** @param last is given only where no other is free */
  borrow(last?: ServerConnection): Promise<ServerConnection> {
    if (this.#notOpened > 0) return this.#openOne();
    const [longest] = this.#free;
    const free = [...this.#free].find((connection) => connection !== last) ?? longest;
    if (free !== undefined) {
      this.#free.delete(free);
      return Promise.resolve(free);
    }
    const waiting = Promise.withResolvers<ServerConnection>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Between two transactions. Nothing is reset: what hangs on the connection goes to the next client. */
  giveBack(connection: ServerConnection): void {
    connection.client = undefined;
    if (!this.#open.has(connection)) return;
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.add(connection);
    else next.resolve(connection);
  }

  close(): void {
    this.#waiting.length = 0;
    for (const connection of this.#open) connection.close();
  }

  async #openOne(): Promise<ServerConnection> {
    this.#notOpened -= 1;
    try {
      const connection = await this.#logIn();
      this.#open.add(connection);
      connection.ended.catch(() => {
        this.#open.delete(connection);
        this.#free.delete(connection);
        this.#openForNext();
      });
      return connection;
    } catch (error) {
      this.#openForNext();
      throw error;
    }
  }

  async #logIn(): Promise<ServerConnection> {
    // It knows all the ways to log in. Behind that it hears nothing any more, and messages are passed on as they are.
    const client = new pg.Client({ connectionString: this.#url });
    const settings: Buffer[] = [];
    client.connection.on('parameterStatus', (told: { parameterName: string; parameterValue: string }) => {
      settings.push(buildMessage('S', `${told.parameterName}\0${told.parameterValue}\0`));
    });
    // `ended` says it too.
    client.on('error', () => undefined);
    await client.connect();
    this.settings = settings;
    const { stream } = client.connection;
    stream.removeAllListeners('data');
    return new ServerConnection(stream);
  }

  #openForNext(): void {
    this.#notOpened += 1;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#openOne().then(next.resolve, next.reject);
  }
}
