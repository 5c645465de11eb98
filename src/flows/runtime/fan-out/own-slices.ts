import type { CompiledRuleSet } from '../../../domain/contracts/compiled-contracts.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { isRefusal } from '../../../domain/errors.ts';
import { entityTypeOf } from '../../../domain/identity.ts';
import type { ImpactedSliceKey } from '../../../domain/inverted-index/impacted-slices.ts';
import type { RawDataRecord } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { buildStep } from '../create-change-set.ts';
import { type LoadedRawData, loadRawData } from '../raw-payload.ts';
import { pagesOfVersions } from '../version-pages.ts';
import type { SourceChange } from './source-range.ts';

/** The changed entity's own slices that its change concerns, under every ACTIVE rule set of its type (rfc-v4-001 §11-1). */
export async function ownSlicesOf(context: RuntimeContext, change: SourceChange): Promise<readonly ImpactedSliceKey[]> {
  const ruleSets = await context.contracts.activeRuleSets(entityTypeOf(change.entityKey));
  const impacted = new Map(ruleSets.map((ruleSet) => [ruleSet, new Set<string>()]));
  for await (const step of stepsOf(context, change)) {
    for (const [ruleSet, types] of impacted) for (const type of impactedBy(context, ruleSet, step)) types.add(type);
  }
  return [...impacted].flatMap(([ruleSet, types]) =>
    [...types].map((sliceType) => ({
      entityKey: change.entityKey,
      version: change.toVersion,
      sliceType,
      ruleSetRef: formatRef(ruleSet.ref),
      because: 'own' as const,
    })),
  );
}

interface Step {
  readonly before: LoadedRawData | 'damaged' | null;
  readonly after: LoadedRawData | 'damaged';
}

async function* stepsOf(context: RuntimeContext, change: SourceChange): AsyncGenerator<Step> {
  const { tenantId, entityKey, fromVersion, toVersion } = change;
  let before: Step['before'] = null;
  for await (const versions of pagesOfVersions(context, change, Math.max(fromVersion, 1) - 1, toVersion)) {
    const records = await context.store.batchGet(
      versions.map((version) => ({ kind: 'raw-data', tenantId, entityKey, version }) as const),
    );
    for (const record of records) {
      // The first version may have any number.
      if (record === undefined) continue;
      const after = await loadOrDamaged(context, record);
      if (record.version > fromVersion) yield { before, after };
      before = after;
    }
  }
}

async function loadOrDamaged(context: RuntimeContext, record: RawDataRecord): Promise<LoadedRawData | 'damaged'> {
  try {
    return await loadRawData(context, record);
  } catch (error) {
    if (isRefusal(error)) return 'damaged';
    throw error;
  }
}

function impactedBy(context: RuntimeContext, ruleSet: CompiledRuleSet, { before, after }: Step): readonly string[] {
  const everything = ruleSet.slices.map((rule) => rule.type);
  if (before === 'damaged' || after === 'damaged') return everything;
  try {
    return buildStep(context, { ruleSet, before, after }).record.impactedSlices;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The slicing meets the same, and says so; until then everything may be concerned.
    return everything;
  }
}
