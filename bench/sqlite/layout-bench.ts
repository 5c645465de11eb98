/**
 * What the SQLite adapter costs above bare statements: `node bench/sqlite/layout-bench.ts [documents] [rounds] [groupMs]`.
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
const groupMs = Number(process.argv[4] ?? 8);

const batches: DocumentRows[][] = [];
for (let start = 0; start < documents; start += BATCH) {
  batches.push(Array.from({ length: BATCH }, (_, index) => documentRows(start + index)));
}

const phases = { insert: 0, put: 0, commit: 0, settle: 0 };

async function runAdapter(path: string): Promise<void> {
  const store = await openSqliteStore({ path, groupMs });
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

interface Cost {
  readonly wallMicros: number;
  /** The processor time of this process: steadier than the wall on a shared machine. */
  readonly cpuMicros: number;
}

/** Per document. */
async function measure(run: (path: string) => Promise<void>): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-bench-'));
  try {
    const startedMs = performance.now();
    const startedCpu = process.cpuUsage();
    await run(join(folder, 'store.db'));
    const { user, system } = process.cpuUsage(startedCpu);
    const wallMicros = ((performance.now() - startedMs) * 1_000) / documents;
    return { wallMicros, cpuMicros: (user + system) / documents };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const adapter: Cost[] = [];
const bare: Cost[] = [];
for (let round = 0; round < rounds; round += 1) {
  adapter.push(await measure(runAdapter));
  bare.push(await measure(runBare));
}

function row(of: (cost: Cost) => number) {
  const ratios = adapter.map((cost, round) => of(cost) / of(bare[round] ?? cost));
  return {
    'adapter µs': median(adapter.map(of)).toFixed(1),
    'bare µs': median(bare.map(of)).toFixed(1),
    ratio: median(ratios).toFixed(2),
  };
}

console.table({ wall: row((cost) => cost.wallMicros), processor: row((cost) => cost.cpuMicros) });
const total = Object.values(phases).reduce((sum, ms) => sum + ms, 0);
for (const [phase, ms] of Object.entries(phases)) console.log(`${phase}: ${((100 * ms) / total).toFixed(0)} %`);
