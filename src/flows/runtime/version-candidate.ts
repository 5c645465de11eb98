import type { CanonicalMembers } from '../../domain/canonical/canonical-members.ts';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { JsonObject } from '../../domain/canonical/json-value.ts';
import { parseJson } from '../../domain/canonical/parse-json.ts';
import type { ContractRef } from '../../domain/contracts/contract-ref.ts';
import { validationError } from '../../domain/errors.ts';
import {
  type EntityKey,
  entityTypeOf,
  parseEntityKey,
  parseTenantId,
  parseVersion,
  type TenantId,
  type Version,
} from '../../domain/identity.ts';
import { prepareDeletion, prepareRawData } from '../../domain/ingest/raw-data-validator.ts';
import type { RawDataRecord } from '../../domain/records.ts';
import type { RuntimeContext } from './context.ts';
import type { InsertContracts } from './contract-catalogue.ts';
import type { InsertRawdataInput } from './runtime.ts';
import { parseStored } from './stored-json.ts';

/** Which version somebody wants in, and under which contracts. */
export interface VersionRequest extends InsertContracts {
  readonly tenantId: TenantId;
  readonly entityKey: EntityKey;
  readonly requested: Version | 'next';
}

/** The same with its content: checked, and in canonical form. */
export interface VersionCandidate extends VersionRequest {
  readonly rawHash: ContentHash;
  /** `null`: deleted. */
  readonly bytes: Uint8Array | null;
  readonly payload: JsonObject | null;
  /** Of the payload's bytes. */
  readonly members?: CanonicalMembers;
}

/** @throws `entity_key.invalid`, `version.invalid`, `contract.*`, … */
export async function parseVersionRequest(context: RuntimeContext, input: InsertRawdataInput): Promise<VersionRequest> {
  const tenantId = parseTenantId(input.tenantId);
  const entityKey = parseEntityKey(input.entityKey);
  const requested: Version | 'next' = input.version === 'next' ? 'next' : parseVersion(input.version);
  const contracts = await context.contracts.forInsert(entityTypeOf(entityKey), input.schemaRef);
  return { tenantId, entityKey, requested, ...contracts };
}

/** @throws `rawdata.*`, `canonical.*`, `json.*` */
export function prepareCandidate(request: VersionRequest, input: InsertRawdataInput): VersionCandidate {
  const { entityKey, schema } = request;
  if (contentKindOf(input) === 'deleted') {
    return { ...request, bytes: null, payload: null, ...prepareDeletion({ entityKey, schema }) };
  }
  if (input.payloadJson !== undefined) {
    const payload = parseJson(input.payloadJson);
    return { ...request, ...prepareRawData({ entityKey, schema, payload, origin: 'made' }) };
  }
  const { bytes, rawHash, members } = prepareRawData({ entityKey, schema, payload: input.payload });
  // The caller's object may change while the call is under way; the bytes that were checked and hashed cannot.
  return { ...request, rawHash, bytes, members, payload: parseStored(bytes) };
}

function contentKindOf(input: InsertRawdataInput): 'payload' | 'deleted' {
  const given = [input.payload !== undefined, input.payloadJson !== undefined, input.deleted === true];
  if (given.filter(Boolean).length === 1) return given[2] ? 'deleted' : 'payload';
  throw validationError(
    'rawdata.content_ambiguous',
    `${input.entityKey}: expected exactly one of payload, payloadJson and deleted: true, ` +
      `found ${given.filter(Boolean).length === 0 ? 'none' : 'several'}. Say what the version holds.`,
    { entityKey: input.entityKey },
  );
}

// Hashes run content and refs together, so equal content is equal hash and equal schema (rfc-v4-002 §2-2).
export function hasSameContent(
  candidate: VersionCandidate,
  rawHash: ContentHash,
  schema: ContractRef,
  isDeleted: boolean,
): boolean {
  return (
    candidate.rawHash === rawHash &&
    candidate.schema.ref.id === schema.id &&
    candidate.schema.ref.version === schema.version &&
    (candidate.bytes === null) === isDeleted
  );
}

/** The candidate as a record at some version, but for where its payload lies. */
export function recordOf(
  candidate: VersionCandidate,
  version: Version,
  ingestedAt: string,
): Omit<RawDataRecord, 'body'> {
  const { tenantId, entityKey, schema, rawHash } = candidate;
  return { kind: 'raw-data', tenantId, entityKey, version, schema: schema.ref, rawHash, ingestedAt };
}
