export { createFilePayloadStore, type FilePayloadStoreOptions } from './payload-files.ts';
