import { createMemoryPayloadStore } from '../../../src/adapters/memory/index.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { describeFaultyConnection } from '../../support/services/faulty-connection.suite.ts';
import { openFreshStore } from './test-database.ts';

const TIMEOUT_MS = 120;

describeService('postgres', (url) => {
  describeFaultyConnection(url, {
    open: async (proxied) => ({
      store: await openFreshStore(proxied, { timeoutMs: TIMEOUT_MS }),
      payloadStore: createMemoryPayloadStore(),
    }),
    beginningBytes: 10,
    cutAfterBytes: 8_000,
  });
});
