import { statusWhenFenced } from '../../../domain/erasure.ts';
import type { HeadRecord } from '../../../domain/records.ts';
import type { RuleSetAddress } from '../../../ports/store.ts';
import { type RuntimeContext, timestamp } from '../context.ts';

/** From here on no attempt commits that read anything before: what it has put may be taken away. */
export interface Fence {
  /** Behind the fence; `undefined`: nothing is committed. */
  readonly head: HeadRecord | undefined;
  /** What attempts from before have put lies below. */
  readonly epoch: number;
}

/**
 * Raises the head's epoch; where there is no head, the status' `fills`, which stands for it: a first commit that copies
 * from others moves the status (ADR 0045).
 */
export async function fenceAttempts(context: RuntimeContext, address: RuleSetAddress): Promise<Fence> {
  const { store } = context;
  const { tenantId, entityKey, ruleSet } = address;
  for (;;) {
    const [head, status] = await store.batchGet([
      { kind: 'head', tenantId, entityKey, ruleSet },
      { kind: 'status', tenantId, entityKey },
    ]);
    if (head !== undefined) {
      // Whoever was faster has raised it as well; an answer that got lost looks the same.
      const outcome = await store.raiseGcEpoch({ tenantId, entityKey, ruleSet }, head.gcEpoch);
      if (outcome === 'conflict') continue;
      const epoch = head.gcEpoch + 1;
      return { head: { ...head, gcEpoch: epoch }, epoch };
    }
    if (status === undefined) return { head, epoch: Number.MAX_SAFE_INTEGER };
    const fenced = statusWhenFenced(status, timestamp(context));
    if ((await store.updateStatus(fenced, status.counter)) === 'updated') return { head, epoch: fenced.fills };
  }
}

/**
 * The same, until some slices lie below: an attempt that read the status after the head has counted ahead of it.
 */
export async function fenceAbove(
  context: RuntimeContext,
  address: RuleSetAddress,
  slices: readonly { readonly gcEpoch: number }[],
): Promise<Fence> {
  const highest = slices.reduce((epoch, slice) => Math.max(epoch, slice.gcEpoch), 0);
  for (;;) {
    const fence = await fenceAttempts(context, address);
    if (fence.epoch > highest) return fence;
  }
}
