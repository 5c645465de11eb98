import { openSqliteStore } from '../../../src/adapters/sqlite/index.ts';
import { describeAgreement } from '../../support/agreeing-store.suite.ts';
import { describeSeparateTenants } from '../../support/separate-tenants.suite.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

const sqlite = {
  name: 'a SQLite store',
  open: () => openSqliteStore({ path: temporaryFile('store.db') }),
  worlds: 30,
};

describeAgreement(sqlite);
describeSeparateTenants(sqlite);
