import { parseEntityKey, parseTenantId } from '../../../domain/identity.ts';
import type { ErasureRecord } from '../../../domain/records.ts';
import { ensureNotAborted, type RuntimeContext } from '../context.ts';
import type { ResultPage } from '../listing-calls.ts';
import { readPage } from '../listings.ts';
import type { ErasureOrder, ListErasuresInput } from './erasure-calls.ts';

/** Who ordered what to be erased, and what came of it. */
export async function listErasures(
  context: RuntimeContext,
  input: ListErasuresInput,
  signal?: AbortSignal,
): Promise<ResultPage<ErasureOrder>> {
  ensureNotAborted(signal);
  const { entityKey } = input;
  const listing = {
    range: 'erasures',
    tenantId: parseTenantId(input.tenantId),
    ...(entityKey !== undefined && { entityKey: parseEntityKey(entityKey) }),
  } as const;
  return readPage(listing, input, (request) => context.store.range({ ...listing, ...request }), erasureOrderOf);
}

function erasureOrderOf({ kind, number, erasureHash, ...order }: ErasureRecord): ErasureOrder {
  return { ...order, order: number };
}
