import { compareUtf8 } from '../../../domain/canonical/key-order.ts';
import { type ContractRefText, parseRef } from '../../../domain/contracts/contract-ref.ts';
import { isRefusal, type SlicewiseError } from '../../../domain/errors.ts';
import { type EntityKey, parseTenantId, type TenantId, type Version } from '../../../domain/identity.ts';
import { isSettled, statusAfterFanOut } from '../../../domain/pipeline-state.ts';
import { runBatch } from '../batch.ts';
import { ensureNotAborted, type RuntimeContext, timestamp } from '../context.ts';
import { gatheringStore } from '../gathered-reads.ts';
import { sweepHints } from '../inverted-index/sweep-hints.ts';
import { ProjectionHistory } from '../projection-history.ts';
import type { ApplyFanOutOptions } from '../runtime.ts';
import type { FanOutPlan, FanOutResult, PlannedChange, RefusedFollower } from './fan-out-calls.ts';
import { parsePlan } from './fan-out-plan.ts';
import { type Followed, type Follower, followParent } from './follow-parent.ts';
import { startNewest } from './plan-fan-out.ts';
import { hintOf } from './planned-hint.ts';

/**
 * Builds what a plan names: own slices first, then each parent once. The same plan again finds everything done; one
 * whose changes are not the newest any more is refused.
 * @throws `fan_out.superseded`, `fan_out.plan_invalid`, `fan_out.plan_altered`
 */
export async function applyFanOut(
  single: RuntimeContext,
  given: FanOutPlan,
  options: ApplyFanOutOptions = {},
): Promise<FanOutResult> {
  ensureNotAborted(options.signal);
  const plan = parsePlan(given);
  const context = { ...single, store: gatheringStore(single.store) };
  const tenantId = parseTenantId(plan.tenantId);
  await startNewest(
    context,
    plan.changes.map((change) => sourceOf(tenantId, change)),
  );
  const run = new FanOutRun(context, plan, options);
  await run.followAll();
  const sweptHints = await sweepHints(
    context,
    plan.staleHints.map((hint) => hintOf(tenantId, hint)),
  );
  // Who was refused without a trace would be forgotten with the mark.
  const settled = run.isAccountedFor ? await settleAll(context, tenantId, plan.changes) : 0;
  return { ...run.result(), sweptHints, settled };
}

function sourceOf(tenantId: TenantId, { entityKey, fromVersion, toVersion, settlesTo, fills }: PlannedChange) {
  // The plan's hash vouches for them: they were parsed when it was made.
  return {
    tenantId,
    entityKey: entityKey as EntityKey,
    fromVersion: fromVersion as Version | 0,
    toVersion: toVersion as Version,
    settlesTo: settlesTo as Version | 0,
    fills,
  };
}

interface Following {
  readonly entityKey: EntityKey;
  readonly ruleSetRef: ContractRefText;
}

/** One application of a plan, and what became of each follower. */
class FanOutRun {
  readonly #context: RuntimeContext;
  readonly #plan: FanOutPlan;
  readonly #options: ApplyFanOutOptions;
  readonly #history: ProjectionHistory;
  readonly #counts: Record<Followed, number> = { revised: 0, sliced: 0, unchanged: 0 };
  readonly #refused: RefusedFollower[] = [];
  #done = 0;
  #isAccountedFor = true;

  constructor(context: RuntimeContext, plan: FanOutPlan, options: ApplyFanOutOptions) {
    this.#context = context;
    this.#plan = plan;
    this.#options = options;
    this.#history = new ProjectionHistory(context);
  }

  /** Whether everybody has followed, or owes it in their own status. */
  get isAccountedFor(): boolean {
    return this.#isAccountedFor;
  }

