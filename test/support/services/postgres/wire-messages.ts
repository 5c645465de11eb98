/** Postgres' wire protocol 3, as far as a proxy has to know it: a byte of type, four of length, and what they announce. */
import { on } from 'node:events';
import type { Duplex } from 'node:stream';

const TYPE_BYTES = 1;
const LENGTH_BYTES = 4;

/** The messages of a stream, as they become whole, until it is closed. */
export async function* readMessages(stream: Duplex): AsyncGenerator<Buffer, void> {
  let bytes = Buffer.alloc(0);
  for await (const [piece] of on(stream, 'data', { close: ['close'] })) {
    bytes = Buffer.concat([bytes, piece]);
    for (let end = endOfFirst(bytes); end <= bytes.length; end = endOfFirst(bytes)) {
      yield bytes.subarray(0, end);
      bytes = bytes.subarray(end);
    }
  }
}

/** Infinity while that cannot be known. */
function endOfFirst(bytes: Buffer): number {
  // Those that begin a client's connection have no type. The length of no message needs its first byte, which no type is.
  const typeBytes = bytes[0] === 0 ? 0 : TYPE_BYTES;
  if (bytes.length < typeBytes + LENGTH_BYTES) return Number.POSITIVE_INFINITY;
  return typeBytes + bytes.readInt32BE(typeBytes);
}

export function typeOf(message: Buffer): string {
  return message.toString('latin1', 0, TYPE_BYTES);
}

/** @param body in ASCII, or bytes */
export function buildMessage(type: string, body: string | Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(LENGTH_BYTES + body.length);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}
