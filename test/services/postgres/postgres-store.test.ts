import { describe, it } from 'vitest';
import { describeStore } from '../../conformance/store.suite.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { openFreshStore } from './test-database.ts';

describeService('postgres', (url) => {
  describeStore({ describe, it }, { name: 'postgres', open: () => openFreshStore(url), writesTogether: true });
});
