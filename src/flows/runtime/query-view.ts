import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { CompiledRuleSet, CompiledView } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { decisionTraceIdOf } from '../../domain/decision-trace.ts';
import { contractError, hasCode, missing, validationError } from '../../domain/errors.ts';
import { parseEntityKey, parseRevision, parseTenantId, parseVersion, type Version } from '../../domain/identity.ts';
import type { EntityAddress, HeadRecord, ManifestRecord, SliceHashes, StatusRecord } from '../../domain/records.ts';
import { type JoinedView, joinView, type ViewSlices } from '../../domain/view/view-joiner.ts';
import type { BehindReport, ViewMeta, ViewResult } from '../../domain/view/view-result.ts';
import type { RuleSetAddress } from '../../ports/store.ts';
import { assertEntityType } from './assert-entity-type.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { exactManifest, manifestMissing, newestManifestOf } from './read-manifest.ts';
import type { QueryViewInput } from './runtime.ts';
import { loadSlices } from './stored-slice.ts';

/** Which version to read: one by number, or the rule set head's, which has to be written. */
export interface VersionChoice {
  readonly version: Version | 'active';
  readonly revision: number | undefined;
}

/** The manifest that a choice means, and how far it lies behind the newest version. */
export interface ChosenManifest {
  readonly manifest: ManifestRecord;
  readonly behind: BehindReport | null;
}

/** Reads a view: head or manifest, then its slices in one batch (rfc-v4-001 §12). */
export async function queryView<Data>(
  context: RuntimeContext,
  input: QueryViewInput,
  signal?: AbortSignal,
): Promise<ViewResult<Data>> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const choice = parseVersionChoice(input);
  const view = await context.contracts.view(parseRef(input.viewRef, 'viewRef'));
  assertEntityType(view.ruleSet, address.entityKey);
  const chosen = await chooseManifest(context, { ...address, ruleSet: view.ruleSet }, choice);
  ensureNotAborted(signal);
  const sliceTypes = [...view.requiredSlices, ...view.optionalSlices];
  const slices = await loadSlices(context, chosen.manifest, sliceTypes);
  const joined = await joinOrExplain(context, view, chosen.manifest, slices);
  return resultOf<Data>(joined, metaOf(context, view, chosen, sliceTypes));
}

export function parseVersionChoice(input: { version: number | 'active'; revision?: number }): VersionChoice {
  const revision = input.revision === undefined ? undefined : parseRevision(input.revision);
  if (input.version !== 'active') return { version: parseVersion(input.version), revision };
  if (revision === undefined) return { version: 'active', revision };
  throw validationError(
    'revision.invalid',
    `revision: expected none beside version 'active', found ${revision}. Name the version that it belongs to.`,
  );
}

/**
 * @throws `manifest.missing` where the version was never sliced
 * @throws `contract.content_changed` where it was sliced under other content of the rule set's version
 */
export async function chooseManifest(
  context: RuntimeContext,
  { tenantId, entityKey, ruleSet }: EntityAddress & { readonly ruleSet: CompiledRuleSet },
  choice: VersionChoice,
): Promise<ChosenManifest> {
  const chosen = await findManifest(context, { tenantId, entityKey, ruleSet: ruleSet.ref }, choice);
  assertSameContent(ruleSet, chosen.manifest);
  return chosen;
}

function assertSameContent(ruleSet: CompiledRuleSet, { entityKey, version, meta }: ManifestRecord): void {
  const ref = formatRef(ruleSet.ref);
  const recorded = meta.contracts[`RuleSet ${ref}`];
  if (recorded === ruleSet.contentHash) return;
  throw contractError(
    'contract.content_changed',
    `RuleSet ${ref}: expected the content that ${entityKey} version ${version} was sliced under (${recorded}), ` +
      `found other content (${ruleSet.contentHash}). A published version never changes but in its status: ` +
      'publish it under a new version.',
    { kind: 'RuleSet', ref, recordedHash: recorded, foundHash: ruleSet.contentHash },
  );
}

function findManifest(
  context: RuntimeContext,
  address: RuleSetAddress,
  { version, revision }: VersionChoice,
): Promise<ChosenManifest> {
  return version === 'active' ? chooseActive(context, address) : chooseNumbered(context, address, version, revision);
}

async function chooseNumbered(
  context: RuntimeContext,
  address: RuleSetAddress,
  version: Version,
  revision: number | undefined,
): Promise<ChosenManifest> {
  const manifest =
    revision === undefined
      ? await newestManifestOf(context, address, version)
      : await exactManifest(context, address, version, revision);
  if (manifest === undefined)
    throw manifestMissing(address, { version, revision, ...(await whyNotSliced(context, address, version)) });
  return { manifest, behind: null };
}

