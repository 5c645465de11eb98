/** Products that carry the names of their brands, made as they are asked for and never held. */
import type { InsertRawdataInput, Runtime } from '../../src/flows/runtime/runtime.ts';
import { sampleProduct } from '../canonical/sample-products.ts';
import { drainQuietly, openSubject } from './open-subject.ts';
import { JOINING_CONTRACTS, RULE_SET_REF } from './product-contracts.ts';
import { productKey, TENANT_ID } from './product-lines.ts';

/** Every brand has as many, spread evenly over all products. */
export const PRODUCTS_PER_BRAND = 100;

export interface BrandedSizes {
  readonly products: number;
  /** Brands whose second version is in, and that nobody has followed yet. */
  readonly renamed: number;
}

export function brandCount(products: number): number {
  return products / PRODUCTS_PER_BRAND;
}

export function brandKey(brand: number): string {
  return `brand#${brandId(brand)}`;
}

export function brandId(brand: number): string {
  return `BR-${brand}`;
}

export function brandName(brand: number, version: number): string {
  return `Brand ${brand}, name ${version}`;
}

export function brandVersion(brand: number, version: number): InsertRawdataInput {
  return { tenantId: TENANT_ID, entityKey: brandKey(brand), version, payload: { name: brandName(brand, version) } };
}

export function brandVersions(count: number, version: number): readonly InsertRawdataInput[] {
  return Array.from({ length: count }, (_, brand) => brandVersion(brand, version));
}

export interface ProductVersion {
  readonly tenantId: string;
  readonly entityKey: string;
  readonly version: number;
  readonly payloadJson: string;
}

/** The products, of so many in all, that the first brands have. */
export function* productVersions(products: number, brandsMax = brandCount(products)): Generator<ProductVersion> {
  for (let index = 0; index < products; index += 1) {
    const brand = index % brandCount(products);
    if (brand >= brandsMax) continue;
    const payloadJson = JSON.stringify({ ...sampleProduct(index), brand_id: brandId(brand) });
    yield { tenantId: TENANT_ID, entityKey: productKey(index), version: 1, payloadJson };
  }
}

/** A store with all brands and products sliced by the runtime, and the first brands renamed since; never the last. */
export async function fillBranded(path: string, { products, renamed }: BrandedSizes): Promise<void> {
  const runtime = await openSubject({ path, contracts: JOINING_CONTRACTS });
  await drainQuietly(runtime.batch.ingest(brandVersions(brandCount(products), 1)));
  await drainQuietly(runtime.batch.ingest(productVersions(products)));
  await drainQuietly(runtime.batch.insertRawdata(brandVersions(renamed, 2)));
  await runtime.close();
}

/** Loads, links and binds the contracts by what changes nothing, so that no round pays for it. */
export async function warmBranded(runtime: Runtime, products: number): Promise<void> {
  const entityKey = productKey(brandCount(products) - 1);
  await runtime.slicing({ tenantId: TENANT_ID, entityKey, version: 1, ruleSetRef: RULE_SET_REF, mode: 'FULL_REBUILD' });
}

/** Brands that went from one version to the next. */
export function planRenames(runtime: Runtime, brands: readonly number[], toVersion: number) {
  const changes = brands.map((brand) => ({ entityKey: brandKey(brand), fromVersion: toVersion - 1, toVersion }));
  return runtime.planFanOuts({ tenantId: TENANT_ID, changes });
}

/** All products of these brands follow, and nobody else. */
export async function followRenames(runtime: Runtime, brands: readonly number[], toVersion: number): Promise<void> {
  const { revised } = await runtime.applyFanOut(await planRenames(runtime, brands, toVersion));
  const expected = brands.length * PRODUCTS_PER_BRAND;
  if (revised !== expected) throw new Error(`bench: expected ${expected} products to follow, found ${revised}.`);
}
