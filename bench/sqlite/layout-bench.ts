/**
 * What the SQLite adapter costs above bare statements: `node bench/sqlite/layout-bench.ts [documents] [rounds]`.
 * Both put the rows of each document, in batches of 100: the adapter as the runtime calls it, phase by phase and 100
 * documents at once; the reference in one transaction a batch. Rounds alternate; the table shows medians.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/adapters/sqlite/index.ts';
import { openBareRows } from './bare-rows.ts';
import { type DocumentRows, documentRows } from './document-rows.ts';

const BATCH = 100;
const documents = Number(process.argv[2] ?? 5_000);
const rounds = Number(process.argv[3] ?? 5);

const batches: DocumentRows[][] = [];
for (let start = 0; start < documents; start += BATCH) {
  batches.push(Array.from({ length: BATCH }, (_, index) => documentRows(start + index)));
}

const phases = { insert: 0, put: 0, commit: 0, settle: 0 };

async function runAdapter(path: string): Promise<void> {
  const store = await openSqliteStore({ path });
  for (const batch of batches) {
    const startedMs = performance.now();
    await Promise.all(batch.map((rows) => store.insert(rows.insert)));
    const insertedMs = performance.now();
    await Promise.all(batch.flatMap((rows) => [store.putOnce(rows.once), store.putHints(rows.hints)]));
    const putMs = performance.now();
    await Promise.all(batch.map((rows) => store.commit(rows.commit)));
    const committedMs = performance.now();
    await Promise.all(batch.map((rows) => store.updateStatus(rows.active, 1)));
    phases.insert += insertedMs - startedMs;
    phases.put += putMs - insertedMs;
    phases.commit += committedMs - putMs;
    phases.settle += performance.now() - committedMs;
  }
  await store.close();
}

async function runBare(path: string): Promise<void> {
  const bare = openBareRows(path);
  for (const batch of batches) bare.putBatch(batch);
  bare.close();
}

async function measure(run: (path: string) => Promise<void>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-bench-'));
  try {
    const startedMs = performance.now();
    await run(join(folder, 'store.db'));
    return ((performance.now() - startedMs) * 1_000) / documents;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const adapter: number[] = [];
const bare: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  adapter.push(await measure(runAdapter));
  bare.push(await measure(runBare));
}
const ratios = adapter.map((micros, round) => micros / (bare[round] ?? Number.NaN));
const total = Object.values(phases).reduce((sum, ms) => sum + ms, 0);
console.table({
  adapter: { 'µs per document': median(adapter).toFixed(1) },
  bare: { 'µs per document': median(bare).toFixed(1) },
  ratio: { 'µs per document': median(ratios).toFixed(2) },
});
for (const [phase, ms] of Object.entries(phases)) console.log(`${phase}: ${((100 * ms) / total).toFixed(0)} %`);
