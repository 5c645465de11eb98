export { checkPostgres, type PostgresFinding } from './check-postgres.ts';
export type { DatabaseOptions } from './database.ts';
export { type MigrationReport, migratePostgres } from './migrate.ts';
export { parsePostgresUrl } from './parse-postgres-url.ts';
export type {
  PostgresClient,
  PostgresPool,
  PostgresPoolClient,
  PostgresQuery,
  PostgresTransactionClient,
  PostgresTypes,
} from './postgres-client.ts';
export { type ContractAuditEntry, type ContractPublisher, openPostgresPublisher } from './postgres-publisher.ts';
export { openPostgresRegistry, type PostgresRegistry, type PostgresRegistryOptions } from './postgres-registry.ts';
export { openPostgresStore, type PostgresStoreOptions } from './postgres-store.ts';
export { postgresTransaction } from './postgres-transaction.ts';
export type { Publication, PublishedContract, StatusChange } from './publish-contracts.ts';
export type { ContractRow } from './registry-rows.ts';
