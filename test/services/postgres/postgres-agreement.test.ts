import { describeAgreement } from '../../support/agreeing-store.suite.ts';
import { describeSeparateTenants } from '../../support/separate-tenants.suite.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { openFreshStore } from './test-database.ts';

describeService('postgres', (url) => {
  const postgres = { name: 'a Postgres store', open: () => openFreshStore(url), worlds: 20 };
  describeAgreement(postgres);
  describeSeparateTenants(postgres);
});
