import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { slicingTraceIdOf } from '../../domain/decision-trace.ts';
import type { SlicewiseError } from '../../domain/errors.ts';
import {
  isSettled,
  statusAfterFail,
  statusAfterMark,
  statusAfterReopen,
  statusAfterSettle,
} from '../../domain/pipeline-state.ts';
import type { StatusRecord } from '../../domain/records.ts';
import { type RuntimeContext, timestamp } from './context.ts';
import type { Following } from './slicing-task.ts';

/** What may be owed, and the status that says so, as it was read before anything was resolved. */
interface Owing {
  readonly request: Following;
  readonly status: StatusRecord;
}

/** The status without a rule set's debt; `null` where there is none to take off, or not for this slicing. */
export function statusWhenSettled(context: RuntimeContext, { request, status }: Owing): StatusRecord | null {
  if (status.version !== request.version) return null;
  const change = { ruleSetRef: formatRef(request.ruleSet.ref), version: request.version, at: timestamp(context) };
  return statusAfterSettle(status, change, request.claimToken);
}

/** The status that goes with a commit of what was refused before; `null` for every other commit. */
export function statusWhenReopened(context: RuntimeContext, { request, status }: Owing): StatusRecord | null {
  const ruleSetRef = formatRef(request.ruleSet.ref);
  return statusAfterReopen(status, { ruleSetRef, version: request.version, at: timestamp(context) });
}

/**
 * Takes a rule set's debt off the status once its slicing of the newest version is committed: a compare-and-set on the
 * counter as it was read before the sources were resolved. `lost`: the whole attempt goes round again.
 */
export async function settle(context: RuntimeContext, task: Owing): Promise<'settled' | 'owed_elsewhere' | 'lost'> {
  const { request, status } = task;
  const settled = statusWhenSettled(context, task);
  if (settled !== null)
    return (await context.store.updateStatus(settled, status.counter)) === 'updated' ? 'settled' : 'lost';
  const isNewest = status.version === request.version;
  return isNewest && isSettled(status, formatRef(request.ruleSet.ref)) ? 'settled' : 'owed_elsewhere';
}

/**
 * The status with a mark for the slicing of its newest version, written where nobody owed it: under a rule set that was
 * published behind the version, say.
 * @returns `lost`: the status moved
 */
export async function markOwed(context: RuntimeContext, { request, status }: Owing): Promise<StatusRecord | 'lost'> {
  const change = { ruleSetRef: formatRef(request.ruleSet.ref), version: request.version, at: timestamp(context) };
  const marked = statusAfterMark(status, change);
  if (marked === null) return status;
  return (await context.store.updateStatus(marked, status.counter)) === 'updated' ? marked : 'lost';
}

/**
 * Records why the newest version was refused. A debt that nobody marked is marked first, and then the sources are to
 * be resolved once more: `again`.
 */
export async function recordRefusal(
  context: RuntimeContext,
  { request, status }: Owing,
  refusal: SlicewiseError,
): Promise<'recorded' | 'again' | 'not_newest'> {
  if (status.version !== request.version) return 'not_newest';
  const marked = await markOwed(context, { request, status });
  if (marked !== status) return 'again';
  const change = { ruleSetRef: formatRef(request.ruleSet.ref), version: request.version, at: timestamp(context) };
  const failed = statusAfterFail(status, { ...change, lastError: refusal.toJSON() }, request.claimToken);
  if (failed === null) return 'not_newest';
  return (await context.store.updateStatus(failed, status.counter)) === 'updated' ? 'recorded' : 'again';
}

export function logRefusal({ logger }: RuntimeContext, request: Following, refusal: SlicewiseError): void {
  const { tenantId, entityKey, version } = request;
  const ruleSetRef = formatRef(request.ruleSet.ref);
  const decisionTraceId = slicingTraceIdOf({ tenantId, entityKey, version, ruleSetRef });
  logger.warn({ decisionTraceId, tenantId, entityKey, version, ruleSetRef, code: refusal.code }, 'slicing refused');
}
