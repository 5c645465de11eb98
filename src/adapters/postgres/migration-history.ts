import { createHash } from 'node:crypto';
import { storeCorrupt, storeFormatNewer } from '../../ports/store-errors.ts';
import { quoteIdentifier, type Session } from './database.ts';
import type { Migration } from './migrations.ts';

/** A step that ran, as the database remembers it. */
export interface RanStep {
  readonly format: number;
  readonly checksum: string;
}

/** In their order, from a history that is there. */
export async function readHistory(session: Session, schema: string): Promise<readonly RanStep[]> {
  const ran = await session.rows<readonly [format: number, checksum: string]>(
    `SELECT format, checksum FROM ${quoteIdentifier(schema)}.migration ORDER BY format`,
  );
  return ran.map(([format, checksum]) => ({ format, checksum }));
}

/** The newest format; 0 where no step ran. */
export function formatOf(ran: readonly RanStep[]): number {
  return ran.at(-1)?.format ?? 0;
}

/**
 * Looks whether the steps that ran are the first of those that are given, each of them as it is given.
 *
 * @throws `store.format_newer`, `store.corrupt`
 */
export function checkHistory(ran: readonly RanStep[], migrations: readonly Migration[], store: string): void {
  const found = formatOf(ran);
  if (found > migrations.length) throw storeFormatNewer({ store, found, supported: migrations.length });
  for (const migration of migrations.slice(0, found)) {
    const step = ran.find(({ format }) => format === migration.to);
    if (step?.checksum === checksumOf(migration)) continue;
    const what = step === undefined ? 'no record of the step that made' : 'that another step made';
    throw storeCorrupt({
      store,
      found: `${what} format ${migration.to}`,
      advice: 'Nothing was changed; look for who altered the tables or their history.',
    });
  }
}

export function checksumOf({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex');
}
