import { hasCode, isRefusal } from '../../../domain/errors.ts';
import { owesFanOut } from '../../../domain/pipeline-state.ts';
import type { EntityAddress } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { gatheringStore } from '../gathered-reads.ts';
import { applyFanOut } from './apply-fan-out.ts';
import type { FollowedChange } from './fan-out-calls.ts';
import { planParents, type RefusedPlan } from './plan-fan-out.ts';
import { sweepHints } from './sweep-hints.ts';

/** Nothing joins the entity, or all that does has followed. */
export const NOTHING_OWED: FollowedChange = { outcome: 'settled', revised: 0, sliced: 0, cutOff: 0, refused: 0 };

/** Plans and applies what an entity's status says is owed to those that join it. */
export async function fanOutOwed(
  single: RuntimeContext,
  { tenantId, entityKey }: EntityAddress,
  signal?: AbortSignal,
): Promise<FollowedChange> {
  const context = { ...single, store: gatheringStore(single.store) };
  const [status] = await context.store.batchGet([{ kind: 'status', tenantId, entityKey }]);
  if (status === undefined || !owesFanOut(status)) return NOTHING_OWED;
  try {
    const { fannedOutTo: fromVersion, version: toVersion, fills } = status;
    const change = { tenantId, entityKey, fromVersion, toVersion, fills };
    // Its own slices were seen to before.
    const plan = await planParents(context, tenantId, { changes: [change], own: [] }, signal);
    if (plan.kind === 'refused-plan') return await stayOwed(context, plan);
    const applied = await applyFanOut(context, plan, signal === undefined ? {} : { signal });
    const { revised, sliced, refused } = applied;
    const outcome = applied.settled === 1 ? 'settled' : 'owed';
    return { outcome, revised, sliced, cutOff: plan.counts.cutOff, refused: refused.length };
  } catch (error) {
    // A newer version is in, whose own fan-out begins at the same mark.
    if (hasCode(error, 'fan_out.superseded')) return { ...NOTHING_OWED, outcome: 'owed' };
    if (isRefusal(error)) return { ...NOTHING_OWED, outcome: 'owed', error: error.toJSON() };
    throw error;
  }
}

/** What nothing supports goes all the same: no plan that is refused would ever sweep it, and it piled up. */
async function stayOwed(context: RuntimeContext, { refusal, staleHints }: RefusedPlan): Promise<FollowedChange> {
  await sweepHints(context, staleHints);
  return { ...NOTHING_OWED, outcome: 'owed', error: refusal.toJSON() };
}
