import { canonicalText } from '../../domain/canonical/canonicalize.ts';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { JsonObject } from '../../domain/canonical/json-value.ts';
import type { ContractStatus } from '../../domain/contracts/compiled-contracts.ts';
import { policyFactsOf, schemaFactsOf } from '../../domain/contracts/contract-facts.ts';
import type { IndexedContract } from '../../domain/contracts/contract-index.ts';
import { type ContractRef, formatRef } from '../../domain/contracts/contract-ref.ts';
import { withoutStatus } from '../../domain/contracts/parse-contract.ts';
import type { ContractKind, RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import { type Database, quoteIdentifier, type Session } from './database.ts';

/** One contract as the database holds it. */
export interface ContractRow {
  readonly kind: ContractKind;
  readonly ref: ContractRef;
  readonly status: ContractStatus;
  readonly contentHash: ContentHash;
  /** Canonical text of the document without its status. */
  readonly content: string;
  /** ISO 8601. */
  readonly publishedAt: string;
}

type Row = readonly [
  kind: ContractKind,
  id: string,
  version: string,
  status: ContractStatus,
  contentHash: ContentHash,
  content: string,
  publishedAt: string,
];

// ISO 8601 in UTC whatever the server's own time zone is.
export const isoOf = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export async function readRevision(session: Session, schema: string): Promise<number> {
  const [row] = await session.rows<readonly [number]>(
    `SELECT revision FROM ${quoteIdentifier(schema)}.registry_revision`,
  );
  return row?.[0] ?? 0;
}

/** Until the end of the transaction, nobody else changes the registry. */
export async function lockRegistry(session: Session, schema: string): Promise<void> {
  await session.rows(`SELECT revision FROM ${quoteIdentifier(schema)}.registry_revision FOR UPDATE`);
}

export async function readContracts(session: Session, schema: string): Promise<readonly ContractRow[]> {
  const owner = quoteIdentifier(schema);
  const columns = `id, version, status, content_hash, content, ${isoOf('published_at')}`;
  const rows = await session.rows<Row>(`
    SELECT 'Schema', ${columns} FROM ${owner}.schema_registry
    UNION ALL SELECT kind, ${columns} FROM ${owner}.policy_registry`);
  return rows.map(([kind, id, version, status, contentHash, content, publishedAt]) => ({
    kind,
    ref: { id, version },
    status,
    contentHash,
    content,
    publishedAt,
  }));
}

/** As it was published: the status belongs to the document, though not to its content. */
export function toRegistered({ kind, ref, status, content }: ContractRow, { name }: Database): RegisteredContract {
  const document: JsonObject = JSON.parse(content);
  return {
    document: { ...document, status },
    origin: `${kind} ${formatRef(ref)} in ${name}`,
    locate: () => undefined,
  };
}

export async function insertContract(session: Session, schema: string, contract: IndexedContract): Promise<void> {
  const { names, values } = columnsOf(contract);
  const places = values.map((_, index) => `$${index + 1}`);
  await session.rows(
    `INSERT INTO ${tableOf(schema, contract.kind)} (${names.join(', ')}) VALUES (${places.join(', ')})`,
    values,
  );
}

/** Of a DRAFT; the database refuses it for any other. */
export async function replaceContract(session: Session, schema: string, contract: IndexedContract): Promise<void> {
  const { names, values } = columnsOf(contract);
  const key = keyOf(contract.kind, contract.ref, values.length);
  await session.rows(
    `UPDATE ${tableOf(schema, contract.kind)}
     SET ${names.map((name, index) => `${name} = $${index + 1}`).join(', ')} WHERE ${key.condition}`,
    [...values, ...key.values],
  );
}

export async function setStatus(
  session: Session,
  schema: string,
  { kind, ref, status }: Pick<ContractRow, 'kind' | 'ref' | 'status'>,
): Promise<void> {
  const key = keyOf(kind, ref, 1);
  await session.rows(`UPDATE ${tableOf(schema, kind)} SET status = $1 WHERE ${key.condition}`, [status, ...key.values]);
}

/** Whose name the audit shall have, until the end of the transaction. */
export async function setActor(session: Session, actor: string): Promise<void> {
  await session.rows("SELECT set_config('slicewise.actor', $1, true)", [actor]);
}

function tableOf(schema: string, kind: ContractKind): string {
  return `${quoteIdentifier(schema)}.${kind === 'Schema' ? 'schema_registry' : 'policy_registry'}`;
}

function keyOf(kind: ContractKind, { id, version }: ContractRef, behind: number) {
  const condition = `id = $${behind + 1} AND version = $${behind + 2}`;
  if (kind === 'Schema') return { condition, values: [id, version] };
  return { condition: `${condition} AND kind = $${behind + 3}`, values: [id, version, kind] };
}

// jsonb refuses the character, in its escaped form as well.
const NUL_ESCAPE = '\\u0000';

function columnsOf(contract: IndexedContract) {
  const { kind, ref, status, contentHash, registered } = contract;
  // The index saw that it is a plain object whose canonical form can be hashed.
  const content = canonicalText(withoutStatus(registered.document as JsonObject));
  const document = content.includes(NUL_ESCAPE) ? null : content;
  const common = { id: ref.id, version: ref.version, status, content, content_hash: contentHash, document };
  const columns =
    kind === 'Schema'
      ? { ...common, ...schemaColumns(registered.document) }
      : { ...common, kind, ...policyColumns(kind, registered.document) };
  return { names: Object.keys(columns), values: Object.values(columns) };
}

function schemaColumns(document: unknown) {
  const { entityType, fieldCount, requiredFields, searchableFields } = schemaFactsOf(document);
  return {
    entity_type: entityType,
    field_count: fieldCount,
    required_fields: requiredFields,
    searchable_fields: searchableFields,
  };
}

/** The appendix' policy types; a view transforms nothing. */
const POLICY_TYPES = { RuleSet: 'TRANSFORM', View: 'VIEW' } as const;

function policyColumns(kind: Exclude<ContractKind, 'Schema'>, document: unknown) {
  const { entityDependencies, policyDependencies } = policyFactsOf(document);
  return {
    policy_type: POLICY_TYPES[kind],
    entity_dependencies: entityDependencies,
    policy_dependencies: policyDependencies,
  };
}
