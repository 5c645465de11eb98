import { describeAgreement } from '../../support/agreeing-store.suite.ts';
import { describeSeparateTenants } from '../../support/separate-tenants.suite.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { openEmptyStore } from '../../support/services/dynamodb/empty-store.ts';

describeService('dynamodb', (url) => {
  const dynamodb = { name: 'a DynamoDB store', open: () => openEmptyStore(url), worlds: 10 };
  describeAgreement(dynamodb);
  describeSeparateTenants(dynamodb);
});
