/**
 * The tables of the store (ADR 0040). Keys compare by their UTF-8 bytes (`COLLATE "C"`), whatever the database's own
 * collation; canonical bytes are `bytea`, and JSON that only we read is `text`, because `jsonb` refuses U+0000.
 */
export const STORE_TABLES = `
  CREATE TABLE {schema}.raw_data (
    tenant_id text COLLATE "C" NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    schema_ref text COLLATE "C" NOT NULL,
    raw_hash text COLLATE "C" NOT NULL,
    payload bytea,
    location text,
    payload_bytes bigint NOT NULL,
    ingested_at text NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, version)
  );

  CREATE TABLE {schema}.status (
    tenant_id text COLLATE "C" NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    raw_hash text COLLATE "C" NOT NULL,
    schema_ref text COLLATE "C" NOT NULL,
    is_deleted boolean NOT NULL,
    counter bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    owed text NOT NULL,
    last_deployed_at text,
    updated_at text NOT NULL,
    fanned_out_to bigint NOT NULL,
    fills bigint NOT NULL,
    PRIMARY KEY (tenant_id, entity_key)
  );

  CREATE INDEX status_by_state ON {schema}.status (tenant_id, state, entity_key);

  CREATE TABLE {schema}.change_set (
    tenant_id text COLLATE "C" NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    rule_set text COLLATE "C" NOT NULL,
    from_version bigint NOT NULL,
    to_version bigint NOT NULL,
    changeset_hash text COLLATE "C" NOT NULL,
    ops bytea,
    change_type text COLLATE "C" NOT NULL,
    meaning text NOT NULL,
    created_at text NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, rule_set, from_version, to_version)
  );

  CREATE TABLE {schema}.slice (
    tenant_id text COLLATE "C" NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    rule_set text COLLATE "C" NOT NULL,
    slice_type text COLLATE "C" NOT NULL,
    slice_hash text COLLATE "C" NOT NULL,
    is_tombstone boolean NOT NULL,
    payload bytea NOT NULL,
    gc_epoch bigint NOT NULL,
    sliced_at text NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, rule_set, slice_type, slice_hash)
  );

  CREATE TABLE {schema}.manifest (
    tenant_id text COLLATE "C" NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    rule_set text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    manifest_hash text COLLATE "C" NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, rule_set, version, revision)
  );

  CREATE TABLE {schema}.head (
    tenant_id text COLLATE "C" NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    rule_set text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    gc_epoch bigint NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, rule_set)
  );

  CREATE TABLE {schema}.hint (
    tenant_id text COLLATE "C" NOT NULL,
    index_key text COLLATE "C" NOT NULL,
    shard bigint NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    rule_set text COLLATE "C" NOT NULL,
    slice_type text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    slice_hash text COLLATE "C",
    indexed_at text NOT NULL,
    PRIMARY KEY (tenant_id, index_key, shard, entity_key, rule_set, slice_type)
  );

  CREATE TABLE {schema}.collecting (
    tenant_id text COLLATE "C" NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    raw_hash text COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    started_at text NOT NULL,
    PRIMARY KEY (tenant_id, entity_key, raw_hash, generation)
  );

  CREATE TABLE {schema}.erasure (
    tenant_id text COLLATE "C" NOT NULL,
    entity_key text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    erasure_hash text COLLATE "C" NOT NULL,
    ordered text NOT NULL,
    completed text,
    PRIMARY KEY (tenant_id, entity_key, number)
  );

  CREATE TABLE {schema}.contract_snapshot (
    content_hash text COLLATE "C" NOT NULL PRIMARY KEY,
    document bytea NOT NULL,
    recorded_at text NOT NULL
  );

  CREATE TABLE {schema}.contract_binding (
    contract_kind text COLLATE "C" NOT NULL,
    ref text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    recorded_at text NOT NULL,
    is_indexed_from_start boolean NOT NULL,
    PRIMARY KEY (contract_kind, ref)
  );

  CREATE TABLE {schema}.index_state (
    tenant_id text COLLATE "C" NOT NULL,
    rule_set text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    counter bigint NOT NULL,
    writer_token text NOT NULL,
    rebuild_cursor text,
    changed_at text NOT NULL,
    PRIMARY KEY (tenant_id, rule_set)
  );
`;
