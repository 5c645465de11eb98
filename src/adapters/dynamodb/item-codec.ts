import type { ContentHash } from '../../domain/canonical/hash.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { Version } from '../../domain/identity.ts';
import type {
  ChangeSetRecord,
  ContractBindingRecord,
  ContractSnapshotRecord,
  EntityAddress,
  HeadRecord,
  HintRecord,
  IndexStateRecord,
  ManifestRecord,
  RawDataBody,
  RawDataRecord,
  RawDataSummary,
  SliceRecord,
  StatusRecord,
  StoredSliceSummary,
} from '../../domain/records.ts';
import type { KeyOf, RecordKey, RuleSetAddress, StoredRecord } from '../../ports/store.ts';
import { toCollecting, toErasure } from './collection-codec.ts';
import {
  bytesIn,
  flagIn,
  type Item,
  numberIn,
  ofBytes,
  ofFlag,
  ofNumber,
  ofText,
  optionalTextIn,
  textIn,
} from './item.ts';
import { readHintPlace, readSlicePlace } from './item-key.ts';
import { readRefText } from './ref-text.ts';

/**
 * Records to the attributes of their items, and back. What the key says is not said again; canonical bytes are one
 * binary attribute; small structures that nothing is asked of are JSON text.
 */

export function rawDataAttributes({ version, schema, rawHash, body, ingestedAt }: RawDataRecord): Item {
  return {
    version: ofNumber(version),
    schema: ofText(formatRef(schema)),
    rawHash: ofText(rawHash),
    ...bodyAttributes(body),
    ingestedAt: ofText(ingestedAt),
  };
}

/** Its content was taken out; said by an attribute, because summaries are read without contents. */
export const ERASED: Item = { erased: ofFlag(true) };

const isErased = (item: Item): boolean => item['erased'] !== undefined;

function bodyAttributes(body: RawDataBody): Item {
  switch (body.kind) {
    case 'inline':
      return { payload: ofBytes(body.bytes), payloadBytes: ofNumber(body.bytes.byteLength) };
    case 'external':
      return {
        payloadLocation: ofText(JSON.stringify(body.location)),
        payloadBytes: ofNumber(body.payloadBytes),
      };
    case 'deleted':
      return {};
    case 'erased':
      return { ...ERASED, payloadBytes: ofNumber(body.payloadBytes) };
  }
}

export function statusAttributes(status: StatusRecord): Item {
  return {
    version: ofNumber(status.version),
    rawHash: ofText(status.rawHash),
    schema: ofText(formatRef(status.schema)),
    isDeleted: ofFlag(status.isDeleted),
    counter: ofNumber(status.counter),
    pipelineState: ofText(status.state),
    owed: ofText(JSON.stringify(status.owed)),
    fannedOutTo: ofNumber(status.fannedOutTo),
    fills: ofNumber(status.fills),
    ...(status.lastDeployedAt !== null && { lastDeployedAt: ofText(status.lastDeployedAt) }),
    updatedAt: ofText(status.updatedAt),
  };
}

export function changeSetAttributes(record: ChangeSetRecord): Item {
  const { ops, changeType, changedPaths, changedKeys, impactedSlices } = record;
  return {
    changesetHash: ofText(record.changesetHash),
    ...(ops !== null && { ops: ofBytes(ops) }),
    meaning: ofText(JSON.stringify({ changeType, changedPaths, changedKeys, impactedSlices })),
    ...(record.isErased && ERASED),
    createdAt: ofText(record.createdAt),
  };
}

type ChangeSetMeaning = Pick<ChangeSetRecord, 'changeType' | 'changedPaths' | 'changedKeys' | 'impactedSlices'>;

export function sliceAttributes({ isTombstone, payload, gcEpoch, slicedAt }: SliceRecord): Item {
  return {
    tombstone: ofFlag(isTombstone),
    ...(payload === null ? ERASED : { payload: ofBytes(typeof payload === 'string' ? Buffer.from(payload) : payload) }),
    gcEpoch: ofNumber(gcEpoch),
    slicedAt: ofText(slicedAt),
  };
}

export function manifestAttributes({ version, revision, manifestHash, slices, pins, meta }: ManifestRecord): Item {
  return {
    version: ofNumber(version),
    revision: ofNumber(revision),
    manifestHash: ofText(manifestHash),
    content: ofText(JSON.stringify({ slices, pins, meta })),
  };
}

type ManifestContent = Pick<ManifestRecord, 'slices' | 'pins' | 'meta'>;

export function headAttributes({ manifest, gcEpoch }: HeadRecord): Item {
  return { ...manifestAttributes(manifest), gcEpoch: ofNumber(gcEpoch) };
}

