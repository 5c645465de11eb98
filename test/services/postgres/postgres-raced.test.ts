import { migratePostgres, openPostgresStore } from '../../../src/adapters/postgres/index.ts';
import { describeRaces } from '../../support/racing/race.suite.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema } from './test-database.ts';

describeService('postgres', (url) => {
  describeRaces('postgres', async () => {
    const schema = freshSchema();
    await migratePostgres({ connectionString: url, schema });
    const raced = new URL(url);
    raced.searchParams.set('schema', schema);
    return { url: raced.href, open: () => openPostgresStore({ connectionString: url, schema }) };
  });
});
