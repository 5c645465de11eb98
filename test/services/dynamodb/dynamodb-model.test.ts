import { describe, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { describeStoreModel } from '../../conformance/store-model.suite.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { openEmptyStore } from '../../support/services/dynamodb/empty-store.ts';

describeService('dynamodb', (url) => {
  describeStoreModel(
    { describe, it },
    {
      name: 'dynamodb',
      open: () => openEmptyStore(url),
      writesTogether: false,
      openModel: async () => createMemoryStore(),
      numRuns: 8,
    },
  );
});
