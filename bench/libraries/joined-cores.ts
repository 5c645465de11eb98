import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { JoinedView } from './view-library.ts';

const JOINED_SLICE = 'PRODUCT_CORE';

const NEWEST_CORES = `
  SELECT head.entity_key, slice.payload FROM head JOIN manifest USING (commit_number)
  JOIN slice ON slice.tenant_id = head.tenant_id AND slice.entity_key = head.entity_key
    AND slice.rule_set = head.rule_set AND slice.slice_type = '${JOINED_SLICE}'
    AND slice.slice_hash = manifest.content ->> '$.slices.${JOINED_SLICE}'`;

/** Fails where a view does not hold what a store's file holds: the newest core of every product. */
export function assertSameCores(path: string, { cores, rowCount }: JoinedView): void {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    let count = 0;
    for (const { entity_key: entityKey, payload } of database.prepare(NEWEST_CORES).iterate()) {
      count += 1;
      const ours: unknown = JSON.parse(Buffer.from(payload as Uint8Array).toString());
      const theirs = cores.get(String(entityKey));
      if (isDeepStrictEqual(ours, theirs)) continue;
      throw new Error(`bench: ${entityKey}: expected ${JSON.stringify(ours)}, found ${JSON.stringify(theirs)}.`);
    }
    if (count === cores.size && count === rowCount()) return;
    throw new Error(`bench: expected ${count} products in the view, found ${cores.size} in ${rowCount()} rows.`);
  } finally {
    database.close();
  }
}
