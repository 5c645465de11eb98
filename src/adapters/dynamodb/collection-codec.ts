import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { CollectingRecord, ErasureRecord } from '../../domain/records.ts';
import type { KeyOf } from '../../ports/store.ts';
import { type Item, ofText, textIn } from './item.ts';

/** What collections and erasures leave behind, to the attributes of its items, and back. */

export function collectingAttributes({ startedAt }: CollectingRecord): Item {
  return { startedAt: ofText(startedAt) };
}

export function erasureAttributes({ erasureHash, by, reason, counts, erasedAt }: ErasureRecord): Item {
  return {
    erasureHash: ofText(erasureHash),
    orderedBy: ofText(by),
    reason: ofText(reason),
    counts: ofText(JSON.stringify(counts)),
    erasedAt: ofText(erasedAt),
  };
}

export function toCollecting(key: KeyOf<'collecting'>, item: Item): CollectingRecord {
  const { tenantId, entityKey, rawHash, generation } = key;
  return { kind: 'collecting', tenantId, entityKey, rawHash, generation, startedAt: textIn(item, 'startedAt') };
}

export function toErasure({ tenantId, entityKey, version }: KeyOf<'erasure'>, item: Item): ErasureRecord {
  return {
    kind: 'erasure',
    tenantId,
    entityKey,
    version,
    // As it was written.
    erasureHash: textIn(item, 'erasureHash') as ContentHash,
    by: textIn(item, 'orderedBy'),
    reason: textIn(item, 'reason'),
    counts: JSON.parse(textIn(item, 'counts')),
    erasedAt: textIn(item, 'erasedAt'),
  };
}
