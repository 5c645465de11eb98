import type { RawDataRecord, RawDataSummary, SliceRecord, StoredSliceSummary } from '../../domain/records.ts';

/** Records without their payloads: what listings show. */

export function summarise(record: RawDataRecord): RawDataSummary {
  const { tenantId, entityKey, version, schema, rawHash, body, ingestedAt } = record;
  return {
    tenantId,
    entityKey,
    version,
    schema,
    rawHash,
    isDeleted: body.kind === 'deleted',
    isErased: body.kind === 'erased',
    payloadBytes: payloadBytesOf(body),
    ingestedAt,
  };
}

export function summariseSlice({ kind, payload, ...summary }: SliceRecord): StoredSliceSummary {
  return { ...summary, isErased: payload === null };
}

function payloadBytesOf(body: RawDataRecord['body']): number {
  switch (body.kind) {
    case 'inline':
      return body.bytes.byteLength;
    case 'external':
    case 'erased':
      return body.payloadBytes;
    case 'deleted':
      return 0;
  }
}
