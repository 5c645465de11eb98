import { describe, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { describeStore } from '../../conformance/store.suite.ts';

describeStore(
  { describe, it },
  // The reference model is as weak as the weakest store, and offers nothing that a store may do without.
  { name: 'memory', open: async () => createMemoryStore(), writesTogether: false },
);
