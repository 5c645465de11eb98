import { hashCanonical } from '../../../domain/canonical/hash.ts';
import type { CompletedErasure, EntityAddress, ErasureRecord } from '../../../domain/records.ts';
import { type RuntimeContext, timestamp } from '../context.ts';
import { pagesOf } from '../range-pages.ts';

const PAGE_LIMIT = 100;

/** Who wants an entity erased, and why. */
export type Order = Pick<ErasureRecord, 'by' | 'reason'>;

/** Records an order under the entity's next number. Whoever gives the very same order at that moment shares it. */
export async function recordOrder(
  context: RuntimeContext,
  address: EntityAddress,
  order: Order,
): Promise<ErasureRecord> {
  for (let number = (await lastNumberOf(context, address)) + 1; ; number += 1) {
    const erasure = orderOf(context, address, { ...order, number });
    const [put] = await context.store.putOnce([erasure]);
    if (put?.outcome !== 'exists' || put.contentHash === erasure.erasureHash) return erasure;
  }
}

/** Says behind all else what was found. One that shares the order may have said so before. */
export async function completeOrder(
  context: RuntimeContext,
  erasure: ErasureRecord,
  found: Omit<CompletedErasure, 'at'>,
): Promise<void> {
  await context.store.completeErasure({ ...erasure, completed: { ...found, at: timestamp(context) } });
}

async function lastNumberOf(context: RuntimeContext, { tenantId, entityKey }: EntityAddress): Promise<number> {
  let last = 0;
  const query = { range: 'erasures', tenantId, entityKey, limit: PAGE_LIMIT } as const;
  for await (const page of pagesOf(context, query)) last = page.at(-1)?.number ?? last;
  return last;
}

function orderOf(
  context: RuntimeContext,
  { tenantId, entityKey }: EntityAddress,
  { by, reason, number }: Order & Pick<ErasureRecord, 'number'>,
): ErasureRecord {
  const erasureHash = hashCanonical({ tenantId, entityKey, number, by, reason });
  const orderedAt = timestamp(context);
  return { kind: 'erasure', tenantId, entityKey, number, erasureHash, by, reason, orderedAt, completed: null };
}
