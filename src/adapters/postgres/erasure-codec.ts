import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { ErasureRecord } from '../../domain/records.ts';
import type { KeyOf } from '../../ports/store.ts';

/** Erasures to the columns of their rows, and back. */

export const ERASURE_COLUMNS = 'erasure_hash, ordered, completed';
export type ErasureRow = readonly [erasureHash: ContentHash, ordered: string, completed: string | null];

export function orderedText({ by, reason, orderedAt }: Pick<ErasureRecord, 'by' | 'reason' | 'orderedAt'>): string {
  return JSON.stringify({ by, reason, orderedAt });
}

export function completedText({ completed }: Pick<ErasureRecord, 'completed'>): string | null {
  return completed === null ? null : JSON.stringify(completed);
}

export function toErasure(row: ErasureRow, key: Omit<KeyOf<'erasure'>, 'kind'>): ErasureRecord {
  const [erasureHash, ordered, completed] = row;
  const { tenantId, entityKey, number } = key;
  const { by, reason, orderedAt }: Pick<ErasureRecord, 'by' | 'reason' | 'orderedAt'> = JSON.parse(ordered);
  const outcome: ErasureRecord['completed'] = completed === null ? null : JSON.parse(completed);
  return { kind: 'erasure', tenantId, entityKey, number, erasureHash, by, reason, orderedAt, completed: outcome };
}
