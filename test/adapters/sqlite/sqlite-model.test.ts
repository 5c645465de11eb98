import { describe, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/index.ts';
import { describeStoreModel } from '../../conformance/store-model.suite.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

describeStoreModel(
  { describe, it },
  {
    name: 'sqlite',
    open: () => openSqliteStore({ path: temporaryFile('store.db') }),
    writesTogether: true,
    openModel: async () => createMemoryStore(),
  },
);
