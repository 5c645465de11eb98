export { checkSqliteStore } from './check-store.ts';
export { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
export { type UpgradeReport, upgradeSqliteStore } from './upgrade-store.ts';
