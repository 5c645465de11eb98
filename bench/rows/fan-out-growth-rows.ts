/**
 * One brand that is renamed over and over, and its hundred products, in stores of three sizes: following costs what
 * follows, not what is stored. Each round opens its file anew, so that nothing but the system's cache holds its pages.
 */
import { join } from 'node:path';
import { runContest, type Timing, timeItems } from '../measure/contest.ts';
import { type BenchGroup, type BenchReport, type BenchSettings, judge } from '../report/bench-row.ts';
import {
  brandVersion,
  fillBranded,
  followRenames,
  PRODUCTS_PER_BRAND,
  warmBranded,
} from '../subject/branded-products.ts';
import { openSubject, withFolder } from '../subject/open-subject.ts';
import { JOINING_CONTRACTS } from '../subject/product-contracts.ts';

export const FAN_OUT_GROWTH_ROWS: BenchGroup = { id: 'fan-out-growth', isSlow: true, run: benchGrowth };

const TARGET = 1.3;
const FULL_SIZES = [10_000, 100_000, 1_000_000] as const;
const SCALED_SIZES = [2_000, 20_000, 100_000] as const;
const QUICK_SIZES = [500, 1_000, 2_000] as const;

function benchGrowth({ isQuick, isFull }: BenchSettings): Promise<BenchReport> {
  const [small, middle, large] = isFull ? FULL_SIZES : isQuick ? QUICK_SIZES : SCALED_SIZES;
  const contest = { rounds: isQuick ? 3 : 21, warmUpRounds: 3 };
  return withFolder(async (folder) => {
    const openStore = (products: number) => openGrowingStore(join(folder, `${products}.db`), products);
    const reference = await openStore(small);
    // The row with a target first: both of its stores have had as many renames then.
    const result = await runContest({ ours: await openStore(large), reference, ...contest });
    const middleResult = await runContest({ ours: await openStore(middle), reference, ...contest });
    const title = (products: number) =>
      `plan and apply, durable, 1 brand renamed: ${PRODUCTS_PER_BRAND} of ${formatCount(products)} products follow`;
    const against = `the same of ${formatCount(small)} products`;
    const full = FULL_SIZES.map(formatCount).join(', ');
    return {
      rows: [
        judge({ id: 'fan-out-growth', title: title(large), against, unit: 'µs', ...result, target: TARGET }),
        judge({ id: 'fan-out-growth-middle', title: title(middle), against, unit: 'µs', ...middleResult }),
      ],
      notes: [
        `fan-out-growth, processor time alone: ${result.processorRatio.toFixed(2)}×`,
        ...(isFull ? [] : [`fan-out-growth: scaled down; --full has stores of ${full} products.`]),
      ],
    };
  });
}

/** @returns a round: the brand's next name is put before the clock runs */
async function openGrowingStore(path: string, products: number): Promise<() => Promise<Timing>> {
  await fillBranded(path, { products, renamed: 0 });
  let version = 1;
  return async () => {
    version += 1;
    const runtime = await openSubject({ path, contracts: JOINING_CONTRACTS });
    await warmBranded(runtime, products);
    await runtime.insertRawdata(brandVersion(RENAMED, version));
    return timeItems(PRODUCTS_PER_BRAND, async () => {
      await followRenames(runtime, [RENAMED], version);
      await runtime.close();
    });
  };
}

const RENAMED = 0;

function formatCount(count: number): string {
  return count.toLocaleString('en');
}