export function hintAttributes({ version, revision, sliceHash, indexedAt }: HintRecord): Item {
  return {
    version: ofNumber(version),
    revision: ofNumber(revision),
    ...(sliceHash !== null && { sliceHash: ofText(sliceHash) }),
    indexedAt: ofText(indexedAt),
  };
}

export function snapshotAttributes({ document, recordedAt }: ContractSnapshotRecord): Item {
  return { document: ofBytes(document), recordedAt: ofText(recordedAt) };
}

export function bindingAttributes({ contentHash, isIndexedFromStart, recordedAt }: ContractBindingRecord): Item {
  return {
    contentHash: ofText(contentHash),
    isIndexedFromStart: ofFlag(isIndexedFromStart),
    recordedAt: ofText(recordedAt),
  };
}

export function indexStateAttributes(record: IndexStateRecord): Item {
  return {
    state: ofText(record.state),
    counter: ofNumber(record.counter),
    writerToken: ofText(record.writerToken),
    ...(record.rebuildCursor !== null && { rebuildCursor: ofText(record.rebuildCursor) }),
    changedAt: ofText(record.changedAt),
  };
}

/** The record that lies under a key. @throws DamagedItem, SyntaxError */
export function toRecord(key: RecordKey, item: Item): StoredRecord {
  switch (key.kind) {
    case 'raw-data':
      return toRawData(key, item);
    case 'status':
      return toStatus(key, item);
    case 'change-set':
      return toChangeSet(key, item);
    case 'slice':
      return toSlice(key, item);
    case 'manifest':
      return toManifest(key, item);
    case 'head':
      return toHead(key, item);
    case 'collecting':
      return toCollecting(key, item);
    case 'erasure':
      return toErasure(key, item);
    case 'contract-snapshot':
      return toSnapshot(key, item);
    case 'contract-binding':
      return toBinding(key, item);
    case 'index-state':
      return toIndexState(key, item);
  }
}

// What was written under a branded type is read back as one.
const versionIn = (item: Item): Version => numberIn(item, 'version') as Version;
const hashIn = (item: Item, name: string): ContentHash => textIn(item, name) as ContentHash;

function toRawData({ tenantId, entityKey, version }: KeyOf<'raw-data'>, item: Item): RawDataRecord {
  return {
    kind: 'raw-data',
    tenantId,
    entityKey,
    version,
    schema: readRefText(textIn(item, 'schema')),
    rawHash: hashIn(item, 'rawHash'),
    body: toBody(item),
    ingestedAt: textIn(item, 'ingestedAt'),
  };
}

function toBody(item: Item): RawDataBody {
  if (isErased(item)) return { kind: 'erased', payloadBytes: numberIn(item, 'payloadBytes') };
  if (item['payload'] !== undefined) return { kind: 'inline', bytes: bytesIn(item, 'payload') };
  const location = optionalTextIn(item, 'payloadLocation');
  if (location === undefined) return { kind: 'deleted' };
  return { kind: 'external', location: JSON.parse(location), payloadBytes: numberIn(item, 'payloadBytes') };
}

/** Attributes of a version without its payload. */
export const SUMMARY_ATTRIBUTES = ['sk', 'version', 'schema', 'rawHash', 'payloadBytes', 'erased', 'ingestedAt'];

export function toSummary({ tenantId, entityKey }: EntityAddress, item: Item): RawDataSummary {
  const isDeleted = item['payloadBytes'] === undefined;
  return {
    tenantId,
    entityKey,
    version: versionIn(item),
    schema: readRefText(textIn(item, 'schema')),
    rawHash: hashIn(item, 'rawHash'),
    isDeleted,
    isErased: isErased(item),
    payloadBytes: isDeleted ? 0 : numberIn(item, 'payloadBytes'),
    ingestedAt: textIn(item, 'ingestedAt'),
  };
}

function toStatus({ tenantId, entityKey }: EntityAddress, item: Item): StatusRecord {
  return {
    kind: 'status',
    tenantId,
    entityKey,
    version: versionIn(item),
    rawHash: hashIn(item, 'rawHash'),
    schema: readRefText(textIn(item, 'schema')),
    isDeleted: flagIn(item, 'isDeleted'),
    counter: numberIn(item, 'counter'),
    // One of the states, as it was written.
    state: textIn(item, 'pipelineState') as StatusRecord['state'],
    owed: JSON.parse(textIn(item, 'owed')),
    // As it was written: 0, or a version.
    fannedOutTo: numberIn(item, 'fannedOutTo') as Version | 0,
    fills: numberIn(item, 'fills'),
    lastDeployedAt: optionalTextIn(item, 'lastDeployedAt') ?? null,
    updatedAt: textIn(item, 'updatedAt'),
  };
}

