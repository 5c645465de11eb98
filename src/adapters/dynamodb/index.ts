export { type CheckTablesOptions, checkTables, type TableFinding, type TableSetting } from './check-tables.ts';
export type { DynamoDbAccess } from './connect.ts';
export {
  type CreateTablesOptions,
  type CreateTablesReport,
  createTables,
  type TableProtection,
} from './create-tables.ts';
export { type DynamoDbStoreOptions, openDynamoDbStore } from './dynamodb-store.ts';
export type { RequestRetryPolicy } from './request-retries.ts';
export { FORMAT_VERSION as DYNAMODB_FORMAT_VERSION } from './table-layout.ts';
