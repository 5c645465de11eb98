/**
 * Brands that are renamed, and the products that carry their names: `planFanOuts` and `applyFanOut` over a store full
 * of products of other brands. The floor runs the very statements that the adapter ran, recorded, with nothing computed
 * in between; the plan's floor parses what they read as well.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStoreDatabase } from '../../src/adapters/sqlite/open-database.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import { runContest, type Timing, timeItems } from '../measure/contest.ts';
import { type BenchGroup, type BenchReport, type BenchSettings, judge } from '../report/bench-row.ts';
import { openReplayer, type RecordedStatement, recordStatements } from '../sqlite/recorded-statements.ts';
import { BATCH, drainQuietly, openSubject, withFolder } from '../subject/open-subject.ts';
import { JOINING_CONTRACTS, RULE_SET_REF } from '../subject/product-contracts.ts';
import { productLines, TENANT_ID } from '../subject/product-lines.ts';

export const FAN_OUT_ROWS: BenchGroup = { id: 'fan-out', isSlow: true, run: benchFanOut };

interface Sizes {
  readonly products: number;
  /** Every brand has as many products. */
  readonly brands: number;
  readonly renamed: number;
}

const PRODUCTS_PER_BRAND = 100;

async function benchFanOut({ isQuick, isFull }: BenchSettings): Promise<BenchReport> {
  const products = isQuick ? 2_000 : isFull ? 100_000 : 20_000;
  const sizes = { products, brands: products / PRODUCTS_PER_BRAND, renamed: isQuick ? 5 : 100 };
  const rounds = isQuick ? 2 : 5;
  const touched = sizes.renamed * PRODUCTS_PER_BRAND;
  return withFolder(async (folder) => {
    const base = join(folder, 'base.db');
    await fill(base, sizes);
    const onCopy = <Result>(name: string, use: (path: string) => Promise<Result> | Result) =>
      withFolder((copies) => {
        const path = join(copies, name);
        copyFileSync(base, path);
        return use(path);
      });
    const work = await onCopy('recorded.db', (path) => recordWork(path, sizes));
    const title = `${sizes.renamed} of ${sizes.brands} brands renamed, ${touched} of ${products} products follow`;
    const whole = await runContest({
      ours: () => onCopy('ours.db', (path) => timeRun(path, touched, (runtime) => follow(runtime, sizes))),
      reference: () => onCopy('floor.db', (path) => timeReplay(path, touched, work, [...work.plan, ...work.apply])),
      rounds,
      warmUpRounds: 1,
    });
    const plan = await runContest({
      ours: () => onCopy('ours.db', (path) => timeRun(path, touched, (runtime) => planOf(runtime, sizes))),
      reference: () => onCopy('floor.db', (path) => timeReplay(path, touched, work, work.plan, parseColumns)),
      rounds,
      warmUpRounds: 1,
    });
    const full = await sliceFull(sizes, rounds);
    return {
      rows: [
        judge({
          id: 'fan-out',
          title: `plan and apply: ${title}`,
          against: 'the same statements in bare node:sqlite',
          unit: 'µs',
          ...whole,
          target: 1.5,
        }),
        judge({
          id: 'fan-out-full',
          title: 'the same',
          against: 'slicing these products FULL into a store that holds just the RawData',
          unit: 'µs',
          ours: whole.ours,
          reference: full,
          target: 0.5,
        }),
        judge({
          id: 'fan-out-plan',
          title: 'the plan alone',
          against: 'its reads in bare node:sqlite, and what they read parsed',
          unit: 'µs',
          ...plan,
          target: 1.5,
        }),
      ],
      notes: [],
    };
  });
}

function brandKey(index: number): string {
  return `brand#BR-${index}`;
}

/** All brands and products sliced, and the brands that are to be followed renamed. */
async function fill(path: string, { products, brands, renamed }: Sizes): Promise<void> {
  const runtime = await openSubject({ path, contracts: JOINING_CONTRACTS });
  await drainQuietly(runtime.batch.ingest(brandVersions(brands, 1)));
  await drainQuietly(runtime.batch.ingest(productVersions(products, brands)));
  await drainQuietly(runtime.batch.insertRawdata(brandVersions(renamed, 2)));
  await runtime.close();
}

function brandVersions(count: number, version: number) {
  return Array.from({ length: count }, (_, index) => ({
    tenantId: TENANT_ID,
    entityKey: brandKey(index),
    version,
    payload: { name: `Brand ${index}, name ${version}` },
  }));
}

