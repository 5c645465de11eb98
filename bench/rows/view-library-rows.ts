/**
 * In-memory view libraries that keep the same join up to date, for information: nothing of theirs is durable, hashed,
 * or to be found again after the process. Loading the join is outside the clock; what they hold is checked against ours.
 */
import { ELECTRIC_D2TS } from '../libraries/electric-d2ts.ts';
import { assertSameCores } from '../libraries/joined-cores.ts';
import { TANSTACK_DB_IVM } from '../libraries/tanstack-db-ivm.ts';
import type { Brand, Core, JoinedView, Product, ViewLibrary } from '../libraries/view-library.ts';
import { measureAlone, timeItems } from '../measure/contest.ts';
import { type BenchReport, type BenchRow, judge } from '../report/bench-row.ts';
import {
  type BrandedSizes,
  brandCount,
  brandId,
  brandName,
  PRODUCTS_PER_BRAND,
  productVersions,
} from '../subject/branded-products.ts';
import { PRODUCT_SLICES } from '../subject/product-contracts.ts';

const LIBRARIES: readonly ViewLibrary[] = [TANSTACK_DB_IVM, ELECTRIC_D2TS];

export interface LibraryContest {
  readonly sizes: BrandedSizes;
  readonly rounds: number;
  /** What plan and apply cost, in microseconds a product. */
  readonly ours: number;
  /** Hands over a store's file in which the renamed brands' second names have been followed. */
  readonly follow: (use: (path: string) => void) => Promise<void>;
}

export async function benchViewLibraries(contest: LibraryContest): Promise<BenchReport> {
  const rows: BenchRow[] = [];
  const notes: string[] = [];
  for (const library of LIBRARIES) {
    const reference = await measureLibrary(library, contest);
    const id = `fan-out-${library.id}`;
    if (reference === undefined) {
      notes.push(`${id}: left out, because ${library.packageName} is not installed; \`npm ci\` brings it.`);
      continue;
    }
    const against = `${library.packageName}: the same join in memory, the same renames at once, nothing durable or hashed`;
    rows.push(
      judge({
        id,
        title: 'plan and apply, durable, as in fan-out',
        against,
        unit: 'µs',
        ours: contest.ours,
        reference,
      }),
    );
  }
  return { rows, notes };
}

/** Microseconds a product; `undefined` where the library is not installed. */
async function measureLibrary(library: ViewLibrary, contest: LibraryContest): Promise<number | undefined> {
  const openView = await library.load();
  if (openView === undefined) return undefined;
  const { sizes, rounds } = contest;
  const view = openView([...joinedProducts(sizes)], brandsAt(brandCount(sizes.products), 1));
  await assertFollows(view, contest);
  let version = 2;
  return measureAlone({
    rounds,
    warmUpRounds: 1,
    run: () => {
      version += 1;
      const brands = brandsAt(sizes.renamed, version);
      return timeItems(sizes.renamed * PRODUCTS_PER_BRAND, () => view.rename(brands));
    },
  });
}

async function assertFollows(view: JoinedView, { sizes, follow }: LibraryContest): Promise<void> {
  view.rename(brandsAt(sizes.renamed, 2));
  await follow((path) => assertSameCores(path, view));
}

function brandsAt(count: number, version: number): readonly Brand[] {
  return Array.from({ length: count }, (_, brand) => ({ id: brandId(brand), name: brandName(brand, version) }));
}

/** The members that the join takes: a view in memory need not hold the rest. */
function* joinedProducts({ products }: BrandedSizes): Generator<Product> {
  for (const { entityKey, payloadJson } of productVersions(products)) {
    const payload: Core = JSON.parse(payloadJson);
    const members = PRODUCT_SLICES.PRODUCT_CORE.filter((member) => payload[member] !== undefined);
    const core = Object.fromEntries(members.map((member) => [member, payload[member]]));
    yield { entityKey, brandId: String(payload['brand_id']), core };
  }
}
