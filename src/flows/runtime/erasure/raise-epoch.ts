import type { HeadRecord } from '../../../domain/records.ts';
import type { RuleSetAddress } from '../../../ports/store.ts';
import type { RuntimeContext } from '../context.ts';

/**
 * From here on no attempt commits that read anything before: what it has put may be taken away.
 * @returns the head behind it; `undefined`: there is none
 */
export async function raiseEpoch({ store }: RuntimeContext, address: RuleSetAddress): Promise<HeadRecord | undefined> {
  const { tenantId, entityKey, ruleSet } = address;
  for (;;) {
    const [head] = await store.batchGet([{ kind: 'head', tenantId, entityKey, ruleSet }]);
    if (head === undefined) return undefined;
    // Whoever was faster has raised it as well; an answer that got lost looks the same.
    const outcome = await store.raiseGcEpoch({ tenantId, entityKey, ruleSet }, head.gcEpoch);
    if (outcome === 'raised') return { ...head, gcEpoch: head.gcEpoch + 1 };
  }
}
