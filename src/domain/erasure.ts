import { type ContractRefText, formatRef } from './contracts/contract-ref.ts';
import { missing, type SlicewiseError } from './errors.ts';
import type {
  ChangeSetRecord,
  ErasableRecord,
  HeadRecord,
  ManifestMeta,
  ManifestRecord,
  OwedMark,
  RawDataRecord,
  RawDataSummary,
  SliceRecord,
  StatusRecord,
  StoredSliceSummary,
} from './records.ts';

/**
 * What each record is once personal data has been taken out of it (design: erasure): the keys, hashes and times stay,
 * so that what was committed can still be told; the contents, and the paths that may name somebody, are gone.
 */

export function erasedRawData({ isDeleted, isErased, payloadBytes, ...summary }: RawDataSummary): ErasableRecord {
  const body = isDeleted ? ({ kind: 'deleted' } as const) : ({ kind: 'erased', payloadBytes } as const);
  return { kind: 'raw-data', ...summary, body };
}

export function erasedChangeSet(record: ChangeSetRecord): ChangeSetRecord {
  return { ...record, ops: null, changedPaths: [], changedKeys: [], isErased: true };
}

/** @param gcEpoch the head's; only an attempt that reads a higher one may give the slice its content again */
export function erasedSlice({ isErased, ...summary }: StoredSliceSummary, gcEpoch: number): ErasableRecord {
  return { kind: 'slice', ...summary, payload: null, gcEpoch };
}

export function erasedManifest(record: ManifestRecord): ManifestRecord {
  return { ...record, meta: { ...record.meta, rebuilt: withoutPaths(record.meta.rebuilt) } };
}

/** The manifest of an entity that had joined what was erased; its own paths are nobody else's. */
export function manifestWithErasedSlices(record: ManifestRecord): ManifestRecord {
  return { ...record, meta: { ...record.meta, hasErasedSlices: true } };
}

/** The status of an entity of which something is taken away that was never committed: what has put it commits no more. */
export function statusWhenFenced(status: StatusRecord, at: string): StatusRecord {
  return { ...status, fills: status.fills + 1, counter: status.counter + 1, updatedAt: at };
}

/** What a refusal said of the content goes; that there was one stays. `null` where none says anything. */
export function statusWithoutContent(status: StatusRecord, at: string): StatusRecord | null {
  const owed = Object.entries(status.owed).map(([ref, mark]) => [ref, markWithoutContent(mark)] as const);
  if (owed.every(([ref, mark]) => status.owed[ref as ContractRefText] === mark)) return null;
  return { ...status, owed: Object.fromEntries(owed), counter: status.counter + 1, updatedAt: at };
}

const ERASED_MESSAGE = 'What was refused was erased, and so is the reason.';

function markWithoutContent(mark: OwedMark): OwedMark {
  if (mark.state !== 'FAILED' || mark.lastError.message === ERASED_MESSAGE) return mark;
  return { ...mark, lastError: { ...mark.lastError, message: ERASED_MESSAGE, details: {} } };
}

export function erasedHead(record: HeadRecord): HeadRecord {
  return { ...record, manifest: erasedManifest(record.manifest) };
}

const ERASED_ON_PURPOSE =
  'It was taken out on purpose by `slicewise admin erase`, and cannot be had back; its hash stays.';

export function rawDataErased({ entityKey, version, rawHash }: Omit<RawDataRecord, 'body'>): SlicewiseError {
  return missing(
    'rawdata.erased',
    `${entityKey} version ${version}: expected its content, found it erased. ${ERASED_ON_PURPOSE} ` +
      'What came after the erasure can be read: name a later version.',
    { entityKey, version, rawHash },
  );
}

export function sliceErased(slice: Omit<SliceRecord, 'payload'>): SlicewiseError {
  const { entityKey, ruleSet, sliceType, sliceHash } = slice;
  return missing(
    'slice.erased',
    `${entityKey}, rule set ${formatRef(ruleSet)}: expected the content of the slice ${sliceType} of ${sliceHash}, ` +
      `found it erased. ${ERASED_ON_PURPOSE} Read a version or revision that was committed after the erasure.`,
    { entityKey, ruleSetRef: formatRef(ruleSet), sliceType, sliceHash },
  );
}

export function changeSetErased(record: ChangeSetRecord): SlicewiseError {
  const { entityKey, fromVersion, toVersion, changesetHash } = record;
  return missing(
    'changeset.erased',
    `${entityKey} ${fromVersion} → ${toVersion}: expected the ChangeSet's content, found it erased. ${ERASED_ON_PURPOSE} ` +
      'Ask for versions that came after the erasure.',
    { entityKey, fromVersion, toVersion, changesetHash },
  );
}

function withoutPaths(rebuilt: ManifestMeta['rebuilt']): ManifestMeta['rebuilt'] {
  const reasons = Object.entries(rebuilt).map(([sliceType, reason]) => [
    sliceType,
    reason.reason === 'change' ? { ...reason, paths: [] } : reason,
  ]);
  return Object.fromEntries(reasons);
}
