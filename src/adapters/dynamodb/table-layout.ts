/**
 * The tables, as data: what `createTables` makes, `checkTables` compares with, and the templates under
 * `docs/reference/dynamodb/` are written from (ADR 0036). Every table has the partition key `pk` and the sort key `sk`.
 */

/** The format of what lies in the tables; a store says which it holds. */
export const FORMAT_VERSION = 1;

export const TABLES = ['rawdata', 'changesets', 'slices', 'pipeline', 'slice_inverted_index', 'contracts'] as const;
/** A table's name without the prefix. */
export type Table = (typeof TABLES)[number];

/** On `pipeline`, of statuses alone: entities by pipeline state (rfc-v4-004 appendix). Holds keys, nothing else. */
export const STATE_INDEX = { name: 'gsi-pipeline-state', table: 'pipeline', pk: 'gsi1pk', sk: 'gsi1sk' } as const;

export const DEFAULT_TABLE_PREFIX = 'slicewise-';

// DynamoDB takes names of 3 to 255 characters, and the longest of ours is `slice_inverted_index`.
const PREFIX_PATTERN = /^[A-Za-z0-9_.-]{0,200}$/;

export function isTablePrefix(prefix: string): boolean {
  return PREFIX_PATTERN.test(prefix);
}

export function tableName(prefix: string, table: Table): string {
  return `${prefix}${table}`;
}

/** What every table has, whatever made it. */
export const STREAM_VIEW = 'NEW_IMAGE';
