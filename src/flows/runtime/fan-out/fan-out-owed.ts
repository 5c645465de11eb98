import { hasCode, isRefusal } from '../../../domain/errors.ts';
import { owesFanOut } from '../../../domain/pipeline-state.ts';
import type { EntityAddress } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { gatheringStore } from '../gathered-reads.ts';
import { applyFanOut } from './apply-fan-out.ts';
import type { FollowedChange } from './fan-out-calls.ts';
import { planParents } from './plan-fan-out.ts';

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
    const { plan, refusal } = await planParents(context, tenantId, { changes: [change], own: [] }, signal);
    const applied = await applyFanOut(context, plan, signal === undefined ? {} : { signal });
    const { revised, sliced, refused } = applied;
    const followed = { revised, sliced, cutOff: plan.counts.cutOff, refused: refused.length };
    // One rule set that has too many parents, say, holds up nobody who follows under another.
    if (refusal !== null) return { ...followed, outcome: 'owed', error: refusal.toJSON() };
    return { ...followed, outcome: applied.settled === 1 ? 'settled' : 'owed' };
  } catch (error) {
    // A newer version is in, whose own fan-out begins at the same mark.
    if (hasCode(error, 'fan_out.superseded')) return { ...NOTHING_OWED, outcome: 'owed' };
    if (isRefusal(error)) return { ...NOTHING_OWED, outcome: 'owed', error: error.toJSON() };
    throw error;
  }
}
