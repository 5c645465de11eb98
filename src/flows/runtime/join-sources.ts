import type { JoinRule } from '../../domain/contracts/compiled-contracts.ts';
import { type ContractRef, formatRef } from '../../domain/contracts/contract-ref.ts';
import { invariantViolation, isRefusal } from '../../domain/errors.ts';
import type { EntityKey, TenantId, Version } from '../../domain/identity.ts';
import { payloadAsSeenBy } from '../../domain/ingest/raw-data-validator.ts';
import type {
  HeadRecord,
  ManifestRecord,
  Pin,
  Pins,
  RawDataRecord,
  SliceRecord,
  StatusRecord,
} from '../../domain/records.ts';
import type { JoinedSource, JoinKey } from '../../domain/slice/light-join.ts';
import type { RecordKey, RecordsOf } from '../../ports/store.ts';
import type { RuntimeContext } from './context.ts';
import { loadRawData } from './raw-payload.ts';
import { newestManifestOf } from './read-manifest.ts';
import { parseSlice } from './stored-slice.ts';

/** The parent whose joins are resolved: its tenant, and the version that SAME_VERSION speaks of. */
export interface JoiningParent {
  readonly tenantId: TenantId;
  readonly version: Version;
}

const ABSENT: JoinedSource = { state: 'absent' };

/** What lies under each join key now, as its version rule resolves it; each source is looked up once per slicing. */
export async function loadJoinSources(
  context: RuntimeContext,
  parent: JoiningParent,
  keys: readonly JoinKey[],
): Promise<readonly JoinedSource[]> {
  const newest = new NewestStates(context, parent.tenantId);
  return Promise.all(
    keys.map(async ({ join, entityKey }) => {
      if (entityKey === null) return ABSENT;
      const address = { tenantId: parent.tenantId, entityKey };
      await context.awaitEarlier(address);
      return join.source.kind === 'RAW'
        ? loadRawSource(context, join, address, parent.version, newest)
        : loadSliceSource(context, join, address, parent.version, newest);
    }),
  );
}

/**
 * What the pins of a committed slicing name, for computing it again (L4).
 * @throws `join.pinned_source_changed` where it is not what was pinned
 */
export async function loadPinnedSources(
  context: RuntimeContext,
  tenantId: TenantId,
  keys: readonly JoinKey[],
  pins: Pins,
): Promise<readonly JoinedSource[]> {
  return Promise.all(keys.map(({ join }) => loadPinnedSource(context, tenantId, join, pins[join.name])));
}

/** A join, and the source that an entity names under it. */
export interface NamedSource extends SourceAddress {
  readonly join: JoinRule;
}

/** Some versions of a source, in their order; `undefined` where there is none. */
export async function loadSourceVersions(
  context: RuntimeContext,
  { join, tenantId, entityKey }: NamedSource,
  versions: readonly Version[],
): Promise<readonly (JoinedSource | 'unreadable' | undefined)[]> {
  const address = { tenantId, entityKey };
  if (join.source.kind === 'RAW') {
    const records = await context.store.batchGet(
      versions.map((version) => ({ kind: 'raw-data', ...address, version }) as const),
    );
    return Promise.all(records.map((record) => record && orUnreadable(() => presentRawSource(context, join, record))));
  }
  return Promise.all(versions.map((version) => orUnreadable(() => readSliceSource(context, join, address, version))));
}

/** What a parent could not be built from, and so nothing that it is built from equals. */
async function orUnreadable(load: () => Promise<JoinedSource>): Promise<JoinedSource | 'unreadable' | undefined> {
  try {
    const source = await load();
    return source.state === 'absent' ? undefined : source;
  } catch (error) {
    if (isRefusal(error)) return 'unreadable';
    throw error;
  }
}

interface SourceAddress {
  readonly tenantId: TenantId;
  readonly entityKey: EntityKey;
}

/** What LATEST joins go by; each is read once per slicing, so that two joins on one source see the same. */
class NewestStates {
  readonly #context: RuntimeContext;
  readonly #tenantId: TenantId;
  readonly #statuses = new Map<EntityKey, Promise<StatusRecord | undefined>>();
  readonly #heads = new Map<string, Promise<HeadRecord | undefined>>();

  constructor(context: RuntimeContext, tenantId: TenantId) {
    this.#context = context;
    this.#tenantId = tenantId;
  }

  status(entityKey: EntityKey): Promise<StatusRecord | undefined> {
    const known = this.#statuses.get(entityKey) ?? this.#get({ kind: 'status', tenantId: this.#tenantId, entityKey });
    this.#statuses.set(entityKey, known);
    return known;
  }

  head(entityKey: EntityKey, ruleSet: ContractRef): Promise<HeadRecord | undefined> {
    const key = `${entityKey}\n${formatRef(ruleSet)}`;
    const known = this.#heads.get(key) ?? this.#get({ kind: 'head', tenantId: this.#tenantId, entityKey, ruleSet });
    this.#heads.set(key, known);
    return known;
  }

  async #get<const Key extends RecordKey>(key: Key): Promise<RecordsOf<readonly [Key]>[0]> {
    const [record] = await this.#context.store.batchGet([key]);
    return record;
  }
}

