import { describe, it } from 'vitest';
import { createMemoryPayloadStore } from '../../../src/adapters/memory/index.ts';
import { describePayloadStore } from '../../conformance/payload-store.suite.ts';

describePayloadStore({ describe, it }, { name: 'memory', open: async () => createMemoryPayloadStore() });