export function toChangeSet(key: KeyOf<'change-set'>, item: Item): ChangeSetRecord {
  const { changeType, changedPaths, changedKeys, impactedSlices }: ChangeSetMeaning = JSON.parse(
    textIn(item, 'meaning'),
  );
  return {
    kind: 'change-set',
    tenantId: key.tenantId,
    entityKey: key.entityKey,
    fromVersion: key.fromVersion,
    toVersion: key.toVersion,
    ruleSet: refOf(key),
    changesetHash: hashIn(item, 'changesetHash'),
    ops: item['ops'] === undefined ? null : bytesIn(item, 'ops'),
    changeType,
    changedPaths,
    changedKeys,
    impactedSlices,
    isErased: isErased(item),
    createdAt: textIn(item, 'createdAt'),
  };
}

function toSlice(key: KeyOf<'slice'>, item: Item): SliceRecord {
  return {
    kind: 'slice',
    tenantId: key.tenantId,
    entityKey: key.entityKey,
    ruleSet: refOf(key),
    sliceType: key.sliceType,
    sliceHash: key.sliceHash,
    isTombstone: flagIn(item, 'tombstone'),
    payload: isErased(item) ? null : bytesIn(item, 'payload'),
    gcEpoch: numberIn(item, 'gcEpoch'),
    slicedAt: textIn(item, 'slicedAt'),
  };
}

/** Attributes of a slice without its payload. */
export const SLICE_SUMMARY_ATTRIBUTES = ['sk', 'tombstone', 'gcEpoch', 'erased', 'slicedAt'];

export function toSliceSummary({ tenantId, entityKey }: EntityAddress, item: Item): StoredSliceSummary {
  return {
    tenantId,
    entityKey,
    ...readSlicePlace(textIn(item, 'sk')),
    isTombstone: flagIn(item, 'tombstone'),
    isErased: isErased(item),
    gcEpoch: numberIn(item, 'gcEpoch'),
    slicedAt: textIn(item, 'slicedAt'),
  };
}

export function toManifest(address: RuleSetAddress, item: Item): ManifestRecord {
  const { slices, pins, meta }: ManifestContent = JSON.parse(textIn(item, 'content'));
  return {
    kind: 'manifest',
    tenantId: address.tenantId,
    entityKey: address.entityKey,
    ruleSet: refOf(address),
    version: versionIn(item),
    revision: numberIn(item, 'revision'),
    manifestHash: hashIn(item, 'manifestHash'),
    slices,
    pins,
    meta,
  };
}

export function toHead(address: RuleSetAddress, item: Item): HeadRecord {
  const manifest = toManifest(address, item);
  const { tenantId, entityKey, version, revision } = manifest;
  const gcEpoch = numberIn(item, 'gcEpoch');
  return { kind: 'head', tenantId, entityKey, ruleSet: refOf(address), version, revision, gcEpoch, manifest };
}

export function toHint(partition: Pick<HintRecord, 'tenantId' | 'indexKey' | 'shard'>, item: Item): HintRecord {
  const { entityKey, ruleSetText, sliceType } = readHintPlace(textIn(item, 'sk'));
  return {
    kind: 'hint',
    tenantId: partition.tenantId,
    indexKey: partition.indexKey,
    shard: partition.shard,
    entityKey,
    ruleSet: readRefText(ruleSetText),
    sliceType,
    version: versionIn(item),
    revision: numberIn(item, 'revision'),
    sliceHash: item['sliceHash'] === undefined ? null : hashIn(item, 'sliceHash'),
    indexedAt: textIn(item, 'indexedAt'),
  };
}

function toSnapshot({ contentHash }: KeyOf<'contract-snapshot'>, item: Item): ContractSnapshotRecord {
  const document = bytesIn(item, 'document');
  return { kind: 'contract-snapshot', contentHash, document, recordedAt: textIn(item, 'recordedAt') };
}

function toBinding({ contractKind, ref }: KeyOf<'contract-binding'>, item: Item): ContractBindingRecord {
  return {
    kind: 'contract-binding',
    contractKind,
    ref: { id: ref.id, version: ref.version },
    contentHash: hashIn(item, 'contentHash'),
    isIndexedFromStart: flagIn(item, 'isIndexedFromStart'),
    recordedAt: textIn(item, 'recordedAt'),
  };
}

function toIndexState({ tenantId, ruleSet }: KeyOf<'index-state'>, item: Item): IndexStateRecord {
  return {
    kind: 'index-state',
    tenantId,
    ruleSet: { id: ruleSet.id, version: ruleSet.version },
    // One of the states, as it was written.
    state: textIn(item, 'state') as IndexStateRecord['state'],
    counter: numberIn(item, 'counter'),
    writerToken: textIn(item, 'writerToken'),
    rebuildCursor: optionalTextIn(item, 'rebuildCursor') ?? null,
    changedAt: textIn(item, 'changedAt'),
  };
}

function refOf({ ruleSet }: Pick<RuleSetAddress, 'ruleSet'>) {
  return { id: ruleSet.id, version: ruleSet.version };
}
