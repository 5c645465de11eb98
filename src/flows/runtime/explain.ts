import type { JsonObject } from '../../domain/canonical/json-value.ts';
import type { CompiledRuleSet, CompiledView, SliceRule } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { slicingTraceIdOf } from '../../domain/decision-trace.ts';
import { contractError } from '../../domain/errors.ts';
import { parseEntityKey, parseTenantId, type Version } from '../../domain/identity.ts';
import type { ManifestRecord, Pins, RebuildReason } from '../../domain/records.ts';
import { assertEntityType } from './assert-entity-type.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { useOf } from './contract-use.ts';
import { rawDataMissing } from './create-change-set.ts';
import { chooseManifest, parseVersionChoice } from './query-view.ts';
import { exactManifest, newestManifestOf } from './read-manifest.ts';
import type { ExplainedSlice, ExplainInput, Explanation, MovedSource } from './runtime.ts';
import { loadSlices } from './stored-slice.ts';

/** What is asked about: a view with its slices, or one slice type of a rule set. */
interface Subject {
  readonly ruleSet: CompiledRuleSet;
  readonly view: CompiledView | null;
  readonly sliceTypes: readonly string[];
}

/** Everything about one slice or view: inputs, pins, contracts, hashes, why it was built again. */
export async function explain(
  context: RuntimeContext,
  input: ExplainInput,
  signal?: AbortSignal,
): Promise<Explanation> {
  ensureNotAborted(signal);
  const address = { tenantId: parseTenantId(input.tenantId), entityKey: parseEntityKey(input.entityKey) };
  const choice = parseVersionChoice(input);
  const subject = await subjectOf(context, input);
  const { ruleSet, view } = subject;
  assertEntityType(ruleSet, address.entityKey);
  const { manifest, behind } = await chooseManifest(context, { ...address, ruleSet }, choice);
  ensureNotAborted(signal);
  const [slices, before, [rawData]] = await Promise.all([
    loadSlices(context, manifest, subject.sliceTypes),
    manifestBefore(context, manifest),
    context.store.batchGet([{ kind: 'raw-data', ...address, version: manifest.version }]),
  ]);
  if (rawData === undefined) throw rawDataMissing(address.entityKey, manifest.version);
  const { mode, slicingId, changesetHash, rawHash, contracts, slicedAt } = manifest.meta;
  return {
    ...address,
    version: manifest.version,
    revision: manifest.revision,
    ruleSet: useOf(ruleSet),
    view: view === null ? null : useOf(view),
    contracts,
    rawHash,
    schemaRef: formatRef(rawData.schema),
    mode,
    slicingId,
    changesetHash,
    manifestHash: manifest.manifestHash,
    slicedAt,
    slices: subject.sliceTypes.flatMap((type) =>
      explainSlice(subject, { manifest, before }, type, slices.get(type) ?? null),
    ),
    behind,
    decisionTraceId: slicingTraceIdOf({ ...address, version: manifest.version, ruleSetRef: formatRef(ruleSet.ref) }),
  };
}

async function subjectOf(context: RuntimeContext, input: ExplainInput): Promise<Subject> {
  if (input.viewRef !== undefined) {
    const view = await context.contracts.view(parseRef(input.viewRef, 'viewRef'));
    return { ruleSet: view.ruleSet, view, sliceTypes: [...view.requiredSlices, ...view.optionalSlices] };
  }
  const ruleSet = await context.contracts.ruleSet(parseRef(input.ruleSetRef, 'ruleSetRef'));
  const known = ruleSet.slices.map((rule) => rule.type);
  if (known.includes(input.sliceType)) return { ruleSet, view: null, sliceTypes: [input.sliceType] };
  throw contractError(
    'contract.slice_unknown',
    `rule set ${formatRef(ruleSet.ref)}: expected one of its slice types ${known.join(', ')}, found ${input.sliceType}. ` +
      'Name one of them.',
    { ruleSetRef: formatRef(ruleSet.ref), sliceType: input.sliceType, known },
  );
}

/** What a commit was based on: the revision before, or the version before. */
async function manifestBefore(
  context: RuntimeContext,
  { tenantId, entityKey, ruleSet, version, revision, meta }: ManifestRecord,
): Promise<ManifestRecord | undefined> {
  const address = { tenantId, entityKey, ruleSet };
  if (revision > 0) return exactManifest(context, address, version, revision - 1);
  // Versions are contiguous, so the one before is there unless this is the first.
  return meta.mode === 'INCREMENTAL' ? newestManifestOf(context, address, (version - 1) as Version) : undefined;
}

interface Commit {
  readonly manifest: ManifestRecord;
  readonly before: ManifestRecord | undefined;
}

function explainSlice(
  { ruleSet, view }: Subject,
  { manifest, before }: Commit,
  sliceType: string,
  payload: JsonObject | null,
): readonly ExplainedSlice[] {
  const rule = ruleSet.slices.find((candidate) => candidate.type === sliceType);
  const sliceHash = manifest.slices[sliceType];
  if (rule === undefined || sliceHash === undefined) return [];
  return [
    {
      sliceType,
      sliceHash,
      tombstone: payload === null,
      rebuilt: manifest.meta.rebuilt[sliceType] ?? null,
      movedSources: movedSourcesOf({ manifest, before }, manifest.meta.rebuilt[sliceType] ?? null),
      payload,
      inputs: inputsOf(ruleSet, rule),
      pins: pinsOf(manifest.pins, rule),
      readBy: (view?.fields ?? []).filter((field) => field.sliceType === sliceType).map((field) => field.to),
    },
  ];
}

function movedSourcesOf({ manifest, before }: Commit, rebuilt: RebuildReason | null): readonly MovedSource[] {
  const joins = rebuilt?.reason === 'join' ? rebuilt.joins : [];
  return joins.map((join) => {
    const pin = manifest.pins[join];
    const fromVersion = before?.pins[join]?.version ?? null;
    return { join, entityKey: pin?.entityKey ?? null, fromVersion, toVersion: pin?.version ?? null };
  });
}

function inputsOf(ruleSet: CompiledRuleSet, rule: SliceRule): Readonly<Record<string, string>> {
  const own = rule.fields.map((field) => [field.name, field.selector.text]);
  const joined = ruleSet.joins
    .filter((join) => rule.joins.includes(join.name))
    .flatMap((join) => join.projection.map((field) => [field.name, `${join.name}: ${field.selector.text}`]));
  return Object.fromEntries([...own, ...joined]);
}

function pinsOf(pins: Pins, rule: SliceRule): Pins {
  return Object.fromEntries(Object.entries(pins).filter(([join]) => rule.joins.includes(join)));
}
