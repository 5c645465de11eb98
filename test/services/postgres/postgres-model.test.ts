import { describe, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { describeStoreModel } from '../../conformance/store-model.suite.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { openFreshStore } from './test-database.ts';

describeService('postgres', (url) => {
  describeStoreModel(
    { describe, it },
    {
      name: 'postgres',
      open: () => openFreshStore(url, { connectionsMax: 2 }),
      writesTogether: true,
      openModel: async () => createMemoryStore(),
    },
  );
});
