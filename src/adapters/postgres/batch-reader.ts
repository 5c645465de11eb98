import type { KeyOf, RecordKey, StoredRecord } from '../../ports/store.ts';
import { quoteIdentifier, type Session } from './database.ts';
import { RECORD_TABLES, type RecordKind, type RecordTable } from './record-tables.ts';

interface PlacedKey {
  readonly key: RecordKey;
  readonly place: number;
}

/** Gets records by their keys: one statement for each kind among them, however many there are. */
export class BatchReader {
  readonly #statements: Readonly<Record<RecordKind, string>>;

  constructor(schema: string) {
    const statements = Object.entries(RECORD_TABLES).map(([kind, table]) => [kind, selectByKeys(table, schema)]);
    // The kinds are those of the tables.
    this.#statements = Object.fromEntries(statements) as Record<RecordKind, string>;
  }

  async read(session: Session, keys: readonly RecordKey[]): Promise<readonly (StoredRecord | undefined)[]> {
    const byKind = new Map<RecordKind, PlacedKey[]>();
    for (const [place, key] of keys.entries()) {
      const placed = byKind.get(key.kind);
      if (placed) placed.push({ key, place });
      else byKind.set(key.kind, [{ key, place }]);
    }
    const found: (StoredRecord | undefined)[] = keys.map(() => undefined);
    const reads = [...byKind].map(async ([kind, placed]) => {
      for (const { record, place } of await this.#readKind(session, kind, placed)) found[place] = record;
    });
    await allOrFirstFailure(reads);
    return found;
  }

  async #readKind<Kind extends RecordKind>(session: Session, kind: Kind, placed: readonly PlacedKey[]) {
    const { keys: columns, toRecord }: RecordTable<Kind> = RECORD_TABLES[kind];
    // They were grouped by their kind.
    const keys = placed.map(({ key }) => key as KeyOf<Kind>);
    const values = columns.map((column) => keys.map(column.of));
    const rows = await session.rows<readonly [nth: number, ...row: unknown[]]>(this.#statements[kind], values);
    return rows.flatMap(([nth, ...row]) => {
      // Rows are numbered from 1, in the order of the keys.
      const key = keys[nth - 1];
      const place = placed[nth - 1]?.place;
      return key === undefined || place === undefined ? [] : [{ record: toRecord(row, key), place }];
    });
  }
}

/** Unlike `Promise.all` it leaves nothing under way behind a failure. */
async function allOrFirstFailure(works: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works)) if (outcome.status === 'rejected') throw outcome.reason;
}

function selectByKeys(
  {
    table,
    keys,
    columns,
    joined,
  }: Pick<RecordTable<RecordKind>, 'table' | 'columns' | 'joined'> & {
    readonly keys: readonly { readonly name: string; readonly type: string }[];
  },
  schema: string,
): string {
  const owner = quoteIdentifier(schema);
  const given = keys.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  const names = keys.map(({ name }) => name).join(', ');
  return `
    SELECT nth, ${columns} FROM unnest(${given}) WITH ORDINALITY AS wanted (${names}, nth)
    JOIN ${owner}.${table} USING (${names})${joined === undefined ? '' : ` JOIN ${owner}.${joined}`}`;
}
