import type { CanonicalMembers } from '../../domain/canonical/canonical-members.ts';
import type { JsonObject } from '../../domain/canonical/json-value.ts';
import { invariantViolation } from '../../domain/errors.ts';
import { verifyRawData } from '../../domain/ingest/raw-data-validator.ts';
import type { RawDataBody, RawDataRecord } from '../../domain/records.ts';
import type { RuntimeContext } from './context.ts';
import { parseStored } from './stored-json.ts';

/** Canonical bytes from which a payload lies outside its record. */
export const EXTERNAL_PAYLOAD_BYTES_MIN = 100_000;

/** A version as it is stored, with its payload; `null`: deleted. */
export interface LoadedRawData {
  readonly record: RawDataRecord;
  readonly payload: JsonObject | null;
  /** Where the payload's members lie in its canonical bytes, if it was just written. */
  readonly members?: CanonicalMembers | undefined;
}

/** Puts a large payload where large payloads live, before the record that points there. */
export function storeBody(
  context: RuntimeContext,
  record: Omit<RawDataRecord, 'body'>,
  bytes: Uint8Array | null,
): Promise<RawDataBody> | RawDataBody {
  if (bytes === null) return { kind: 'deleted' };
  return bytes.length < EXTERNAL_PAYLOAD_BYTES_MIN ? { kind: 'inline', bytes } : storeExternal(context, record, bytes);
}

async function storeExternal(
  context: RuntimeContext,
  record: Omit<RawDataRecord, 'body'>,
  bytes: Uint8Array,
): Promise<RawDataBody> {
  const { tenantId, entityKey, rawHash } = record;
  const location = { tenantId, entityKey, rawHash, generation: 0 };
  await context.payloads.put(location, bytes);
  return { kind: 'external', location, payloadBytes: bytes.length };
}

/** @throws `rawdata.corrupt` where the bytes are not those that were hashed, `rawdata.payload_missing` where they are gone */
export async function loadRawData(context: RuntimeContext, record: RawDataRecord): Promise<LoadedRawData> {
  if (record.body.kind === 'deleted') return { record, payload: null };
  const bytes = record.body.kind === 'inline' ? record.body.bytes : await loadExternal(context, record, record.body);
  verifyRawData(bytes, record);
  return { record, payload: parseStored(bytes) };
}

async function loadExternal(
  context: RuntimeContext,
  record: RawDataRecord,
  body: Extract<RawDataBody, { kind: 'external' }>,
): Promise<Uint8Array> {
  const bytes = await context.payloads.get(body.location);
  if (bytes !== undefined) return bytes;
  throw invariantViolation(
    'rawdata.payload_missing',
    `${record.entityKey} version ${record.version}: expected its ${body.payloadBytes} bytes in ${context.payloads.name}, ` +
      'found nothing there. Open the store with the payload store that it was written with, or restore it.',
    { entityKey: record.entityKey, version: record.version, rawHash: record.rawHash },
  );
}
