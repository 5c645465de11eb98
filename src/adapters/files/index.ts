export { createFileRegistry, type FileRegistry, type FileRegistryOptions } from './contract-files.ts';
export { createFilePayloadStore, type FilePayloadStoreOptions } from './payload-files.ts';
