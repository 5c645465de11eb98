/**
 * Brands that are renamed, and the products that carry their names: `planFanOuts` and `applyFanOut` over a store full
 * of products of other brands. The floor runs what is needed of the statements that the adapter ran, recorded, with
 * nothing computed in between; the plan's floor parses what they read as well.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStoreDatabase } from '../../src/adapters/sqlite/open-database.ts';
import type { Runtime, SlicingInput } from '../../src/flows/runtime/runtime.ts';
import { type ContestResult, runContest, type Timing, timeItems } from '../measure/contest.ts';
import { type BenchGroup, type BenchReport, type BenchRow, type BenchSettings, judge } from '../report/bench-row.ts';
import {
  countWriteTransactions,
  leastOf,
  openReplayer,
  type RecordedStatement,
  recordStatements,
} from '../sqlite/recorded-statements.ts';
import { assertSameRows } from '../sqlite/same-rows.ts';
import {
  type BrandedSizes,
  brandCount,
  brandVersions,
  fillBranded,
  followRenames,
  PRODUCTS_PER_BRAND,
  planRenames,
  productVersions,
  warmBranded,
} from '../subject/branded-products.ts';
import { BATCH, drainQuietly, openSubject, warmUp, withFolder } from '../subject/open-subject.ts';
import { JOINING_CONTRACTS, RULE_SET_REF } from '../subject/product-contracts.ts';
import { benchViewLibraries } from './view-library-rows.ts';

export const FAN_OUT_ROWS: BenchGroup = { id: 'fan-out', isSlow: true, run: benchFanOut };

function benchFanOut({ isQuick, isFull }: BenchSettings): Promise<BenchReport> {
  const products = isQuick ? 2_000 : isFull ? 100_000 : 20_000;
  const sizes = { products, renamed: isQuick ? 5 : 100 };
  return withFolder(async (folder) => {
    const path = join(folder, 'base.db');
    await fillBranded(path, sizes);
    return measureFanOut({ path, sizes, rounds: isQuick ? 2 : 5 });
  });
}

/** A file whose renamed brands nobody has followed yet; never changed, only copied. */
interface Base {
  readonly path: string;
  readonly sizes: BrandedSizes;
  readonly rounds: number;
}

async function measureFanOut(base: Base): Promise<BenchReport> {
  const { sizes, rounds } = base;
  const work = await onCopy(base, (path) => recordWork(path, base));
  const contestOf = (ours: () => Promise<Timing>, reference: () => Promise<Timing>) =>
    runContest({ ours, reference, rounds, warmUpRounds: 1 });
  const bare = await contestOf(
    () => followOnce(base),
    () => onCopy(base, (path) => timeReplay(path, sizes, work, [...work.leastPlan, ...work.leastApply])),
  );
  const plan = await contestOf(
    () => onCopy(base, (path) => timeRun(path, sizes, (runtime) => planRenames(runtime, renamedOf(sizes), 2))),
    () => onCopy(base, (path) => timeReplay(path, sizes, work, work.leastPlan, parseColumns)),
  );
  const full = await contestOf(
    () => followOnce(base),
    () => sliceFull(sizes),
  );
  const libraries = await benchViewLibraries({
    ...base,
    ours: bare.ours,
    follow: (use) =>
      onCopy(base, (path) => timeRun(path, sizes, (runtime) => followAll(runtime, sizes)).then(() => use(path))),
  });
  return {
    rows: [...fanOutRows(sizes, { bare, full, plan }), ...libraries.rows],
    notes: [
      `fan-out, processor time alone: ${bare.processorRatio.toFixed(2)}×, the plan ${plan.processorRatio.toFixed(2)}×`,
      statementsNote(sizes, work),
      ...libraries.notes,
    ],
  };
}

interface Measured {
  readonly bare: ContestResult;
  readonly full: ContestResult;
  readonly plan: ContestResult;
}

function fanOutRows(sizes: BrandedSizes, { bare, full, plan }: Measured): readonly BenchRow[] {
  const { products, renamed } = sizes;
  const brands = `${renamed} of ${brandCount(products)} brands renamed`;
  const title = `plan and apply, durable, ${brands} in one plan: ${touchedOf(sizes)} of ${products} products follow`;
  return [
    judge({
      id: 'fan-out',
      title,
      against: 'bare node:sqlite: what each call reads, once, and the rows it writes, in the fewest transactions',
      unit: 'µs',
      ...bare,
      target: 1.5,
    }),
    judge({
      id: 'fan-out-full',
      title: 'the same',
      against: `slicing these products FULL, durable, batches of ${BATCH} too, where just brands and RawData are`,
      unit: 'µs',
      ...full,
      target: 0.5,
    }),
    judge({
      id: 'fan-out-plan',
      title: 'the plan alone',
      against: 'its reads in bare node:sqlite, each row once, and what they read parsed',
      unit: 'µs',
      ...plan,
      target: 1.5,
    }),
  ];
}

