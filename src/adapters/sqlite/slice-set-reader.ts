import type { DatabaseSync } from 'node:sqlite';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import type { SliceRecord } from '../../domain/records.ts';
import type { RecordKey } from '../../ports/store.ts';
import { SLICE_COLUMNS, type SliceKey, type SliceRow, toSlice } from './row-codec.ts';
import { prepareRows, type RowStatement } from './row-statement.ts';

/** Keys of slices of one entity under one rule set; there is a first. */
export type SliceSet = readonly [SliceKey, ...SliceKey[]];

type PlacedRow = readonly [...slice: SliceRow, place: number];
const PLACE = 4;

/** As many keys as the port answers in one round trip; so many statements are kept at most. */
const SLICES_MAX = 100;

/** Whether all keys are of slices of one entity under one rule set, as a view reads them. */
export function isOneSliceSet(keys: readonly RecordKey[]): keys is SliceSet {
  const [first] = keys;
  return first?.kind === 'slice' && keys.length <= SLICES_MAX && keys.every((key) => isOfSameSet(key, first));
}

function isOfSameSet(key: RecordKey, first: SliceKey): boolean {
  return (
    key.kind === 'slice' &&
    key.entityKey === first.entityKey &&
    key.tenantId === first.tenantId &&
    key.ruleSet.id === first.ruleSet.id &&
    key.ruleSet.version === first.ruleSet.version
  );
}

/** Gets the slices of a set in one statement: a statement for each would cost half as much again. */
export class SliceSetReader {
  readonly #database: DatabaseSync;
  /** By the number of slices that they read. */
  readonly #statements = new Map<number, RowStatement<PlacedRow>>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  read(keys: SliceSet): readonly (SliceRecord | undefined)[] {
    const [{ tenantId, entityKey, ruleSet }] = keys;
    const values: string[] = [tenantId, entityKey, formatRef(ruleSet)];
    for (const { sliceType, sliceHash } of keys) values.push(sliceType, sliceHash);
    const slices: (SliceRecord | undefined)[] = keys.map(() => undefined);
    for (const row of this.#statementFor(keys.length).all(...values)) {
      const place = row[PLACE];
      const key = keys[place];
      if (key !== undefined) slices[place] = toSlice(row, key);
    }
    return slices;
  }

  #statementFor(count: number): RowStatement<PlacedRow> {
    const known = this.#statements.get(count);
    if (known !== undefined) return known;
    const statement = prepareRows<PlacedRow>(this.#database, sliceSetSql(count));
    this.#statements.set(count, statement);
    return statement;
  }
}

function sliceSetSql(count: number): string {
  // Parameters 1 to 3 are tenant, entity and rule set.
  const wanted = Array.from({ length: count }, (_, place) => `(${place}, ?${4 + 2 * place}, ?${5 + 2 * place})`);
  // CROSS: the slices are looked up by their whole keys; SQLite may not walk through all that the entity ever had.
  return `
    SELECT ${SLICE_COLUMNS}, column1 FROM (VALUES ${wanted.join(', ')}) CROSS JOIN slice
    ON tenant_id = ?1 AND entity_key = ?2 AND rule_set = ?3 AND slice_type = column2 AND slice_hash = column3`;
}
