import { createMemoryPayloadStore } from '../../../src/adapters/memory/index.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { openEmptyStore } from '../../support/services/dynamodb/empty-store.ts';
import { describeFaultyConnection } from '../../support/services/faulty-connection.suite.ts';

const REQUEST_TIMEOUT_MS = 200;

describeService('dynamodb', (url) => {
  describeFaultyConnection(url, {
    open: async (proxied) => ({
      store: await openEmptyStore(proxied, { requestTimeoutMs: REQUEST_TIMEOUT_MS }),
      payloadStore: createMemoryPayloadStore(),
    }),
    beginningBytes: 250,
    cutAfterBytes: 30_000,
  });
});
