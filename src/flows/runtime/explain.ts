import type { JsonObject } from '../../domain/canonical/json-value.ts';
import type { CompiledRuleSet, CompiledView, SliceRule } from '../../domain/contracts/compiled-contracts.ts';
import { formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { slicingTraceIdOf } from '../../domain/decision-trace.ts';
import { contractError } from '../../domain/errors.ts';
import { parseEntityKey, parseTenantId } from '../../domain/identity.ts';
import type { ManifestRecord, Pins } from '../../domain/records.ts';
import { assertEntityType } from './assert-entity-type.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { useOf } from './contract-use.ts';
import { rawDataMissing } from './create-change-set.ts';
import { chooseManifest, loadSlices, parseVersionChoice } from './query-view.ts';
import type { ExplainedSlice, ExplainInput, Explanation } from './runtime.ts';

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
  const [slices, [rawData]] = await Promise.all([
    loadSlices(context, manifest, subject.sliceTypes),
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
    slices: subject.sliceTypes.flatMap((type) => explainSlice(subject, manifest, type, slices.get(type) ?? null)),
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

function explainSlice(
  { ruleSet, view }: Subject,
  manifest: ManifestRecord,
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
      payload,
      inputs: inputsOf(ruleSet, rule),
      pins: pinsOf(manifest.pins, rule),
      readBy: (view?.fields ?? []).filter((field) => field.sliceType === sliceType).map((field) => field.to),
    },
  ];
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
