import type { PayloadLocation } from '../../domain/records.ts';
import { quoteIdentifier, type Session } from './database.ts';

/**
 * Places of payloads outside the database, which an insert refers to and a collection empties: whoever refers holds the
 * place together with others, whoever collects holds it alone, each until the end of its transaction. So either the
 * collection's look at the references finds the insert, or the insert finds the collection's record.
 */
export async function lockLocations(
  session: Session,
  locations: readonly PayloadLocation[],
  hold: 'together' | 'alone',
): Promise<void> {
  const lock = hold === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
  await session.rows(
    `SELECT ${lock}(hashtextextended(place, 0))
     FROM (SELECT place FROM unnest($1::text[]) AS given (place) ORDER BY place) AS sorted`,
    [locations.map(placeOf)],
  );
}

export async function isCollecting(session: Session, schema: string, location: PayloadLocation): Promise<boolean> {
  const { tenantId, entityKey, rawHash, generation } = location;
  const found = await session.rows(
    `SELECT 1 FROM ${quoteIdentifier(schema)}.collecting
     WHERE tenant_id = $1 AND entity_key = $2 AND raw_hash = $3 AND generation = $4`,
    [tenantId, entityKey, rawHash, generation],
  );
  return found.length > 0;
}

function placeOf({ tenantId, entityKey, rawHash, generation }: PayloadLocation): string {
  return JSON.stringify(['slicewise payload', tenantId, entityKey, rawHash, generation]);
}
