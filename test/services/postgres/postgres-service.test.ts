import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { describeService } from '../../support/services/describe-service.ts';

describeService('postgres', (url) => {
  it('listens on its URL, which names a database of its own', async () => {
    const { hostname, port, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.destroy();
    expect(pathname).toMatch(/^\/slicewise_test_\w+$/);
  });
});
