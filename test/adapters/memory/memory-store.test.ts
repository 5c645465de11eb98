import { describe, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { describeStore } from '../../conformance/store.suite.ts';

describeStore({ describe, it }, { name: 'memory', open: async () => createMemoryStore() });
