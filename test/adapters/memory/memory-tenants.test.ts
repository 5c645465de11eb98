import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { describeSeparateTenants } from '../../support/separate-tenants.suite.ts';

describeSeparateTenants({ name: 'a store in memory', open: async () => createMemoryStore(), worlds: 50 });
