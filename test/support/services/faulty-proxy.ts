/** A TCP proxy before any server that cuts connections, withholds answers, or lets nobody in, on command. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface FaultyProxy {
  /** Leads to the same place, through the proxy. */
  readonly url: string;
  /** From now on every connection, new ones too, passes on that many bytes of answers, and then ends. */
  cutAfter(answerBytes: number): void;
  /** The same, but it stays open: the server gets what it is sent, and its answers wait for `heal`. */
  withholdAfter(answerBytes: number): void;
  /** Once that many requests more have come in, over any connections, the server gets them, and no answer passes. */
  withholdFromRequest(request: number): void;
  /** Ends every connection, and new ones at once. */
  refuse(): void;
  /** Ends the fault. What was withheld is passed on, late, to who still listens. */
  heal(): void;
  stop(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  answerBytesLeft: number;
}

interface Faults {
  readonly atLimit: 'cut' | 'withhold';
  readonly answerBytes: number;
  readonly isRefusing: boolean;
}

const NO_FAULTS: Faults = { atLimit: 'cut', answerBytes: Number.POSITIVE_INFINITY, isRefusing: false };
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'postgres:': 5432, 'postgresql:': 5432 };

/** It knows no protocol: a request is what comes in at once. */
export async function startFaultyProxy(serverUrl: string): Promise<FaultyProxy> {
  const { hostname, port, protocol } = new URL(serverUrl);
  const server = { host: hostname, port: Number(port) || (DEFAULT_PORTS[protocol] ?? 0) };
  const links = new Set<Link>();
  let faults = NO_FAULTS;
  let requestsLeft = Number.POSITIVE_INFINITY;

  const become = (next: Partial<Faults>) => {
    faults = { ...NO_FAULTS, ...next };
    requestsLeft = Number.POSITIVE_INFINITY;
    for (const link of links) link.answerBytesLeft = faults.answerBytes;
  };
  const withholdAfter = (answerBytes: number) => become({ atLimit: 'withhold', answerBytes });
  const listener = createServer({ noDelay: true }, (client) => {
    if (faults.isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const link = { client, server: connect({ ...server, noDelay: true }), answerBytesLeft: faults.answerBytes };
    links.add(link);
    client.on('data', (request) => {
      requestsLeft -= 1;
      if (requestsLeft === 0) withholdAfter(0);
      link.server.write(request);
    });
    link.server.on('data', (answer) => passAnswer(link, answer, faults.atLimit));
    endTogether(link, () => links.delete(link));
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const address = listener.address() as AddressInfo;

  const endAll = () => {
    for (const { client } of links) client.resetAndDestroy();
  };
  return {
    url: Object.assign(new URL(serverUrl), { hostname: '127.0.0.1', port: String(address.port) }).href,
    cutAfter: (answerBytes) => become({ atLimit: 'cut', answerBytes }),
    withholdAfter,
    withholdFromRequest: (request) => {
      become(NO_FAULTS);
      requestsLeft = request;
    },
    refuse: () => {
      become({ isRefusing: true });
      endAll();
    },
    heal: () => {
      become(NO_FAULTS);
      for (const link of links) link.server.resume();
    },
    stop: async () => {
      const closed = once(listener, 'close');
      listener.close();
      endAll();
      await closed;
    },
  };
}

function passAnswer(link: Link, answer: Buffer, atLimit: Faults['atLimit']): void {
  const { client, server } = link;
  const passed = answer.subarray(0, link.answerBytesLeft);
  link.answerBytesLeft -= passed.length;
  client.write(passed);
  if (passed.length === answer.length) return;
  // Ends as a server that has said all it had to say would, so that what is cut short may pass for whole.
  if (atLimit === 'cut') client.destroySoon();
  else holdBack(server, answer.subarray(passed.length));
}

/** Until it is resumed. */
function holdBack(server: Socket, answer: Buffer): void {
  server.pause();
  server.unshift(answer);
}

/** Whichever side ends, the other one gets what was on its way, and ends too. */
function endTogether({ client, server }: Link, ended: () => void): void {
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const) {
    // What failed is closed next.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      other.destroySoon();
      ended();
    });
  }
}
