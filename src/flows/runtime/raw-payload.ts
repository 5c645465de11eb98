import type { CanonicalMembers } from '../../domain/canonical/canonical-members.ts';
import type { JsonObject } from '../../domain/canonical/json-value.ts';
import { rawDataErased } from '../../domain/erasure.ts';
import { invariantViolation } from '../../domain/errors.ts';
import { verifyRawData } from '../../domain/ingest/raw-data-validator.ts';
import type { PayloadLocation, RawDataBody, RawDataRecord } from '../../domain/records.ts';
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

/** A payload that is to be stored. */
export interface NewPayload {
  /** Canonical; `null`: the version is deleted. */
  readonly bytes: Uint8Array | null;
  /** Of its location, where it needs one. */
  readonly generation: number;
}

/** Puts a large payload where large payloads live, before the record that points there. */
export function storeBody(
  context: RuntimeContext,
  record: Omit<RawDataRecord, 'body'>,
  { bytes, generation }: NewPayload,
): Promise<RawDataBody> | RawDataBody {
  if (bytes === null) return { kind: 'deleted' };
  if (bytes.length < EXTERNAL_PAYLOAD_BYTES_MIN) return { kind: 'inline', bytes };
  const { tenantId, entityKey, rawHash } = record;
  return storeExternal(context, { tenantId, entityKey, rawHash, generation }, bytes);
}

/** As many keys as the store answers in one round trip. */
const GENERATIONS_PER_READ = 100;

/** The first generation from this one on that nobody has begun to collect. */
export async function findFreeGeneration(
  { store }: RuntimeContext,
  { tenantId, entityKey, rawHash, generation }: PayloadLocation,
): Promise<number> {
  for (let from = generation; ; from += GENERATIONS_PER_READ) {
    const keys = Array.from(
      { length: GENERATIONS_PER_READ },
      (_, index) => ({ kind: 'collecting', tenantId, entityKey, rawHash, generation: from + index }) as const,
    );
    const found = await store.batchGet(keys);
    const free = found.indexOf(undefined);
    if (free >= 0) return from + free;
  }
}

async function storeExternal(
  context: RuntimeContext,
  location: PayloadLocation,
  bytes: Uint8Array,
): Promise<RawDataBody> {
  await context.payloads.put(location, bytes);
  return { kind: 'external', location, payloadBytes: bytes.length };
}

/**
 * @throws `rawdata.corrupt` where the bytes are not those that were hashed, `rawdata.payload_missing` where they are
 * gone, `rawdata.erased` where they were taken out on purpose
 */
export async function loadRawData(context: RuntimeContext, record: RawDataRecord): Promise<LoadedRawData> {
  if (record.body.kind === 'deleted') return { record, payload: null };
  if (record.body.kind === 'erased') throw rawDataErased(record);
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
