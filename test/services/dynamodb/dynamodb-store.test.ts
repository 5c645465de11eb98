import { describe, it } from 'vitest';
import { describeStore } from '../../conformance/store.suite.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { openEmptyStore } from '../../support/services/dynamodb/empty-store.ts';

describeService('dynamodb', (url) => {
  describeStore({ describe, it }, { name: 'dynamodb', open: () => openEmptyStore(url), writesTogether: false });
});
