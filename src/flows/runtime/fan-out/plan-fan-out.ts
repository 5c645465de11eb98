import { compareUtf8 } from '../../../domain/canonical/key-order.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import { overtaken, type SlicewiseError, validationError } from '../../../domain/errors.ts';
import {
  type EntityKey,
  entityTypeOf,
  parseEntityKey,
  parseTenantId,
  parseVersion,
  type TenantId,
} from '../../../domain/identity.ts';
import { type ImpactedSliceKey, sortImpactedSlices } from '../../../domain/inverted-index/impacted-slices.ts';
import type { HintRecord } from '../../../domain/records.ts';
import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import { rawDataMissing } from '../create-change-set.ts';
import { gatheringStore } from '../gathered-reads.ts';
import { incompleteIndexesOf } from '../inverted-index/incomplete-indexes.ts';
import { ProjectionHistory } from '../projection-history.ts';
import type { FanOutChange, FanOutPlan, PlanFanOutsInput, PlannedChange, StaleHint } from './fan-out-calls.ts';
import { sealPlan } from './fan-out-plan.ts';
import { joinedParentsOf } from './joined-parents.ts';
import { type Candidate, PARENTS_MAX, ParentJudge, type PossibleParent } from './judge-parents.ts';
import { ownSlicesOf } from './own-slices.ts';
import { type JoinRange, rangesOf, type SourceChange, type StartedChange } from './source-range.ts';

/**
 * Which slices some changes concern, found by key (rfc-v4-001 §11, §17-9); writes nothing.
 * @throws `fan_out.superseded` where an entity's newest version is another, `fan_out.too_large`
 */
export async function planFanOuts(
  single: RuntimeContext,
  input: PlanFanOutsInput,
  signal?: AbortSignal,
): Promise<FanOutPlan> {
  ensureNotAborted(signal);
  const context = { ...single, store: gatheringStore(single.store) };
  const tenantId = parseTenantId(input.tenantId);
  const changes = await startNewest(context, parseChanges(tenantId, input.changes));
  const own = await Promise.all(changes.map((change) => ownSlicesOf(context, change)));
  const planned = await planParents(context, tenantId, { changes, own: own.flat() }, signal);
  if (planned.refusal !== null) throw planned.refusal;
  return planned.plan;
}

interface OwnPart {
  /** Sorted by entity key. */
  readonly changes: readonly StartedChange[];
  readonly own: readonly ImpactedSliceKey[];
}

/** A plan, and why it leaves out the parents under some rule set, if it does: then it settles nothing. */
export interface PlannedParents {
  readonly plan: FanOutPlan;
  readonly refusal: SlicewiseError | null;
}

/**
 * The plan of changes whose own slices are known, or have followed already.
 * @param context reads by key go together, so that asking whether an index is complete is no round trip of its own
 */
export async function planParents(
  context: RuntimeContext,
  tenantId: TenantId,
  { changes, own }: OwnPart,
  signal?: AbortSignal,
): Promise<PlannedParents> {
  const [ranges, incomplete] = await Promise.all([
    Promise.all(changes.map((change) => rangesOf(context, change))),
    incompleteIndexes(context, tenantId, changes),
  ]);
  const found = await joinedParentsOf(context, tenantId, ranges, incomplete, signal);
  ensureNotAborted(signal);
  const { parents, staleHints: stale, skippedArchived, refusal } = found;
  const candidates = candidatesOf(tenantId, parents);
  const judged = await judgeAll(context, candidates, signal);
  const plan = sealPlan({
    kind: 'fan-out-plan',
    format: 1,
    tenantId,
    changes: changes.map((change, index) => plannedChange(change, refusal === null ? (ranges[index] ?? []) : 'none')),
    slices: sortImpactedSlices([...own, ...judged.slices]),
    staleHints: [...stale.map(staleHintOf), ...judged.staleHints].sort(compareHints),
    counts: {
      parents: judged.parents,
      cutOff: judged.cutOff,
      skippedArchived,
    },
  });
  return { plan, refusal };
}

/** Of the rule sets that join the changed entities; whether a change concerns them is found out meanwhile. */
async function incompleteIndexes(context: RuntimeContext, tenantId: TenantId, changes: readonly SourceChange[]) {
  const entityTypes = [...new Set(changes.map(({ entityKey }) => entityTypeOf(entityKey)))];
  const joins = await Promise.all(entityTypes.map((entityType) => context.contracts.joinsOf(entityType)));
  return incompleteIndexesOf(
    context,
    tenantId,
    joins.flat().map(({ ruleSet }) => ruleSet.ref),
  );
}

