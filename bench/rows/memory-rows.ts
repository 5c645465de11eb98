/** Peak RSS of a process that streams many documents through `ingest`, against one that streams a tenth of them. */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type BenchGroup, type BenchReport, type BenchSettings, judge } from '../report/bench-row.ts';
import { withFolder } from '../subject/open-subject.ts';

export const MEMORY_ROWS: BenchGroup = { id: 'memory', isSlow: true, run: benchMemory };

const TARGET = 1.2;
const FULL_DOCUMENTS = 1_000_000;
/** Enough to fill every cache, and done in a minute or two. */
const SCALED_DOCUMENTS = 200_000;
const CHILD = join(dirname(import.meta.dirname), 'child', 'stream-documents.ts');

async function benchMemory({ isFull, isQuick }: BenchSettings): Promise<BenchReport> {
  const documents = isFull ? FULL_DOCUMENTS : isQuick ? SCALED_DOCUMENTS / 10 : SCALED_DOCUMENTS;
  // At full size a tenth; scaled down a quarter, because the store's own page cache has to fill first.
  const fewer = isFull ? documents / 10 : documents / 4;
  const reference = await peakRssMb(fewer);
  const ours = await peakRssMb(documents);
  const title = `peak RSS, ${documents.toLocaleString('en')} documents through ingest`;
  const against = `${fewer.toLocaleString('en')} documents`;
  const note = isFull ? [] : [`memory: scaled down; --full streams ${FULL_DOCUMENTS.toLocaleString('en')} documents.`];
  return { rows: [judge({ id: 'memory', title, against, unit: 'MB', ours, reference, target: TARGET })], notes: note };
}

function peakRssMb(documents: number): Promise<number> {
  return withFolder(async (folder) => {
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, join(folder, 'ours.db'), String(documents)]);
    const { ingested, peakRssMb: peak }: { ingested: number; peakRssMb: number } = JSON.parse(stdout);
    if (ingested !== documents) throw new Error(`bench: expected ${documents} documents in, found ${ingested}.`);
    return peak;
  });
}
