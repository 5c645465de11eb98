/**
 * The tables of format 2 (ADR 0020; ADR 0032 and 0034 for what is new in it). Text compares by its UTF-8 bytes (collation BINARY), which is the order of every
 * list. Rows with payloads lie in rowid tables, in the order of their arrival, behind a small key index; small ones lie
 * in their key's own tree. All rows of an entity are neighbours in every tree.
 */

/** `SLWS` in ASCII: tells a slicewise store from any other SQLite file. */
export const APPLICATION_ID = 0x534c5753;
/** What this code writes and reads. */
export const FORMAT_VERSION = 2;
/** Bytes. Measured on the row mix of one ingested document (ADR 0020). */
export const PAGE_BYTES = 8_192;

/** New in format 2. */
export const CREATE_COLLECTION = `
  CREATE TABLE collecting (
    tenant_id TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    raw_hash TEXT NOT NULL,
    generation INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, raw_hash, generation)
  ) WITHOUT ROWID;

  CREATE TABLE erasure (
    tenant_id TEXT NOT NULL,
    entity_key TEXT NOT NULL,
    number INTEGER NOT NULL,
    erasure_hash TEXT NOT NULL,
    ordered TEXT NOT NULL,
    completed TEXT,
    PRIMARY KEY (tenant_id, entity_key, number)
  ) WITHOUT ROWID;
`;

/** New in format 2. */
export const CREATE_INDEX_STATE = `
  CREATE TABLE index_state (
    tenant_id TEXT NOT NULL,
    rule_set TEXT NOT NULL,
    state TEXT NOT NULL,
    counter INTEGER NOT NULL,
    writer_token TEXT NOT NULL,
    rebuild_cursor TEXT,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, rule_set)
  ) WITHOUT ROWID;
`;

export const CREATE_TABLES = `
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
    fanned_out_to INTEGER NOT NULL DEFAULT 0,
    fills INTEGER NOT NULL DEFAULT 0,
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
    is_indexed_from_start INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (contract_kind, ref)
  ) WITHOUT ROWID;
  ${CREATE_INDEX_STATE}
  ${CREATE_COLLECTION}
`;