function parseChanges(tenantId: TenantId, changes: readonly FanOutChange[]): readonly SourceChange[] {
  const parsed = changes.map((change) => parseChange(tenantId, change));
  const byKey = new Map(parsed.map((change) => [change.entityKey, change]));
  if (byKey.size === parsed.length) return parsed.sort((left, right) => compareUtf8(left.entityKey, right.entityKey));
  throw validationError(
    'fan_out.change_repeated',
    `changes: expected each entity once, found ${parsed.length} changes of ${byKey.size}. Give one range for each.`,
  );
}

function parseChange(tenantId: TenantId, { entityKey, fromVersion, toVersion }: FanOutChange): SourceChange {
  const from = fromVersion === 0 ? 0 : parseVersion(fromVersion, 'fromVersion');
  const to = parseVersion(toVersion, 'toVersion');
  if (from < to) return { tenantId, entityKey: parseEntityKey(entityKey), fromVersion: from, toVersion: to };
  throw validationError(
    'fan_out.range_invalid',
    `${entityKey}: expected fromVersion (0: from the beginning) below toVersion, found ${from} and ${to}. Mend the call.`,
    { entityKey, fromVersion: from, toVersion: to },
  );
}

/**
 * Before anything is looked up: a change that comes in behind it has a fan-out of its own, and a fill shows.
 * @throws `fan_out.superseded`, `rawdata.missing`
 */
export async function startNewest(
  { store }: RuntimeContext,
  changes: readonly SourceChange[],
): Promise<readonly StartedChange[]> {
  const statuses = await store.batchGet(
    changes.map(({ tenantId, entityKey }) => ({ kind: 'status', tenantId, entityKey }) as const),
  );
  return changes.map((change, index) => {
    const { entityKey, toVersion } = change;
    const status = statuses[index];
    if (status === undefined || status.version < toVersion) throw rawDataMissing(entityKey, toVersion);
    if (status.version > toVersion) throw superseded(entityKey, toVersion, status.version);
    return { ...change, fills: status.fills };
  });
}

function superseded(entityKey: EntityKey, toVersion: number, newest: number) {
  return overtaken(
    'fan_out.superseded',
    `${entityKey}: expected version ${toVersion} to be its newest, found ${newest}. Plan again, up to ${newest}.`,
    { entityKey, toVersion, newestVersion: newest },
  );
}

function candidatesOf(tenantId: TenantId, parents: readonly PossibleParent[]): readonly Candidate[] {
  const grouped = Map.groupBy(parents, ({ entityKey, ruleSet }) => `${entityKey}\n${formatRef(ruleSet.ref)}`);
  return [...grouped.values()].flatMap((named) => {
    const [first] = named;
    return first === undefined ? [] : [{ tenantId, entityKey: first.entityKey, ruleSet: first.ruleSet, named }];
  });
}

interface Judged {
  readonly slices: ImpactedSliceKey[];
  readonly staleHints: StaleHint[];
  parents: number;
  cutOff: number;
}

async function judgeAll(
  context: RuntimeContext,
  candidates: readonly Candidate[],
  signal: AbortSignal | undefined,
): Promise<Judged> {
  const judge = new ParentJudge(context, new ProjectionHistory(context));
  const judged: Judged = { slices: [], staleHints: [], parents: 0, cutOff: 0 };
  for (let start = 0; start < candidates.length; start += PARENTS_MAX) {
    ensureNotAborted(signal);
    for (const judgement of await judge.judge(candidates.slice(start, start + PARENTS_MAX))) {
      if (judgement.verdict === 'cut_off') judged.cutOff += 1;
      if (judgement.verdict === 'stale') judged.staleHints.push(...judgement.hints.map(staleHintOf));
      if (judgement.verdict !== 'kept') continue;
      judged.parents += 1;
      judged.slices.push(...judgement.slices);
    }
  }
  return judged;
}

function staleHintOf({ indexKey, shard, entityKey, ruleSet, sliceType, version, revision }: HintRecord): StaleHint {
  return { indexKey, shard, entityKey, ruleSetRef: formatRef(ruleSet), sliceType, version, revision };
}

function compareHints(left: StaleHint, right: StaleHint): number {
  return (
    compareUtf8(left.indexKey, right.indexKey) ||
    compareUtf8(left.entityKey, right.entityKey) ||
    compareUtf8(left.ruleSetRef, right.ruleSetRef)
  );
}

/** @param followed the joins whose parents the plan names; `none`: not all of them, so that nothing is settled */
function plannedChange(
  { entityKey, fromVersion, toVersion, fills }: StartedChange,
  followed: readonly JoinRange[] | 'none',
): PlannedChange {
  const settlesTo =
    followed === 'none' ? fromVersion : Math.max(fromVersion, Math.min(toVersion, ...followed.map(({ end }) => end)));
  return { entityKey, fromVersion, toVersion, settlesTo, fills };
}
