import {
  assertConsecutive,
  buildChangeSet,
  CHANGESET_OPS_BYTES_MAX,
  notConsecutive,
} from '../../domain/changeset/change-set-builder.ts';
import type { DiffOp } from '../../domain/changeset/diff.ts';
import type { CompiledRuleSet } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { decisionTraceIdOf } from '../../domain/decision-trace.ts';
import { contractError, invariantViolation, missing } from '../../domain/errors.ts';
import { type EntityKey, parseEntityKey, parseTenantId, parseVersion, type Version } from '../../domain/identity.ts';
import { payloadAsSeenBy } from '../../domain/ingest/raw-data-validator.ts';
import type { ChangeSetRecord, EntityAddress, RawDataRecord } from '../../domain/records.ts';
import { assertEntityType } from './assert-entity-type.ts';
import { ensureNotAborted, type RuntimeContext, timestamp } from './context.ts';
import { useOf } from './contract-use.ts';
import { type LoadedRawData, loadRawData } from './raw-payload.ts';
import type { CreateChangeSetInput, CreateChangeSetResult } from './runtime.ts';

/** Two consecutive versions under one rule set; `before` is `null` where there is nothing before. */
export interface VersionStep {
  readonly ruleSet: CompiledRuleSet;
  readonly before: LoadedRawData | null;
  readonly after: LoadedRawData;
}

/** Computes and puts the canonical diff of two versions (rfc-v4-001 §9-1). */
export async function createChangeSet(
  context: RuntimeContext,
  input: CreateChangeSetInput,
  signal?: AbortSignal,
): Promise<CreateChangeSetResult> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const fromVersion = input.fromVersion === 0 ? 0 : parseVersion(input.fromVersion, 'fromVersion');
  const toVersion = parseVersion(input.toVersion, 'toVersion');
  const ruleSet = await context.contracts.ruleSet(parseRef(input.ruleSetRef, 'ruleSetRef'));
  assertEntityType(ruleSet, address.entityKey);
  assertOwnSchema(ruleSet, input.schemaRef);
  await ensureMayRun(context, ruleSet, { ...address, fromVersion, toVersion });
  const step = await loadStep(context, ruleSet, address, fromVersion, toVersion);
  ensureNotAborted(signal);
  const built = buildStep(context, step);
  await context.contracts.bind(ruleSet.contracts);
  const outcome = await storeChangeSet(context, built.record);
  return changeSetResultOf(context, ruleSet, { ...built, outcome });
}

function assertOwnSchema(ruleSet: CompiledRuleSet, schemaRef: string | undefined): void {
  const own = formatRef(ruleSet.schema.ref);
  if (schemaRef === undefined || schemaRef === own) return;
  throw contractError(
    'changeset.schema_mismatch',
    `schemaRef: expected ${own}, which rule set ${formatRef(ruleSet.ref)} reads every payload through, found ${schemaRef}. ` +
      'Leave it out, or name the rule set of that schema.',
    { expected: own, found: schemaRef },
  );
}

/** A contract's status gates new work only (L4): what exists may be computed again. */
async function ensureMayRun(
  { store, contracts }: RuntimeContext,
  ruleSet: CompiledRuleSet,
  key: EntityAddress & { readonly fromVersion: Version | 0; readonly toVersion: Version },
): Promise<void> {
  const [existing] = await store.batchGet([{ kind: 'change-set', ...key, ruleSet: ruleSet.ref }]);
  if (existing === undefined) contracts.gate(ruleSet);
}

async function loadStep(
  context: RuntimeContext,
  ruleSet: CompiledRuleSet,
  address: EntityAddress,
  fromVersion: Version | 0,
  toVersion: Version,
): Promise<VersionStep> {
  if (fromVersion === 0) {
    await assertFirstVersion(context, address, toVersion);
    const [after] = await context.store.batchGet([{ kind: 'raw-data', ...address, version: toVersion }]);
    return { ruleSet, before: null, after: await loadRequired(context, address, toVersion, after) };
  }
  assertConsecutive({ entityKey: address.entityKey, fromVersion, toVersion });
  const [before, after] = await context.store.batchGet([
    { kind: 'raw-data', ...address, version: fromVersion },
    { kind: 'raw-data', ...address, version: toVersion },
  ]);
  const [loadedBefore, loadedAfter] = await Promise.all([
    loadRequired(context, address, fromVersion, before),
    loadRequired(context, address, toVersion, after),
  ]);
  return { ruleSet, before: loadedBefore, after: loadedAfter };
}

async function assertFirstVersion(
  { store }: RuntimeContext,
  address: EntityAddress,
  toVersion: Version,
): Promise<void> {
  const { items } = await store.range({ range: 'versions', ...address, order: 'ascending', limit: 1 });
  const first = items[0]?.version;
  if (first !== undefined && first < toVersion)
    throw notConsecutive({ entityKey: address.entityKey, fromVersion: 0, toVersion });
}

