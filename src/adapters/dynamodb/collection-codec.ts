import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { CollectingRecord, ErasureRecord } from '../../domain/records.ts';
import type { KeyOf } from '../../ports/store.ts';
import { type Item, ofText, textIn } from './item.ts';

/** What collections and erasures leave behind, to the attributes of its items, and back. */

export function collectingAttributes({ startedAt }: CollectingRecord): Item {
  return { startedAt: ofText(startedAt) };
}

export function erasureAttributes({ erasureHash, by, reason, orderedAt, completed }: ErasureRecord): Item {
  return {
    erasureHash: ofText(erasureHash),
    orderedBy: ofText(by),
    reason: ofText(reason),
    orderedAt: ofText(orderedAt),
    ...(completed !== null && { completed: ofText(JSON.stringify(completed)) }),
  };
}

export function toCollecting(key: KeyOf<'collecting'>, item: Item): CollectingRecord {
  const { tenantId, entityKey, rawHash, generation } = key;
  return { kind: 'collecting', tenantId, entityKey, rawHash, generation, startedAt: textIn(item, 'startedAt') };
}

export function toErasure(key: Omit<KeyOf<'erasure'>, 'kind'>, item: Item): ErasureRecord {
  const { tenantId, entityKey, number } = key;
  return {
    kind: 'erasure',
    tenantId,
    entityKey,
    number,
    // As it was written.
    erasureHash: textIn(item, 'erasureHash') as ContentHash,
    by: textIn(item, 'orderedBy'),
    reason: textIn(item, 'reason'),
    orderedAt: textIn(item, 'orderedAt'),
    completed: 'completed' in item ? JSON.parse(textIn(item, 'completed')) : null,
  };
}
