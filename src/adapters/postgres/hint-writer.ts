import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { HintRecord } from '../../domain/records.ts';
import { quoteIdentifier, type Session } from './database.ts';
import { arraysOf, type Column, insertGiven, namesOf, textOf } from './given-rows.ts';

const KEYS: readonly Column<HintRecord>[] = [
  { name: 'tenant_id', type: 'text', of: (hint) => hint.tenantId },
  { name: 'index_key', type: 'text', of: (hint) => hint.indexKey },
  { name: 'shard', type: 'bigint', of: (hint) => hint.shard },
  { name: 'entity_key', type: 'text', of: (hint) => hint.entityKey },
  { name: 'rule_set', type: 'text', of: (hint) => formatRef(hint.ruleSet) },
  { name: 'slice_type', type: 'text', of: (hint) => hint.sliceType },
];
const STATE: readonly Column<HintRecord>[] = [
  { name: 'version', type: 'bigint', of: (hint) => hint.version },
  { name: 'revision', type: 'bigint', of: (hint) => hint.revision },
];
const ADVISORY: readonly Column<HintRecord>[] = [
  { name: 'slice_hash', type: 'text', of: (hint) => hint.sliceHash },
  { name: 'indexed_at', type: 'text', of: (hint) => hint.indexedAt },
];

/** Entries of the inverted index: they only go up, and are deleted under an exact condition. */
export class HintWriter {
  readonly #put: string;
  readonly #delete: string;

  constructor(schema: string) {
    const table = `${quoteIdentifier(schema)}.hint`;
    const conditions = [...KEYS, ...STATE].map(({ name, type }, index) => `${name} = $${index + 1}::${type}`);
    this.#put = `
      ${insertGiven(table, KEYS, [...STATE, ...ADVISORY])}
      ON CONFLICT (${namesOf(KEYS)}) DO UPDATE SET version = excluded.version, revision = excluded.revision,
        slice_hash = excluded.slice_hash, indexed_at = excluded.indexed_at
      WHERE (excluded.version, excluded.revision) > (hint.version, hint.revision)`;
    this.#delete = `DELETE FROM ${table} WHERE ${conditions.join(' AND ')} RETURNING 1`;
  }

  async put(session: Session, hints: readonly HintRecord[]): Promise<void> {
    if (hints.length === 0) return;
    // One statement may not put a row twice.
    const newest = new Map<string, HintRecord>();
    for (const hint of hints) {
      const key = textOf(KEYS, hint);
      const known = newest.get(key);
      if (known === undefined || isBefore(known, hint)) newest.set(key, hint);
    }
    await session.rows(this.#put, arraysOf([...KEYS, ...STATE, ...ADVISORY], [...newest.values()]));
  }

  async delete(session: Session, hint: HintRecord): Promise<'deleted' | 'kept'> {
    const values = [...KEYS, ...STATE].map((column) => column.of(hint));
    return (await session.rows(this.#delete, values)).length > 0 ? 'deleted' : 'kept';
  }
}

function isBefore(left: HintRecord, right: HintRecord): boolean {
  return left.version < right.version || (left.version === right.version && left.revision < right.revision);
}
