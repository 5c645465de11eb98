import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { SlicewiseError } from '../../domain/errors.ts';
import { isSettled, statusAfterFail, statusAfterMark, statusAfterSettle } from '../../domain/pipeline-state.ts';
import type { StatusRecord } from '../../domain/records.ts';
import { type RuntimeContext, timestamp } from './context.ts';
import type { SlicingRequest, SlicingTask } from './slicing-task.ts';

/**
 * Takes a rule set's debt off the status once its slicing of the newest version is committed: a compare-and-set on the
 * counter as it was read before the sources were resolved; losing it goes round again.
 * @returns whether nothing is owed under the rule set any more
 */
export async function settle(
  context: RuntimeContext,
  request: SlicingRequest,
  readBefore: StatusRecord,
): Promise<boolean> {
  const ruleSetRef = formatRef(request.ruleSet.ref);
  let status: StatusRecord | undefined = readBefore;
  while (status !== undefined && status.version === request.version) {
    const change = { ruleSetRef, version: request.version, at: timestamp(context) };
    const settled = statusAfterSettle(status, change, request.claimToken);
    if (settled === null) return isSettled(status, ruleSetRef);
    if ((await context.store.updateStatus(settled, status.counter)) === 'updated') return true;
    [status] = await context.store.batchGet([
      { kind: 'status', tenantId: request.tenantId, entityKey: request.entityKey },
    ]);
  }
  return false;
}

/**
 * Records why the newest version was refused. A debt that nobody marked is marked first, and then the sources are to
 * be resolved once more: `again`.
 */
export async function recordRefusal(
  context: RuntimeContext,
  { request, status }: Pick<SlicingTask, 'request' | 'status'>,
  refusal: SlicewiseError,
): Promise<'recorded' | 'again' | 'not_newest'> {
  if (status.version !== request.version) return 'not_newest';
  const change = { ruleSetRef: formatRef(request.ruleSet.ref), version: request.version, at: timestamp(context) };
  const marked = statusAfterMark(status, change);
  if (marked !== null) {
    await context.store.updateStatus(marked, status.counter);
    return 'again';
  }
  const failed = statusAfterFail(status, { ...change, lastError: refusal.toJSON() }, request.claimToken);
  if (failed === null) return 'not_newest';
  return (await context.store.updateStatus(failed, status.counter)) === 'updated' ? 'recorded' : 'again';
}
