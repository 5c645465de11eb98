import { createTables, openDynamoDbStore } from '../../../src/adapters/dynamodb/index.ts';
import { describeRaces } from '../../support/racing/race.suite.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshAccess, UNPROTECTED } from '../../support/services/dynamodb/empty-store.ts';

describeService('dynamodb', (url) => {
  describeRaces('dynamodb', async () => {
    const access = freshAccess(url);
    await createTables({ ...access, ...UNPROTECTED });
    return {
      url: `dynamodb://${new URL(url).host}/${access.tablePrefix}`,
      environment: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
      open: () => openDynamoDbStore(access),
    };
  });
});
