import type { ContentHash } from '../../../domain/canonical/hash.ts';
import type { EntityAddress, PayloadLocation } from '../../../domain/records.ts';
import type { RuntimeContext } from '../context.ts';
import { pagesOf } from '../range-pages.ts';

/** As many records as the store answers in one round trip. */
const PAGE_LIMIT = 100;

/** Hash and generation, of one entity's locations. */
export function placeOf({ rawHash, generation }: PayloadLocation): string {
  return `${rawHash}.${generation}`;
}

/**
 * Which of an entity's locations its RawData refers to; no other entity's can. Only versions whose hash is in question
 * are read, and of those, where each lies.
 */
export async function referencedAmong(
  context: RuntimeContext,
  address: EntityAddress,
  locations: readonly PayloadLocation[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const asked = new Set(locations.map(placeOf));
  const hashes = new Set<ContentHash>(locations.map(({ rawHash }) => rawHash));
  const referenced = new Set<string>();
  if (asked.size === 0) return referenced;
  const query = { range: 'versions', ...address, order: 'ascending', limit: PAGE_LIMIT } as const;
  for await (const versions of pagesOf(context, query, signal)) {
    const possible = versions.filter(({ rawHash, isErased }) => hashes.has(rawHash) && !isErased);
    if (possible.length === 0) continue;
    const records = await context.store.batchGet(
      possible.map(({ version }) => ({ kind: 'raw-data', ...address, version }) as const),
    );
    for (const record of records) {
      if (record?.body.kind !== 'external') continue;
      const place = placeOf(record.body.location);
      if (asked.has(place)) referenced.add(place);
    }
  }
  return referenced;
}
