import type { JsonObject } from '../../domain/canonical/json-value.ts';
import { type ContractRefText, formatRef } from '../../domain/contracts/contract-ref.ts';
import { parseContract } from '../../domain/contracts/parse-contract.ts';
import { entityTypeOf, parseEntityKey } from '../../domain/identity.ts';
import type { ViewResult } from '../../domain/view/view-result.ts';
import type {
  CreateChangeSetResult,
  ExplainedSlice,
  InsertRawdataResult,
  Runtime,
} from '../../flows/runtime/runtime.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import { type Attempt, attempt } from '../attempt.ts';
import { createDetachedCatalogue } from '../contracts/find-schema.ts';

/** What contracts make of one version. */
export interface SimulatedVersion {
  readonly rawdata: InsertRawdataResult;
  /** Under every rule set of the entity's type, DRAFT ones too, sorted by ref. */
  readonly ruleSets: readonly SimulatedRuleSet[];
}

export interface SimulatedRuleSet {
  readonly ruleSetRef: ContractRefText;
  readonly changeset: Attempt<CreateChangeSetResult>;
  readonly slices: Attempt<readonly ExplainedSlice[]>;
  readonly views: readonly SimulatedView[];
}

export interface SimulatedView {
  readonly viewRef: ContractRefText;
  readonly result: Attempt<ViewResult<JsonObject>>;
}

/**
 * Computes changesets, slices and views of versions that were inserted, entity by entity in the order in which these
 * came in, each upwards.
 *
 * @throws `contract.*` where a rule set or a view of the registry has no form that can be read
 */
export async function* simulateVersions(
  runtime: Runtime,
  registry: ContractRegistry,
  inserted: readonly InsertRawdataResult[],
): AsyncGenerator<SimulatedVersion, void, undefined> {
  const catalogue = await createDetachedCatalogue(registry);
  const viewRefs = await listViewRefs(registry);
  for (const versions of groupByEntity(inserted)) {
    let fromVersion = 0;
    for (const rawdata of versions) {
      const active = await catalogue.activeRuleSets(entityTypeOf(parseEntityKey(rawdata.entityKey)));
      const ruleSets: SimulatedRuleSet[] = [];
      for (const { ref } of active) {
        const ruleSetRef = formatRef(ref);
        const step = { runtime, rawdata, fromVersion, ruleSetRef, viewRefs: viewRefs.get(ruleSetRef) ?? [] };
        ruleSets.push(await simulateRuleSet(step));
      }
      yield { rawdata, ruleSets };
      fromVersion = rawdata.version;
    }
  }
}

interface Step {
  readonly runtime: Runtime;
  readonly rawdata: InsertRawdataResult;
  /** 0: nothing before. */
  readonly fromVersion: number;
  readonly ruleSetRef: ContractRefText;
  readonly viewRefs: readonly ContractRefText[];
}

async function simulateRuleSet(step: Step): Promise<SimulatedRuleSet> {
  const { runtime, rawdata, fromVersion, ruleSetRef } = step;
  const { tenantId, entityKey, version } = rawdata;
  const changeset = await attempt(() =>
    runtime.createChangeSet({ tenantId, entityKey, fromVersion, toVersion: version, ruleSetRef }),
  );
  const slices = await attempt(() => sliceAndExplain(step));
  const views: SimulatedView[] = [];
  // Of a version that was not sliced, a view could only say that again.
  if ('value' in slices) {
    for (const viewRef of step.viewRefs) {
      views.push({
        viewRef,
        result: await attempt(() => runtime.queryView({ tenantId, entityKey, version, viewRef })),
      });
    }
  }
  return { ruleSetRef, changeset, slices, views };
}

async function sliceAndExplain({
  runtime,
  rawdata,
  fromVersion,
  ruleSetRef,
}: Step): Promise<readonly ExplainedSlice[]> {
  const { tenantId, entityKey, version } = rawdata;
  const target = { tenantId, entityKey, version, ruleSetRef };
  const result = await runtime.slicing(
    fromVersion === 0 ? { ...target, mode: 'FULL_REBUILD' } : { ...target, mode: 'INCREMENTAL', fromVersion },
  );
  const explanations = await Promise.all(
    result.slices.map(({ sliceType }) => runtime.explain({ tenantId, entityKey, version, sliceType, ruleSetRef })),
  );
  return explanations.flatMap((explanation) => explanation.slices);
}

/** Rule set → the views that read it. */
async function listViewRefs(registry: ContractRegistry): Promise<ReadonlyMap<string, readonly ContractRefText[]>> {
  const views = new Map<string, ContractRefText[]>();
  for (const registered of await registry.list('View')) {
    const contract = parseContract(registered);
    if (contract.kind !== 'View' || contract.status !== 'ACTIVE') continue;
    const { ruleSetRef } = contract.definition;
    views.set(ruleSetRef, [...(views.get(ruleSetRef) ?? []), formatRef(contract.ref)]);
  }
  return views;
}

function groupByEntity(inserted: readonly InsertRawdataResult[]): Iterable<readonly InsertRawdataResult[]> {
  const entities = new Map<string, InsertRawdataResult[]>();
  for (const result of inserted) {
    // The same version again brought nothing new.
    if (result.outcome === 'unchanged') continue;
    const versions = entities.get(result.entityKey);
    if (versions === undefined) entities.set(result.entityKey, [result]);
    else versions.push(result);
  }
  return entities.values();
}
