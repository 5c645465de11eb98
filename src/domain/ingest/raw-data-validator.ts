/** What may become RawData: one entity's payload in its schema's canonical form (rfc-v4-001 §7, rfc-v4-002 §1). */
import type { CanonicalMembers } from '../canonical/canonical-members.ts';
import type { Origin } from '../canonical/canonical-writer.ts';
import { CANONICAL_NULL } from '../canonical/canonicalize.ts';
import { type ContentHash, canonicalRawData, hashRaw } from '../canonical/hash.ts';
import { isPlainObject, type JsonObject } from '../canonical/json-value.ts';
import type { CompiledSchema, SchemaViolation } from '../contracts/compiled-contracts.ts';
import { type ContractRef, formatRef } from '../contracts/contract-ref.ts';
import { type ErrorDetails, invariantViolation, isSlicewiseError, SlicewiseError, validationError } from '../errors.ts';
import { type EntityKey, entityTypeOf, type Version } from '../identity.ts';

export interface PayloadInput {
  readonly entityKey: EntityKey;
  readonly schema: CompiledSchema;
  /** As it came in: nothing is taken for granted. */
  readonly payload: unknown;
  /** `made`: `parseJson` gave it. Default `given`. */
  readonly origin?: Origin;
}

export interface PreparedPayload {
  /** Normalised. Shares with the input what needed no change: whoever lets the input go on changing reads `bytes`. */
  readonly payload: JsonObject;
  /** Canonical UTF-8: what is stored. */
  readonly bytes: Uint8Array;
  readonly rawHash: ContentHash;
  readonly members: CanonicalMembers;
}

/**
 * Normalises, checks as I-JSON, writes and hashes canonical bytes, and validates against the schema.
 *
 * @throws `rawdata.entity_type_mismatch`, `rawdata.array_key_invalid`, `rawdata.array_key_duplicate`, `canonical.*`,
 * `rawdata.schema_mismatch` (with up to 5 violations in `details.violations`, their pointers into the normalised
 * payload)
 */
export function prepareRawData({ entityKey, schema, payload, origin }: PayloadInput): PreparedPayload {
  checkEntityType(entityKey, schema);
  const normalised = isPlainObject(payload) ? schema.normalise(asJsonObject(payload)) : payload;
  const { bytes, hash, members } = canonicalRawData(normalised, schema.ref, origin);
  // Canonical bytes exist for plain JSON objects only.
  const checked = normalised as JsonObject;
  const violations = schema.violations(checked);
  if (violations.length > 0) throw schemaMismatch(entityKey, schema, violations);
  return { payload: checked, bytes, rawHash: hash, members };
}

/**
 * The raw hash of a deleted version: that of the canonical text `null`.
 * @throws `rawdata.entity_type_mismatch`
 */
export function prepareDeletion({ entityKey, schema }: Omit<PayloadInput, 'payload'>): {
  readonly rawHash: ContentHash;
} {
  checkEntityType(entityKey, schema);
  return { rawHash: hashRaw(CANONICAL_NULL, schema.ref) };
}

export interface StoredPayload {
  readonly entityKey: EntityKey;
  readonly version: Version;
  /** Parsed from verified canonical bytes. */
  readonly payload: JsonObject;
  /** The schema that it came in under. */
  readonly schema: ContractRef;
}

/**
 * A stored payload as another reader's schema sees it: as it is where it came in under that very schema, else
 * normalised and validated again (design: a RuleSet sees every payload through its own schemaRef).
 *
 * @param schema a rule set's or a join's
 * @throws `slicing.payload_mismatch`
 */
export function payloadAsSeenBy(schema: CompiledSchema, stored: StoredPayload): JsonObject {
  if (stored.schema.id === schema.ref.id && stored.schema.version === schema.ref.version) return stored.payload;
  const normalised = normaliseAgain(schema, stored);
  const violations = schema.violations(normalised);
  if (violations.length > 0) throw payloadMismatch(schema, stored, formatViolations(violations), { violations });
  return normalised;
}

/** What a record says of its payload. */
export interface RecordedPayload {
  readonly entityKey: EntityKey;
  readonly version: Version;
  readonly schema: ContractRef;
  readonly rawHash: ContentHash;
}

/**
 * @param bytes as the store gave them back; the canonical text `null` for a deleted version
 * @throws `rawdata.corrupt` (InvariantViolation) unless they are the ones that were hashed when they came in
 */
export function verifyRawData(bytes: Uint8Array, { entityKey, version, schema, rawHash }: RecordedPayload): void {
  const found = hashRaw(bytes, schema);
  if (found === rawHash) return;
  throw invariantViolation(
    'rawdata.corrupt',
    `RawData ${entityKey} version ${version}: expected bytes of ${rawHash}, found ${bytes.length} of ${found}. ` +
      'The stored payload was changed or damaged outside slicewise: restore it from a backup.',
    { entityKey, version, schema: formatRef(schema), expected: rawHash, found },
  );
}

function checkEntityType(entityKey: EntityKey, schema: CompiledSchema): void {
  const found = entityTypeOf(entityKey);
  if (found === schema.entityType) return;
  const ref = formatRef(schema.ref);
  throw validationError(
    'rawdata.entity_type_mismatch',
    `${entityKey}: expected an entity of type ${schema.entityType}, which Schema ${ref} describes, found ${found}. ` +
      'Name the schema of the entity’s own type.',
    { entityKey, schema: ref, expected: schema.entityType, found },
  );
}

function normaliseAgain(schema: CompiledSchema, stored: StoredPayload): JsonObject {
  try {
    return schema.normalise(stored.payload);
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    throw payloadMismatch(schema, stored, error.message, error.details, error);
  }
}

function schemaMismatch(
  entityKey: EntityKey,
  schema: CompiledSchema,
  violations: readonly SchemaViolation[],
): SlicewiseError {
  const ref = formatRef(schema.ref);
  return validationError(
    'rawdata.schema_mismatch',
    `${entityKey}: expected a payload that fits Schema ${ref}, found ${formatViolations(violations)}. ` +
      'Mend the payload, or publish a version of the schema that allows it.',
    { entityKey, schema: ref, violations },
  );
}

function payloadMismatch(
  schema: CompiledSchema,
  { entityKey, version, schema: cameUnder }: StoredPayload,
  found: string,
  facts: ErrorDetails,
  cause?: SlicewiseError,
): SlicewiseError {
  return new SlicewiseError({
    category: 'ValidationError',
    code: 'slicing.payload_mismatch',
    message:
      `${entityKey} version ${version}: expected a payload that fits Schema ${formatRef(schema.ref)} although it came ` +
      `in under ${formatRef(cameUnder)}, found ${found}. Insert a version that fits, or slice under a rule set of its schema.`,
    details: { entityKey, version, schema: formatRef(schema.ref), cameUnder: formatRef(cameUnder), ...facts },
    cause,
  });
}

function formatViolations(violations: readonly SchemaViolation[]): string {
  return violations
    .map(({ pointer, expected, found }) => `at ${JSON.stringify(pointer)}: expected ${expected}, found ${found}`)
    .join('; ');
}

function asJsonObject(payload: Readonly<Record<string, unknown>>): JsonObject {
  // The normaliser leaves alone whatever turns out not to be JSON.
  return payload as JsonObject;
}