  async followAll(): Promise<void> {
    const own = followersIn(this.#plan, (because) => because === 'own');
    const parents = followersIn(this.#plan, (because) => because !== 'own');
    const total = own.length + parents.length;
    for (const followers of [own, parents]) await this.#follow(followers, total);
  }

  async #follow(followers: readonly Following[], total: number): Promise<void> {
    const { signal, onProgress } = this.#options;
    const work = {
      run: (following: Following) => this.#followOne(following),
      // Its rule sets settle in one status, and a race between them would only cost retries.
      laneOf: ({ entityKey }: Following) => entityKey,
    };
    for await (const outcome of runBatch(followers, work, signal === undefined ? {} : { signal })) {
      if (!outcome.ok) throw outcome.error;
      this.#done += 1;
      onProgress?.({ done: this.#done, total });
    }
  }

  /** One that is refused holds nobody up. */
  async #followOne(following: Following): Promise<void> {
    try {
      const follower: Follower = {
        tenantId: parseTenantId(this.#plan.tenantId),
        entityKey: following.entityKey,
        ruleSet: await this.#context.contracts.ruleSet(parseRef(following.ruleSetRef)),
      };
      this.#counts[await followParent(this.#context, follower, this.#history, this.#options.signal)] += 1;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#refused.push(refusedOf(following, error));
      if (!(await this.#isOwed(following))) this.#isAccountedFor = false;
    }
  }

  /** A contract that may not run now is no refusal of the entity's, and leaves nothing in its status. */
  async #isOwed({ entityKey, ruleSetRef }: Following): Promise<boolean> {
    const tenantId = parseTenantId(this.#plan.tenantId);
    const [status] = await this.#context.store.batchGet([{ kind: 'status', tenantId, entityKey }]);
    return status !== undefined && !isSettled(status, ruleSetRef);
  }

  result(): Omit<FanOutResult, 'sweptHints' | 'settled'> {
    const refused = [...this.#refused].sort(
      (left, right) => compareUtf8(left.entityKey, right.entityKey) || compareUtf8(left.ruleSetRef, right.ruleSetRef),
    );
    return { planHash: this.#plan.planHash, ...this.#counts, refused };
  }
}

function refusedOf({ entityKey, ruleSetRef }: Following, error: SlicewiseError): RefusedFollower {
  return { entityKey, ruleSetRef, error: error.toJSON() };
}

/** Each (entity, rule set) once, in the plan's order. */
function followersIn(plan: FanOutPlan, isMeant: (because: string) => boolean): readonly Following[] {
  const followers: Following[] = [];
  const ruleSets = new Set<ContractRefText>();
  let entity: string | undefined;
  // An entity's slices are neighbours in a plan.
  for (const { entityKey, ruleSetRef, because } of plan.slices) {
    if (entityKey !== entity) ruleSets.clear();
    entity = entityKey;
    if (!isMeant(because) || ruleSets.has(ruleSetRef)) continue;
    ruleSets.add(ruleSetRef);
    followers.push({ entityKey: entityKey as EntityKey, ruleSetRef });
  }
  return followers;
}

async function settleAll(
  context: RuntimeContext,
  tenantId: TenantId,
  changes: readonly PlannedChange[],
): Promise<number> {
  const settled = await Promise.all(changes.map((change) => settleFanOut(context, tenantId, change)));
  return settled.filter(Boolean).length;
}

const SETTLE_ATTEMPTS_MAX = 20;

/**
 * Moves the mark that the plan began at; one that moved meanwhile is another's, and a newer version, or a version that
 * was filled since, has a plan of its own.
 */
async function settleFanOut(context: RuntimeContext, tenantId: TenantId, change: PlannedChange): Promise<boolean> {
  const { entityKey, fromVersion: from, toVersion, settlesTo: to, fills } = sourceOf(tenantId, change);
  for (let attempt = 1; attempt <= SETTLE_ATTEMPTS_MAX; attempt++) {
    const [status] = await context.store.batchGet([{ kind: 'status', tenantId, entityKey }]);
    if (status === undefined || status.version !== toVersion) return false;
    if (status.fannedOutTo >= toVersion) return true;
    const next = to === 0 ? null : statusAfterFanOut(status, { from, to, fills, at: timestamp(context) });
    if (next === null) return false;
    if ((await context.store.updateStatus(next, status.counter)) === 'updated') return to === toVersion;
  }
  return false;
}
