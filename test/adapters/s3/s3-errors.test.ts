import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createS3PayloadStore } from '../../../src/adapters/s3/index.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { locationOf, someBytes } from '../../conformance/record-builders.ts';
import { S3_SECRET, s3ClientOf } from '../../support/s3-client.ts';

describe('an S3 that fails', () => {
  const answering = async (status: number, code: string) => {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(
        `<Error><Code>${code}</Code><Message>${S3_SECRET}</Message><AWSAccessKeyId>${S3_SECRET}</AWSAccessKeyId></Error>`,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // It listens on a TCP port.
    const { port } = server.address() as AddressInfo;
    return { server, store: createS3PayloadStore({ bucket: 'any', client: s3ClientOf(`http://127.0.0.1:${port}`) }) };
  };

  for (const [status, code, expected] of [
    [503, 'SlowDown', 'store.throttled'],
    [429, 'TooManyRequests', 'store.throttled'],
    [400, 'RequestTimeout', 'store.timeout'],
    [500, 'InternalError', 'store.unavailable'],
    [409, 'ConditionalRequestConflict', 'store.unavailable'],
    [403, 'AccessDenied', 'store.unavailable'],
    [403, 'SignatureDoesNotMatch', 'store.unavailable'],
  ] as const) {
    it(`answers ${status} ${code}: ${expected}, soft, and no secret in it`, async () => {
      const { server, store } = await answering(status, code);
      try {
        const calls = [
          () => store.put(locationOf(), someBytes('x')),
          () => store.get(locationOf()),
          () => store.list({ ...locationOf(), limit: 1 }),
          () => store.delete(locationOf()),
        ];
        for (const call of calls) {
          const error = await call().then(
            () => undefined,
            (failure: unknown) => failure,
          );
          expect(error).toMatchObject({ code: expected, retryable: true });
          const told = isSlicewiseError(error)
            ? [error.stack, JSON.stringify(error), String(error.cause), Object(error.cause).stack]
            : [];
          expect(told.join('\n')).not.toContain(S3_SECRET);
        }
      } finally {
        server.close();
      }
    });
  }

  it('ends the connection instead of an answer: store.unavailable, and not a timeout', async () => {
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // It listens on a TCP port.
    const { port } = server.address() as AddressInfo;
    const store = createS3PayloadStore({ bucket: 'any', client: s3ClientOf(`http://127.0.0.1:${port}`) });
    await expect(store.get(locationOf())).rejects.toMatchObject({ code: 'store.unavailable', retryable: true });
    server.close();
  });

  it('does not answer: store.unavailable that names the bucket', async () => {
    const store = createS3PayloadStore({ bucket: 'any', prefix: 'p/', client: s3ClientOf('http://127.0.0.1:1') });
    await expect(store.get(locationOf())).rejects.toMatchObject({
      code: 'store.unavailable',
      message: expect.stringContaining('s3://any/p/'),
    });
  });
});
