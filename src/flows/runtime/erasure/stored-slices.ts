import type { EntityAddress, StoredSliceSummary } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { pagesOf } from '../range-pages.ts';

const PAGE_LIMIT = 1_000;

/** All slices of an entity, without their payloads. */
export async function storedSlicesOf(
  context: RuntimeContext,
  { tenantId, entityKey }: EntityAddress,
  signal: AbortSignal | undefined,
): Promise<readonly StoredSliceSummary[]> {
  const found: StoredSliceSummary[] = [];
  const query = { range: 'slices', tenantId, entityKey, limit: PAGE_LIMIT } as const;
  for await (const slices of pagesOf(context, query, signal)) found.push(...slices);
  return found;
}