function statementsNote(sizes: BrandedSizes, { plan, apply, leastPlan, leastApply }: RecordedWork): string {
  const touched = touchedOf(sizes);
  const perProduct = (count: number) => (count / touched).toFixed(1);
  const ran = perProduct(plan.length + apply.length);
  const least = perProduct(leastPlan.length + leastApply.length);
  const transactions = countWriteTransactions(leastApply);
  return `fan-out, statements a product: ${ran} ours, ${least} the floor's, in ${transactions} write transactions`;
}

function touchedOf({ renamed }: BrandedSizes): number {
  return renamed * PRODUCTS_PER_BRAND;
}

function renamedOf({ renamed }: BrandedSizes): readonly number[] {
  return Array.from({ length: renamed }, (_, brand) => brand);
}

function followAll(runtime: Runtime, sizes: BrandedSizes): Promise<void> {
  return followRenames(runtime, renamedOf(sizes), 2);
}

function onCopy<Result>({ path }: Base, use: (path: string) => Promise<Result> | Result): Promise<Result> {
  return withFolder((folder) => {
    const copy = join(folder, 'copy.db');
    copyFileSync(path, copy);
    return use(copy);
  });
}

function followOnce(base: Base): Promise<Timing> {
  return onCopy(base, (path) => timeRun(path, base.sizes, (runtime) => followAll(runtime, base.sizes)));
}

interface RecordedWork {
  readonly warm: readonly RecordedStatement[];
  readonly plan: readonly RecordedStatement[];
  readonly apply: readonly RecordedStatement[];
  readonly leastPlan: readonly RecordedStatement[];
  readonly leastApply: readonly RecordedStatement[];
}

const UNBOUNDED_MS = 60_000;

/** @param path a copy of the base */
async function recordWork(path: string, base: Base): Promise<RecordedWork> {
  const { sizes } = base;
  // The fewest transactions that the batches allow, however slow this one run is.
  const runtime = await openSubject({ path, contracts: JOINING_CONTRACTS, groupMs: UNBOUNDED_MS });
  const warm = await recordStatements(() => warmBranded(runtime, sizes.products));
  let planned: Awaited<ReturnType<typeof planRenames>> | undefined;
  const plan = await recordStatements(async () => {
    planned = await planRenames(runtime, renamedOf(sizes), 2);
  });
  const apply = await recordStatements(async () => planned && runtime.applyFanOut(planned));
  await runtime.close();
  // Each by itself: an apply reads again what the plan read, because others may have written since.
  const work = { warm, plan, apply, leastPlan: leastOf(plan), leastApply: leastOf(apply) };
  await onCopy(base, async (floor) => {
    await timeReplay(floor, sizes, work, [...work.leastPlan, ...work.leastApply]);
    assertSameRows(path, floor);
  });
  return work;
}

async function timeRun(
  path: string,
  sizes: BrandedSizes,
  run: (runtime: Runtime) => Promise<unknown>,
): Promise<Timing> {
  const runtime = await openSubject({ path, contracts: JOINING_CONTRACTS });
  await warmBranded(runtime, sizes.products);
  // Closing writes the log back into the file: both sides pay for it.
  return timeItems(touchedOf(sizes), async () => {
    await run(runtime);
    await runtime.close();
  });
}

function timeReplay(
  path: string,
  sizes: BrandedSizes,
  { warm }: Pick<RecordedWork, 'warm'>,
  recorded: readonly RecordedStatement[],
  look?: (row: unknown) => void,
): Promise<Timing> {
  const database = openStoreDatabase({ path, store: path, lockWaitMs: 0 });
  const replay = openReplayer(database);
  replay(warm);
  return timeItems(touchedOf(sizes), () => {
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
    if (value instanceof Uint8Array) sink = JSON.parse(decoder.decode(value));
    else if (typeof value === 'string' && value.startsWith('{')) sink = JSON.parse(value);
  }
  if (sink === undefined) sink = null;
}

const decoder = new TextDecoder();

function sliceFull(sizes: BrandedSizes): Promise<Timing> {
  return withFolder(async (folder) => {
    const path = join(folder, 'full.db');
    const items = await insertOnly(path, sizes);
    const runtime = await openSubject({ path, contracts: JOINING_CONTRACTS });
    await warmUp(runtime, JSON.stringify({ sku: 'S', title: 'T', brand_id: 'B', status: 'ACTIVE', price: {} }));
    return timeItems(items.length, async () => {
      await drainQuietly(runtime.batch.slicing(items, { concurrency: BATCH }));
      await runtime.close();
    });
  });
}

/** Closes the file behind it, so that slicing does not pay for writing the RawData back from the log. */
async function insertOnly(path: string, { products, renamed }: BrandedSizes): Promise<readonly SlicingInput[]> {
  const runtime = await openSubject({ path, contracts: JOINING_CONTRACTS });
  await drainQuietly(runtime.batch.insertRawdata(brandVersions(renamed, 1)));
  await drainQuietly(runtime.batch.insertRawdata(productVersions(products, renamed)));
  await runtime.close();
  return Array.from(productVersions(products, renamed), ({ tenantId, entityKey, version }) => {
    return { tenantId, entityKey, version, ...FULL };
  });
}

const FULL = { ruleSetRef: RULE_SET_REF, mode: 'FULL_REBUILD' } as const;
