import { quoteIdentifier } from './database.ts';
import { REGISTRY_TABLES } from './registry-tables.ts';
import { STORE_TABLES } from './store-tables.ts';

/** One step forward. What was released is never edited: a change of the tables is a new step at the end. */
export interface Migration {
  /** The format that it makes; it starts at the one before. */
  readonly to: number;
  /** What it does, for the person who upgrades. */
  readonly description: string;
  /** `{schema}` stands for the schema's quoted name. */
  readonly sql: string;
}

/** In order; a new format adds its entry at the end. */
export const MIGRATIONS: readonly Migration[] = [
  { to: 1, description: 'the tables of the store', sql: STORE_TABLES },
  { to: 2, description: 'the contract registry, and the record of who changed it', sql: REGISTRY_TABLES },
];

/** What this code writes and reads. */
export const FORMAT_VERSION = MIGRATIONS.length;

export function sqlFor({ sql }: Migration, schema: string): string {
  return sql.replaceAll('{schema}', quoteIdentifier(schema));
}