async function loadRawSource(
  context: RuntimeContext,
  join: JoinRule,
  address: SourceAddress,
  parentVersion: Version,
  newest: NewestStates,
): Promise<JoinedSource> {
  if (join.source.kind !== 'RAW' || join.versionRule.rule !== 'LATEST') {
    return readRawSource(context, join, address, requestedVersionOf(join, parentVersion));
  }
  const status = await newest.status(address.entityKey);
  if (status === undefined) return ABSENT;
  const { version, rawHash: hash, isDeleted } = status;
  if (isDeleted) return { state: 'empty', version, hash };
  const payload = context.cache.joinSource({
    ...address,
    contentHash: hash,
    contractHash: join.source.schema.contentHash,
  });
  if (payload !== undefined) return { state: 'present', version, hash, payload };
  return readRawSource(context, join, address, version);
}

async function readRawSource(
  context: RuntimeContext,
  join: JoinRule,
  address: SourceAddress,
  version: Version,
): Promise<JoinedSource> {
  const [record] = await context.store.batchGet([{ kind: 'raw-data', ...address, version }]);
  return record === undefined ? ABSENT : presentRawSource(context, join, record);
}

async function presentRawSource(context: RuntimeContext, join: JoinRule, record: RawDataRecord): Promise<JoinedSource> {
  const { version, rawHash: hash, tenantId, entityKey, body } = record;
  const { payload: stored } = await loadRawData(context, record);
  if (stored === null || body.kind === 'deleted' || join.source.kind !== 'RAW')
    return { state: 'empty', version, hash };
  const payload = payloadAsSeenBy(join.source.schema, { ...record, payload: stored });
  const payloadBytes = body.kind === 'inline' ? body.bytes.length : body.payloadBytes;
  const cacheKey = { tenantId, entityKey, contentHash: hash, contractHash: join.source.schema.contentHash };
  context.cache.rememberJoinSource(cacheKey, payload, payloadBytes);
  return { state: 'present', version, hash, payload };
}

async function loadSliceSource(
  context: RuntimeContext,
  join: JoinRule,
  address: SourceAddress,
  parentVersion: Version,
  newest: NewestStates,
): Promise<JoinedSource> {
  if (join.source.kind !== 'SLICE') return ABSENT;
  if (join.versionRule.rule !== 'LATEST')
    return readSliceSource(context, join, address, requestedVersionOf(join, parentVersion));
  const head = await newest.head(address.entityKey, join.source.ruleSet.ref);
  return presentSliceSource(context, join, head?.manifest);
}

async function readSliceSource(
  context: RuntimeContext,
  join: JoinRule,
  address: SourceAddress,
  version: Version,
): Promise<JoinedSource> {
  if (join.source.kind !== 'SLICE') return ABSENT;
  const manifest = await newestManifestOf(context, { ...address, ruleSet: join.source.ruleSet.ref }, version);
  return presentSliceSource(context, join, manifest);
}

async function presentSliceSource(
  context: RuntimeContext,
  join: JoinRule,
  manifest: ManifestRecord | undefined,
): Promise<JoinedSource> {
  if (join.source.kind !== 'SLICE') return ABSENT;
  const { sliceType } = join.source;
  const sliceHash = manifest?.slices[sliceType];
  if (manifest === undefined || sliceHash === undefined) return ABSENT;
  const { tenantId, entityKey, ruleSet, version } = manifest;
  const [slice] = await context.store.batchGet([{ kind: 'slice', tenantId, entityKey, ruleSet, sliceType, sliceHash }]);
  if (slice === undefined) throw pinnedSourceChanged(join, entityKey, `slice ${sliceHash}`, 'no such slice');
  return sliceSourceOf(slice, version);
}

function sliceSourceOf(slice: SliceRecord, version: Version): JoinedSource {
  const payload = parseSlice(slice);
  const hash = slice.sliceHash;
  return payload === null ? { state: 'empty', version, hash } : { state: 'present', version, hash, payload };
}

function requestedVersionOf({ versionRule }: JoinRule, parentVersion: Version): Version {
  // A pinned version was checked when its contract was loaded.
  return versionRule.rule === 'PINNED' ? (versionRule.version as Version) : parentVersion;
}

async function loadPinnedSource(
  context: RuntimeContext,
  tenantId: TenantId,
  join: JoinRule,
  pin: Pin | undefined,
): Promise<JoinedSource> {
  if (!pin || pin.entityKey === null || pin.version === null || pin.hash === null) return ABSENT;
  const address = { tenantId, entityKey: pin.entityKey };
  if (join.source.kind === 'RAW') {
    const [record] = await context.store.batchGet([{ kind: 'raw-data', ...address, version: pin.version }]);
    if (record?.rawHash === pin.hash) return presentRawSource(context, join, record);
    throw pinnedSourceChanged(
      join,
      pin.entityKey,
      `${pin.hash} at version ${pin.version}`,
      record?.rawHash ?? 'nothing',
    );
  }
  const { ruleSet, sliceType } = join.source;
  const key = { kind: 'slice', ...address, ruleSet: ruleSet.ref, sliceType, sliceHash: pin.hash } as const;
  const [slice] = await context.store.batchGet([key]);
  if (slice !== undefined) return sliceSourceOf(slice, pin.version);
  throw pinnedSourceChanged(join, pin.entityKey, `slice ${pin.hash}`, 'no such slice');
}

function pinnedSourceChanged(join: JoinRule, source: EntityKey, expected: string, found: string) {
  return invariantViolation(
    'join.pinned_source_changed',
    `join ${join.name}, source ${source}: expected ${expected}, as a commit recorded it, found ${found}. ` +
      'The stored data was altered; do not retry, investigate.',
    { join: join.name, source },
  );
}
