/** Records for the store suites, so that a test shows only what matters to it. */
import { type ContentHash, hashCanonicalBytes } from '../../src/domain/canonical/hash.ts';
import type { ContractRef } from '../../src/domain/contracts/contract-ref.ts';
import { parseEntityKey, parseTenantId, parseVersion } from '../../src/domain/identity.ts';
import type {
  ChangeSetRecord,
  CollectingRecord,
  ContractBindingRecord,
  ContractSnapshotRecord,
  ErasureRecord,
  HeadRecord,
  HeadState,
  HintRecord,
  IndexStateRecord,
  ManifestRecord,
  PayloadLocation,
  PipelineState,
  RawDataBody,
  RawDataRecord,
  SliceRecord,
  StatusRecord,
} from '../../src/domain/records.ts';
import type { CommitChange, InsertChange } from '../../src/ports/store.ts';

export const RULE_SET: ContractRef = { id: 'product-core', version: '1.3.0' };
export const SCHEMA: ContractRef = { id: 'product', version: '2.1.0' };
const AT = '2026-01-02T03:04:05.678Z';

/** Whose record it is; `tenant-a` and `product#P1` where a test does not care. */
export interface Owner {
  readonly tenant?: string;
  readonly entity?: string;
}

export function addressOf({ tenant = 'tenant-a', entity = 'product#P1' }: Owner = {}) {
  return { tenantId: parseTenantId(tenant), entityKey: parseEntityKey(entity) };
}

/** Some content hash, the same for the same text. */
export function someHash(text: string): ContentHash {
  return hashCanonicalBytes(Buffer.from(text));
}

export function someBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

interface RawDataParts extends Owner {
  readonly version?: number;
  readonly body?: RawDataBody | undefined;
  readonly content?: string;
}

export function rawDataOf({ version = 1, content = 'payload', body, ...owner }: RawDataParts = {}): RawDataRecord {
  return {
    kind: 'raw-data',
    ...addressOf(owner),
    version: parseVersion(version),
    schema: SCHEMA,
    rawHash: someHash(content),
    body: body ?? { kind: 'inline', bytes: someBytes(content) },
    ingestedAt: AT,
  };
}

export interface LocationParts extends Owner {
  readonly content?: string;
  readonly generation?: number;
}

/** The location of a payload; the same content as `rawDataOf`'s where a test does not care. */
export function locationOf({ content = 'payload', generation = 0, ...owner }: LocationParts = {}): PayloadLocation {
  return { ...addressOf(owner), rawHash: someHash(content), generation };
}

export function externalBodyOf(parts: LocationParts = {}) {
  return { kind: 'external', location: locationOf(parts), payloadBytes: 100_000 } as const;
}

export function collectingOf(parts: LocationParts = {}): CollectingRecord {
  return { kind: 'collecting', ...locationOf(parts), startedAt: AT };
}

interface ErasureParts extends Owner {
  readonly number?: number;
  readonly reason?: string;
}

export function erasureOf({ number = 1, reason = 'asked for', ...owner }: ErasureParts = {}): ErasureRecord {
  return {
    kind: 'erasure',
    ...addressOf(owner),
    number,
    erasureHash: someHash(`${number} ${reason}`),
    by: 'admin',
    reason,
    orderedAt: AT,
    completed: null,
  };
}

/** The same once all is done. */
export function completedOf(erasure: ErasureRecord, versions = 2): ErasureRecord {
  const counts = { versions, payloads: 1, changeSets: 2, slices: 3, hints: 4, parents: 5 };
  return { ...erasure, completed: { version: parseVersion(versions), counts, at: AT } };
}

interface StatusParts extends Owner {
  readonly version?: number;
  readonly counter?: number;
  readonly state?: PipelineState;
  readonly owed?: StatusRecord['owed'];
  /** Where it is not given: all of it for an ACTIVE entity, as its state demands, else nothing. */
  readonly fannedOutTo?: number;
  readonly fills?: number;
}

export function statusOf(parts: StatusParts = {}): StatusRecord {
  const { version = 1, counter = 1, state = 'IDLE', owed = { 'product-core@1.3.0': { state: 'IDLE' } } } = parts;
  const { fannedOutTo = state === 'ACTIVE' ? version : 0, fills = 0 } = parts;
  return {
    kind: 'status',
    ...addressOf(parts),
    version: parseVersion(version),
    rawHash: someHash('payload'),
    schema: SCHEMA,
    isDeleted: false,
    counter,
    state,
    owed,
    fannedOutTo: fannedOutTo === 0 ? 0 : parseVersion(fannedOutTo),
    fills,
    lastDeployedAt: state === 'ACTIVE' ? AT : null,
    updatedAt: AT,
  };
}

/** The insert of an entity's version n, whose status is then at counter n. */
export function insertOf({
  version = 1,
  ...parts
}: RawDataParts & { readonly state?: PipelineState } = {}): InsertChange {
  return {
    rawData: rawDataOf({ ...parts, version }),
    status: statusOf({ ...parts, version, counter: version }),
    expectedCounter: version === 1 ? null : version - 1,
  };
}

interface ChangeSetParts extends Owner {
  readonly from?: number;
  readonly to?: number;
  readonly content?: string;
  readonly ops?: Uint8Array | null;
  readonly ruleSet?: ContractRef;
}