/** @throws `rawdata.missing` where there is none */
export async function loadRequired(
  context: RuntimeContext,
  { entityKey }: EntityAddress,
  version: Version,
  record: RawDataRecord | undefined,
): Promise<LoadedRawData> {
  if (record !== undefined) return loadRawData(context, record);
  throw rawDataMissing(entityKey, version);
}

export function rawDataMissing(entityKey: EntityKey, version: number | 'newest') {
  return missing(
    'rawdata.missing',
    `${entityKey}: expected RawData at version ${version}, found none. Insert it first.`,
    { entityKey, version },
  );
}

/** A ChangeSet as it is to be stored, and its ops, which a large record leaves out. */
export interface BuiltChangeSet {
  readonly record: ChangeSetRecord;
  readonly ops: readonly DiffOp[];
}

/** Computes a step's ChangeSet; stores nothing. */
export function buildStep(context: RuntimeContext, { ruleSet, before, after }: VersionStep): BuiltChangeSet {
  const { tenantId, entityKey, version: toVersion } = after.record;
  const fromVersion = before?.record.version ?? 0;
  const payload = payloadFor(ruleSet, after);
  const built = buildChangeSet({
    entityKey,
    fromVersion,
    toVersion,
    before: before === null ? null : payloadFor(ruleSet, before),
    after: payload,
    // A rule set that sees the payload as it is stored sees its canonical form.
    afterBytes: payload === after.payload && after.record.body.kind === 'inline' ? after.record.body.bytes : undefined,
    ruleSet,
  });
  const record: ChangeSetRecord = {
    kind: 'change-set',
    tenantId,
    entityKey,
    fromVersion,
    toVersion,
    ruleSet: ruleSet.ref,
    changesetHash: built.changesetHash,
    ops: built.opsBytes.length > CHANGESET_OPS_BYTES_MAX ? null : built.opsBytes,
    changeType: built.changeType,
    changedPaths: built.changedPaths,
    changedKeys: built.changedKeys,
    impactedSlices: built.impactedSlices,
    isErased: false,
    createdAt: timestamp(context),
  };
  return { record, ops: built.ops };
}

/** Puts a ChangeSet once: other content under its key is an InvariantViolation (rfc-v4-001 §7-3). */
export async function storeChangeSet(
  { store }: RuntimeContext,
  record: ChangeSetRecord,
): Promise<'created' | 'unchanged'> {
  const [put] = await store.putOnce([record]);
  if (put?.outcome !== 'exists') return 'created';
  if (put.contentHash !== record.changesetHash) throw contentConflict(record, put.contentHash);
  return 'unchanged';
}

/** A version's payload through the rule set's own schema; `null`: deleted. */
export function payloadFor(ruleSet: CompiledRuleSet, { record, payload }: LoadedRawData) {
  return payload === null ? null : payloadAsSeenBy(ruleSet.schema, { ...record, payload });
}

function contentConflict(record: ChangeSetRecord, storedHash: string) {
  return invariantViolation(
    'changeset.content_conflict',
    `${record.entityKey}, ChangeSet ${record.fromVersion} to ${record.toVersion} under ${formatRef(record.ruleSet)}: ` +
      `expected ${storedHash}, as it is stored, found ${record.changesetHash}. ` +
      'The stored data or the code was altered; do not retry, investigate.',
    { entityKey: record.entityKey, storedHash, computedHash: record.changesetHash },
  );
}

function changeSetResultOf(
  { logger }: RuntimeContext,
  ruleSet: CompiledRuleSet,
  { outcome, record, ops }: BuiltChangeSet & { readonly outcome: CreateChangeSetResult['outcome'] },
): CreateChangeSetResult {
  const { tenantId, entityKey, fromVersion, toVersion, changesetHash } = record;
  const use = useOf(ruleSet);
  const decisionTraceId = decisionTraceIdOf('createChangeSet', {
    tenantId,
    entityKey,
    fromVersion,
    toVersion,
    ruleSetRef: use.ref,
    changesetHash,
  });
  logger.debug(
    { decisionTraceId, tenantId, entityKey, fromVersion, toVersion, ruleSetRef: use.ref, changesetHash, outcome },
    'change set put',
  );
  return {
    outcome,
    tenantId,
    entityKey,
    fromVersion,
    toVersion,
    ruleSet: use,
    changesetHash,
    changeType: record.changeType,
    ops,
    changedPaths: record.changedPaths,
    changedKeys: record.changedKeys,
    impactedSlices: record.impactedSlices,
    decisionTraceId,
  };
}
