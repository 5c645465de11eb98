import { DatabaseSync } from 'node:sqlite';

/** Payloads and contents are left out: the hashes beside them say the same. */
const COMPARED = [
  'SELECT * FROM #.head',
  'SELECT * FROM #.hint',
  'SELECT * FROM #.status',
  'SELECT commit_number, entity_key, rule_set, version, revision, manifest_hash FROM #.manifest',
  'SELECT entity_key, rule_set, slice_type, slice_hash, sliced_at FROM #.slice',
];

/** That a reference did the same work: fails where two files of a store do not hold the same rows. */
export function assertSameRows(ours: string, reference: string): void {
  const database = new DatabaseSync(ours);
  try {
    database.prepare('ATTACH ? AS reference').run(reference);
    for (const rows of COMPARED) {
      const [mine, theirs] = ['main', 'reference'].map((name) => rows.replace('#', name));
      const more = countOf(database, `${mine} EXCEPT ${theirs}`);
      const less = countOf(database, `${theirs} EXCEPT ${mine}`);
      if (more + less === 0) continue;
      throw new Error(
        `bench: ${mine}: expected the rows of the reference, found ${more} of ours and ${less} of its own alone.`,
      );
    }
  } finally {
    database.close();
  }
}

function countOf(database: DatabaseSync, rows: string): number {
  return Number(database.prepare(`SELECT count(*) AS count FROM (${rows})`).get()?.['count']);
}
