import type { DatabaseSync } from 'node:sqlite';
import { loadNodeSqlite } from '../../../src/adapters/sqlite/load-node-sqlite.ts';
import { someHash } from '../../conformance/record-builders.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

/** A store as the first release made it, kept here because the code that made it is gone. Never changes. */
const CREATE_FORMAT_1 = `
  CREATE TABLE raw_data (
    tenant_id TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    schema_ref TEXT NOT NULL,
    raw_hash TEXT NOT NULL,
    payload BLOB,
    location TEXT,
    payload_bytes INTEGER NOT NULL,
    ingested_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, version)
  );

  CREATE TABLE status (
    tenant_id TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    raw_hash TEXT NOT NULL,
    schema_ref TEXT NOT NULL,
    is_deleted INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    state TEXT NOT NULL,
    owed TEXT NOT NULL,
    last_deployed_at TEXT,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_key)
  ) WITHOUT ROWID;

  CREATE INDEX status_by_state ON status (tenant_id, state, entity_key);

  CREATE TABLE change_set (
    tenant_id TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    from_version INTEGER NOT NULL,
    to_version INTEGER NOT NULL,
    changeset_hash TEXT NOT NULL,
    ops BLOB,
    change_type TEXT NOT NULL,
    meaning TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, rule_set, from_version, to_version)
  );

  CREATE TABLE slice (
    tenant_id TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    slice_type TEXT NOT NULL,
    slice_hash TEXT NOT NULL,
    is_tombstone INTEGER NOT NULL,
    payload BLOB NOT NULL,
    gc_epoch INTEGER NOT NULL,
    sliced_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, rule_set, slice_type, slice_hash)
  );

  CREATE TABLE manifest (
    commit_number INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    manifest_hash TEXT NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (tenant_id, entity_key, rule_set, version, revision)
  );

  CREATE TABLE head (
    tenant_id TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    gc_epoch INTEGER NOT NULL,
    commit_number INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, rule_set)
  ) WITHOUT ROWID;

  CREATE TABLE hint (
    tenant_id TEXT NOT NULL,
    index_key TEXT NOT NULL,
    shard INTEGER NOT NULL,
    entity_key TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    slice_type TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    slice_hash TEXT,
    indexed_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, index_key, shard, entity_key, rule_set, slice_type)
  ) WITHOUT ROWID;

  CREATE TABLE contract_snapshot (
    content_hash TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL,
    recorded_at TEXT NOT NULL
  );

  CREATE TABLE contract_binding (
    contract_kind TEXT NOT NULL,
    ref TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (contract_kind, ref)
  ) WITHOUT ROWID;
`;

export const FORMAT_1_TABLES = [
  'raw_data',
  'status',
  'change_set',
  'slice',
  'manifest',
  'head',
  'hint',
  'contract_snapshot',
  'contract_binding',
];

const AT = '2026-01-02T03:04:05.678Z';
const HASH = someHash('{}');
const REFUSAL = {
  code: 'join.source_missing',
  category: 'Missing',
  retryable: false,
  message: 'where: …',
  details: {},
};
const RULES = 'brand-core@1.0.0';

interface EntityRow {
  readonly entityKey: string;
  readonly state: string;
  readonly owed: object;
  readonly lastDeployedAt: string | null;
}

export const FORMAT_1_ENTITIES: readonly EntityRow[] = [
  { entityKey: 'brand#ACTIVE', state: 'ACTIVE', owed: {}, lastDeployedAt: AT },
  {
    entityKey: 'brand#BUILDING',
    state: 'BUILDING',
    owed: { [RULES]: { state: 'BUILDING', claimToken: 'token', claimedAt: AT } },
    lastDeployedAt: null,
  },
  {
    entityKey: 'brand#FAILED',
    state: 'FAILED',
    owed: { [RULES]: { state: 'FAILED', lastError: REFUSAL } },
    lastDeployedAt: AT,
  },
  { entityKey: 'brand#IDLE', state: 'IDLE', owed: { [RULES]: { state: 'IDLE' } }, lastDeployedAt: null },
];

/** One entity in each state, at version 2, and a row in every table. */
export function makeFormat1(): string {
  const path = temporaryFile('store.db');
  const database = new (loadNodeSqlite().DatabaseSync)(path);
  database.exec(`
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    ${CREATE_FORMAT_1}
    PRAGMA application_id = ${0x534c5753};
    PRAGMA user_version = 1;
  `);
  for (const entity of FORMAT_1_ENTITIES) putEntity(database, entity);
  database.prepare('INSERT INTO contract_snapshot VALUES (?, ?, ?)').run(HASH, Buffer.from('{}'), AT);
  database.prepare('INSERT INTO contract_binding VALUES (?, ?, ?, ?)').run('RuleSet', RULES, HASH, AT);
  database.close();
  return path;
}

function putEntity(database: DatabaseSync, { entityKey, state, owed, lastDeployedAt }: EntityRow): void {
  const put = (table: string, ...values: readonly (string | number | null | Uint8Array)[]) =>
    database
      .prepare(`INSERT INTO ${table} VALUES (?, ?, ${values.map(() => '?').join(', ')})`)
      .run('acme', entityKey, ...values);
  const payload = Buffer.from('{}');
  put('raw_data', 2, 'brand@1.0.0', HASH, payload, null, payload.length, AT);
  put('status', 2, HASH, 'brand@1.0.0', 0, 3, state, JSON.stringify(owed), lastDeployedAt, AT);
  put('change_set', RULES, 0, 2, HASH, Buffer.from('[]'), 'created', '{}', AT);
  put('slice', RULES, 'BRAND_CORE', HASH, 0, payload, 0, AT);
  const { lastInsertRowid } = database
    .prepare('INSERT INTO manifest VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)')
    .run('acme', entityKey, RULES, 2, 0, HASH, '{}');
  put('head', RULES, 2, 0, 0, Number(lastInsertRowid));
  database
    .prepare('INSERT INTO hint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run('acme', 'IDX#owner#O1#brand', 0, entityKey, RULES, '*', 2, 0, null, AT);
}