export function changeSetOf(parts: ChangeSetParts = {}): ChangeSetRecord {
  const { from = 0, to = 1, content = '[]', ops = someBytes(content), ruleSet = RULE_SET } = parts;
  return {
    kind: 'change-set',
    ...addressOf(parts),
    fromVersion: from === 0 ? 0 : parseVersion(from),
    toVersion: parseVersion(to),
    ruleSet,
    changesetHash: someHash(content),
    ops,
    changeType: 'updated',
    changedPaths: ['/a~1b', '/é'],
    changedKeys: ['a/b', 'é'],
    impactedSlices: ['PRODUCT_CORE'],
    isErased: false,
    createdAt: AT,
  };
}

interface SliceParts extends Owner {
  readonly type?: string;
  readonly content?: string;
  readonly gcEpoch?: number;
  readonly ruleSet?: ContractRef;
}

export function sliceOf(parts: SliceParts = {}): SliceRecord {
  const { type = 'PRODUCT_CORE', content = '{"title":"a"}', gcEpoch = 0, ruleSet = RULE_SET } = parts;
  return {
    kind: 'slice',
    ...addressOf(parts),
    ruleSet,
    sliceType: type,
    sliceHash: someHash(content),
    isTombstone: content === 'null',
    payload: someBytes(content),
    gcEpoch,
    slicedAt: AT,
  };
}

interface ManifestParts extends Owner {
  readonly version?: number;
  readonly revision?: number;
  readonly content?: string;
  readonly ruleSet?: ContractRef;
}

export function manifestOf(parts: ManifestParts = {}): ManifestRecord {
  const { version = 1, revision = 0, content = 'a', ruleSet = RULE_SET } = parts;
  return {
    kind: 'manifest',
    ...addressOf(parts),
    ruleSet,
    version: parseVersion(version),
    revision,
    manifestHash: someHash(`${content}.${version}.${revision}`),
    slices: { PRODUCT_CORE: someHash(content), PRODUCT_PRICE: someHash('null') },
    pins: {
      brand: {
        entityKey: parseEntityKey('brand#B1'),
        version: parseVersion(3),
        hash: someHash('b'),
        projectionHash: someHash('p'),
      },
      category: { entityKey: null, version: null, hash: null, projectionHash: someHash('null') },
    },
    meta: {
      mode: 'INCREMENTAL',
      rawHash: someHash('payload'),
      slicingId: someHash('slicing'),
      changesetHash: null,
      rebuilt: { PRODUCT_CORE: { reason: 'change', paths: ['/title'] } },
      contracts: { 'RuleSet product-core@1.3.0': someHash('contract') },
      slicedAt: AT,
    },
  };
}

export function headOf(manifest: ManifestRecord, gcEpoch = 0): HeadRecord {
  const { tenantId, entityKey, ruleSet, version, revision } = manifest;
  return { kind: 'head', tenantId, entityKey, ruleSet, version, revision, gcEpoch, manifest };
}

/** A commit that moves the head from `expected` to the manifest. */
export function advanceTo(manifest: ManifestRecord, expected: HeadState | null, gcEpoch = 0): CommitChange {
  return { manifest, head: { move: 'advance', expected, next: headOf(manifest, gcEpoch) } };
}

/** A commit below the head. */
export function fillBelow(manifest: ManifestRecord, expectedGcEpoch = 0): CommitChange {
  return { manifest, head: { move: 'stay', expectedGcEpoch } };
}

/** The same commit with the entity's status, which it takes from a counter to the next. */
export function withStatus(change: CommitChange, expectedCounter: number, parts: StatusParts = {}): CommitChange {
  const next = statusOf({ state: 'READY', owed: {}, fills: 1, ...parts, counter: expectedCounter + 1 });
  return { ...change, status: { next, expectedCounter } };
}

export function headState(version: number, revision = 0, gcEpoch = 0): HeadState {
  return { version: parseVersion(version), revision, gcEpoch };
}

interface HintParts extends Owner {
  readonly indexKey?: string;
  readonly shard?: number;
  readonly ruleSet?: ContractRef;
  readonly type?: string;
  readonly version?: number;
  readonly revision?: number;
  readonly content?: string | null;
}

export function hintOf(parts: HintParts = {}): HintRecord {
  const { indexKey = 'IDX#brand#B1#product', shard = 0, ruleSet = RULE_SET, type = 'PRODUCT_CORE' } = parts;
  const { version = 1, revision = 0, content = 'a' } = parts;
  return {
    kind: 'hint',
    ...addressOf(parts),
    indexKey,
    shard,
    ruleSet,
    sliceType: type,
    version: parseVersion(version),
    revision,
    sliceHash: content === null ? null : someHash(content),
    indexedAt: AT,
  };
}

export function snapshotOf(content = '{}'): ContractSnapshotRecord {
  return { kind: 'contract-snapshot', contentHash: someHash(content), document: someBytes(content), recordedAt: AT };
}

export function bindingOf(content = '{}', ref: ContractRef = RULE_SET): ContractBindingRecord {
  return {
    kind: 'contract-binding',
    contractKind: 'RuleSet',
    ref,
    contentHash: someHash(content),
    isIndexedFromStart: true,
    recordedAt: AT,
  };
}

interface IndexStateParts {
  readonly tenant?: string;
  readonly ruleSet?: ContractRef;
  readonly counter?: number;
  readonly state?: IndexStateRecord['state'];
  readonly writer?: string;
  readonly rebuildCursor?: string | null;
}

export function indexStateOf({
  tenant = 'tenant-a',
  ruleSet = RULE_SET,
  counter = 1,
  state = 'INCOMPLETE',
  writer = 'writer',
  rebuildCursor = null,
}: IndexStateParts = {}): IndexStateRecord {
  return {
    kind: 'index-state',
    tenantId: parseTenantId(tenant),
    ruleSet,
    state,
    counter,
    writerToken: writer,
    rebuildCursor,
    changedAt: AT,
  };
}
