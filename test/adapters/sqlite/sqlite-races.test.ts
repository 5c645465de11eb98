import { openSqliteStore } from '../../../src/adapters/sqlite/index.ts';
import { describeRaces } from '../../support/racing/race.suite.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

describeRaces('sqlite', async () => {
  const path = temporaryFile('store.db');
  return { url: `sqlite:${path}`, open: () => openSqliteStore({ path }) };
});