async function chooseActive(context: RuntimeContext, address: RuleSetAddress): Promise<ChosenManifest> {
  const { tenantId, entityKey } = address;
  const [head, status] = await context.store.batchGet([
    { kind: 'head', ...address },
    { kind: 'status', tenantId, entityKey },
  ]);
  if (head === undefined) throw manifestMissing(address, { version: 'active', ...whyNotActive(address, status) });
  return { manifest: head.manifest, behind: behindReportOf(head, status) };
}

async function whyNotSliced({ store }: RuntimeContext, address: RuleSetAddress, version: Version) {
  const { tenantId, entityKey } = address;
  const [status] = await store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  return status !== undefined && version > status.version
    ? { why: `its newest version is ${status.version}`, newestVersion: status.version }
    : whyNotActive(address, status);
}

function whyNotActive({ ruleSet }: RuleSetAddress, status: StatusRecord | undefined) {
  if (status === undefined) return { why: 'the entity is not known', newestVersion: null };
  const newestVersion = status.version;
  const owed = status.owed[formatRef(ruleSet)];
  if (owed?.state === 'FAILED')
    return { why: `version ${newestVersion} was refused: ${owed.lastError.code}`, newestVersion };
  const why = owed === undefined ? 'nobody sliced it under this rule set' : `version ${newestVersion} is ${owed.state}`;
  return { why, newestVersion };
}

/** A reader whose entity is gone should hear so, and not of its contract. @throws `view.slice_missing` */
async function joinOrExplain(
  { store }: RuntimeContext,
  view: CompiledView,
  { tenantId, entityKey, version }: ManifestRecord,
  slices: ViewSlices,
): Promise<JoinedView> {
  try {
    return joinView({ view, entityKey, version, slices });
  } catch (error) {
    if (!hasCode(error, 'view.slice_missing')) throw error;
    const [rawData] = await store.batchGet([{ kind: 'raw-data', tenantId, entityKey, version }]);
    if (rawData?.body.kind !== 'deleted') throw error;
    throw missing(
      'view.slice_missing',
      `view ${formatRef(view.ref)}, ${entityKey} version ${version}: expected slices to read, found the entity deleted ` +
        'in this version. Answer that it is gone, or ask for an earlier version.',
      { ...error.details, deleted: true },
    );
  }
}

/** What an active reader should know: the newest version is another one, or has not settled under this rule set. */
function behindReportOf(head: HeadRecord, status: StatusRecord | undefined): BehindReport | null {
  if (status === undefined) return null;
  const owed = status.owed[formatRef(head.ruleSet)];
  if (head.version >= status.version && owed === undefined) return null;
  return {
    newestVersion: status.version,
    state: owed?.state ?? status.state,
    reason: owed?.state === 'FAILED' ? owed.lastError : null,
  };
}

function metaOf(
  { logger }: RuntimeContext,
  view: CompiledView,
  { manifest, behind }: ChosenManifest,
  sliceTypes: readonly string[],
): ViewMeta {
  const viewRef = formatRef(view.ref);
  const { version, revision, manifestHash, entityKey, tenantId } = manifest;
  const { slicingId, changesetHash } = manifest.meta;
  const decisionTraceId = decisionTraceIdOf('queryView', { viewRef, viewHash: view.contentHash, manifestHash });
  logger.debug({ decisionTraceId, tenantId, entityKey, version, revision, viewRef, slicingId }, 'view read');
  return {
    viewRef,
    viewHash: view.contentHash,
    ruleSetRef: formatRef(view.ruleSet.ref),
    ruleSetHash: view.ruleSet.contentHash,
    version,
    revision,
    manifestHash,
    slicingId,
    changesetHash,
    sliceHashes: sliceHashesOf(manifest, sliceTypes),
    pins: manifest.pins,
    decisionTraceId,
    behind,
    warnings: view.warnings,
  };
}

function sliceHashesOf({ slices }: ManifestRecord, sliceTypes: readonly string[]): SliceHashes {
  const hashes: Record<string, ContentHash> = {};
  for (const sliceType of sliceTypes) {
    const sliceHash = slices[sliceType];
    if (sliceHash !== undefined) hashes[sliceType] = sliceHash;
  }
  return hashes;
}

function resultOf<Data>(joined: JoinedView, meta: ViewMeta): ViewResult<Data> {
  // The view's contract decides the shape of its data; the caller names that shape by hand.
  if (joined.status === 'complete') return { status: 'complete', data: joined.data as Data, meta };
  return { status: 'partial', data: joined.data as Partial<Data>, missing: joined.missing, meta };
}
