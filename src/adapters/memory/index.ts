export { createObjectRegistry } from './contract-objects.ts';
export { createMemoryPayloadStore } from './memory-payload-store.ts';
export { createMemoryStore } from './memory-store.ts';
