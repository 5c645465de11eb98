import type { Version } from '../../domain/identity.ts';
import type { EntityAddress } from '../../domain/records.ts';
import type { RuntimeContext } from './context.ts';

/** Versions that are looked up in one round trip. */
const VERSIONS_MAX = 100;

/**
 * An entity's versions above `after` (0: all of them) up to `last`, a hundred at a time. Its first version may have any
 * number, and what lies below that is not to be looked for page by page.
 */
export async function* pagesOfVersions(
  context: RuntimeContext,
  address: EntityAddress,
  after: number,
  last: number,
): AsyncGenerator<readonly Version[]> {
  // One page holds them all, wherever they begin.
  const start = after > 0 || last <= VERSIONS_MAX ? after + 1 : await firstVersionOf(context, address);
  for (let first = start; first <= last; first += VERSIONS_MAX) {
    const count = Math.min(VERSIONS_MAX, last - first + 1);
    // Between two versions of one entity lie versions.
    yield Array.from({ length: count }, (_, index) => (first + index) as Version);
  }
}

async function firstVersionOf({ store }: RuntimeContext, { tenantId, entityKey }: EntityAddress): Promise<number> {
  const { items } = await store.range({ range: 'versions', tenantId, entityKey, order: 'ascending', limit: 1 });
  return items[0]?.version ?? 1;
}
