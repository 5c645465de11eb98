/**
 * The contract registry (ADR 0041; rfc-v4-004 appendix): `schema_registry` for schemas, `policy_registry` for all other
 * kinds. What was published stays as it is, statuses go their legal ways only, and nothing is deleted, whoever writes:
 * the database refuses the rest. Every change leaves a row in `contract_audit`, written as the owner of the tables, so
 * that a role that publishes can forge none.
 *
 * `content` is the canonical text of the document without its status, which is what `content_hash` is of; `document` is
 * the same for queries, and NULL where it holds U+0000, which `jsonb` refuses.
 */
export const REGISTRY_TABLES = `
  CREATE TABLE {schema}.registry_revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL
  );
  INSERT INTO {schema}.registry_revision (revision) VALUES (0);

  -- Another escape stands in for the one of U+0000, at which any look into the text would fail.
  CREATE FUNCTION {schema}.contract_member(content text, member text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT replace(content, '\\u0000', '\\u0001')::json ->> member
  $$;

  CREATE TABLE {schema}.schema_registry (
    id text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('DRAFT', 'ACTIVE', 'DEPRECATED', 'ARCHIVED')),
    schema_uri text COLLATE "C" NOT NULL UNIQUE
      GENERATED ALWAYS AS ('urn:slicewise:schema:' || id || ':' || version) STORED,
    entity_type text COLLATE "C",
    field_count integer NOT NULL,
    required_fields text[] NOT NULL,
    searchable_fields text[] NOT NULL,
    content text NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    document jsonb,
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, version),
    CHECK ({schema}.contract_member(content, 'kind') = 'Schema'),
    CHECK ({schema}.contract_member(content, 'id') = id AND {schema}.contract_member(content, 'version') = version),
    CHECK (content_hash = 'sha256:' || encode(sha256(convert_to(content, 'UTF8')), 'hex')),
    CHECK (document IS NULL OR document = content::jsonb)
  );
  CREATE INDEX schema_registry_by_entity_type ON {schema}.schema_registry (entity_type);

  CREATE TABLE {schema}.policy_registry (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('DRAFT', 'ACTIVE', 'DEPRECATED', 'ARCHIVED')),
    policy_type text COLLATE "C" NOT NULL
      CHECK (policy_type IN ('TRANSFORM', 'VALIDATION', 'ENRICHMENT', 'FILTER', 'AGGREGATION', 'VIEW')),
    entity_dependencies text[] NOT NULL,
    policy_dependencies text[] NOT NULL,
    content text NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    document jsonb,
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, id, version),
    CHECK (kind <> 'Schema'),
    CHECK ({schema}.contract_member(content, 'kind') = kind),
    CHECK ({schema}.contract_member(content, 'id') = id AND {schema}.contract_member(content, 'version') = version),
    CHECK (content_hash = 'sha256:' || encode(sha256(convert_to(content, 'UTF8')), 'hex')),
    CHECK (document IS NULL OR document = content::jsonb)
  );
  CREATE INDEX policy_registry_by_entity ON {schema}.policy_registry USING gin (entity_dependencies);
  CREATE INDEX policy_registry_by_policy ON {schema}.policy_registry USING gin (policy_dependencies);

  CREATE TABLE {schema}.contract_audit (
    audit_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    database_role text NOT NULL,
    action text COLLATE "C" NOT NULL CHECK (action IN ('published', 'content_changed', 'status_changed')),
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    status_before text COLLATE "C",
    status_after text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    revision bigint NOT NULL
  );
  CREATE INDEX contract_audit_by_contract ON {schema}.contract_audit (kind, id, version, audit_number);

  CREATE FUNCTION {schema}.refuse_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    RAISE EXCEPTION '% of %: what is there stays', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation', HINT = 'Archive a contract instead of deleting it.';
  END $$;

  CREATE FUNCTION {schema}.guard_contract() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    own CONSTANT text[] := '{status,schema_uri}';
  BEGIN
    IF OLD.status <> 'DRAFT' AND (to_jsonb(OLD) - own) IS DISTINCT FROM (to_jsonb(NEW) - own) THEN
      RAISE EXCEPTION '%@% in %: a published contract never changes but for its status', OLD.id, OLD.version, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Publish the change as a new version.';
    END IF;
    IF (OLD.id, OLD.version) IS DISTINCT FROM (NEW.id, NEW.version)
      OR {schema}.contract_member(OLD.content, 'kind') IS DISTINCT FROM {schema}.contract_member(NEW.content, 'kind')
    THEN
      RAISE EXCEPTION '%@% in %: a contract keeps its name', OLD.id, OLD.version, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Publish another contract.';
    END IF;
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
      ('DRAFT', 'ACTIVE'), ('DRAFT', 'ARCHIVED'), ('ACTIVE', 'DEPRECATED'), ('ACTIVE', 'ARCHIVED'),
      ('DEPRECATED', 'ACTIVE'), ('DEPRECATED', 'ARCHIVED')
    ) THEN
      RAISE EXCEPTION '%@% in %: no way leads from % to %', OLD.id, OLD.version, TG_TABLE_NAME, OLD.status, NEW.status
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Publish what is to run as a new version.';
    END IF;
    RETURN NEW;
  END $$;

  CREATE FUNCTION {schema}.record_contract_change() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    next_revision bigint;
    before_status text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END;
  BEGIN
    UPDATE {schema}.registry_revision SET revision = revision + 1 RETURNING revision INTO next_revision;
    INSERT INTO {schema}.contract_audit
      (actor, database_role, action, kind, id, version, status_before, status_after, content_hash, revision)
    VALUES (
      coalesce(nullif(current_setting('slicewise.actor', true), ''), session_user),
      session_user,
      CASE
        WHEN TG_OP = 'INSERT' THEN 'published'
        WHEN OLD.content_hash <> NEW.content_hash THEN 'content_changed'
        ELSE 'status_changed'
      END,
      {schema}.contract_member(NEW.content, 'kind'), NEW.id, NEW.version,
      before_status, NEW.status, NEW.content_hash, next_revision
    );
    RETURN NULL;
  END $$;

  CREATE TRIGGER contract_guarded BEFORE UPDATE ON {schema}.schema_registry
    FOR EACH ROW EXECUTE FUNCTION {schema}.guard_contract();
  CREATE TRIGGER contract_kept BEFORE DELETE OR TRUNCATE ON {schema}.schema_registry
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
  CREATE TRIGGER contract_recorded AFTER INSERT OR UPDATE ON {schema}.schema_registry
    FOR EACH ROW EXECUTE FUNCTION {schema}.record_contract_change();

  CREATE TRIGGER contract_guarded BEFORE UPDATE ON {schema}.policy_registry
    FOR EACH ROW EXECUTE FUNCTION {schema}.guard_contract();
  CREATE TRIGGER contract_kept BEFORE DELETE OR TRUNCATE ON {schema}.policy_registry
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
  CREATE TRIGGER contract_recorded AFTER INSERT OR UPDATE ON {schema}.policy_registry
    FOR EACH ROW EXECUTE FUNCTION {schema}.record_contract_change();

  CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.contract_audit
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
  CREATE TRIGGER revision_kept BEFORE DELETE OR TRUNCATE ON {schema}.registry_revision
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
`;