function productVersions(products: number, brands: number) {
  return productLines(products).map(({ entityKey, json }, index) => ({
    tenantId: TENANT_ID,
    entityKey,
    version: 1,
    payloadJson: JSON.stringify({ ...JSON.parse(json), brand_id: `BR-${index % brands}` }),
  }));
}

function planOf(runtime: Runtime, { renamed }: Sizes) {
  const changes = brandVersions(renamed, 2).map(({ entityKey }) => ({ entityKey, fromVersion: 1, toVersion: 2 }));
  return runtime.planFanOuts({ tenantId: TENANT_ID, changes });
}

async function follow(runtime: Runtime, sizes: Sizes): Promise<void> {
  const { revised } = await runtime.applyFanOut(await planOf(runtime, sizes));
  const expected = sizes.renamed * PRODUCTS_PER_BRAND;
  if (revised !== expected) throw new Error(`bench: expected ${expected} products to follow, found ${revised}.`);
}

interface RecordedWork {
  readonly warm: readonly RecordedStatement[];
  readonly plan: readonly RecordedStatement[];
  readonly apply: readonly RecordedStatement[];
}

async function recordWork(path: string, sizes: Sizes): Promise<RecordedWork> {
  const runtime = await openSubject({ path, contracts: JOINING_CONTRACTS });
  const warming = await recordStatements(() => warm(runtime));
  let planned: Awaited<ReturnType<typeof planOf>> | undefined;
  const plan = await recordStatements(async () => {
    planned = await planOf(runtime, sizes);
  });
  const apply = await recordStatements(async () => planned && runtime.applyFanOut(planned));
  await runtime.close();
  return { warm: warming, plan, apply };
}

/** Loads and links the contracts, so that no round pays for it. */
async function warm(runtime: Runtime): Promise<void> {
  await runtime.planFanOut({ tenantId: TENANT_ID, entityKey: brandKey(0), fromVersion: 1, toVersion: 2 });
}

async function timeRun(path: string, items: number, run: (runtime: Runtime) => Promise<unknown>): Promise<Timing> {
  const runtime = await openSubject({ path, contracts: JOINING_CONTRACTS });
  await warm(runtime);
  // Closing writes the log back into the file: both sides pay for it.
  return timeItems(items, async () => {
    await run(runtime);
    await runtime.close();
  });
}

function timeReplay(
  path: string,
  items: number,
  { warm: warming }: RecordedWork,
  recorded: readonly RecordedStatement[],
  look?: (row: unknown) => void,
): Promise<Timing> {
  const database = openStoreDatabase({ path, store: path, lockWaitMs: 0 });
  const replay = openReplayer(database);
  replay(warming);
  return timeItems(items, () => {
    replay(recorded, look);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
  });
}

/** The last result stays reachable, so that no work can be optimised away. */
let sink: unknown;

function parseColumns(row: unknown): void {
  if (!Array.isArray(row)) return;
  for (const value of row) {
    if (value instanceof Uint8Array) sink = JSON.parse(Buffer.from(value).toString());
    else if (typeof value === 'string' && value.startsWith('{')) sink = JSON.parse(value);
  }
  if (sink === undefined) sink = null;
}

/** Microseconds a product. */
async function sliceFull({ products, brands, renamed }: Sizes, rounds: number): Promise<number> {
  const touched = productVersions(products, brands).filter((_, index) => index % brands < renamed);
  const once = () =>
    withFolder(async (folder) => {
      const runtime = await openSubject({ path: join(folder, 'full.db'), contracts: JOINING_CONTRACTS });
      await drainQuietly(runtime.batch.ingest(brandVersions(renamed, 1)));
      await drainQuietly(runtime.batch.insertRawdata(touched));
      const items = touched.map(({ tenantId, entityKey, version }) => ({ tenantId, entityKey, version, ...FULL }));
      return timeItems(touched.length, async () => {
        await drainQuietly(runtime.batch.slicing(items, { concurrency: BATCH }));
        await runtime.close();
      });
    });
  const result = await runContest({ ours: once, reference: once, rounds: Math.ceil(rounds / 2), warmUpRounds: 1 });
  return Math.min(result.ours, result.reference);
}

const FULL = { ruleSetRef: RULE_SET_REF, mode: 'FULL_REBUILD' } as const;
