/** What each of many writers does to the same few entities, so that every key is raced for. */
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { PRODUCT_CATALOGUE } from '../product-catalogue.ts';

export const RACING_CONTRACTS: readonly JsonObject[] = PRODUCT_CATALOGUE;
export const RACING_TENANT = 'racing';

export const WRITERS_PER_PROCESS = 4;

const BRANDS = ['brand#A', 'brand#B'];
const PRODUCTS = ['product#P1', 'product#P2', 'product#P3', 'product#P4'];
const VERSIONS = [1, 2, 3];

/** Two contents that writers may have for one version. */
export type Variant = 0 | 1;

export interface RacingInput {
  readonly entityKey: string;
  readonly version: number;
  readonly variant: Variant;
}

/** Sources before what joins them, versions upwards; who is first at which entity differs from writer to writer. */
export function inputsOf(writer: number): readonly RacingInput[] {
  return VERSIONS.flatMap((version) =>
    [...rotated(BRANDS, writer), ...rotated(PRODUCTS, writer)].map((entityKey, index) => ({
      entityKey,
      version,
      // Half of the writers agree on any one version.
      variant: ((writer >> ((index + version) % 4)) & 1) as Variant,
    })),
  );
}

export const RACED_ENTITIES: readonly string[] = [...BRANDS, ...PRODUCTS];

/** Both contents of a version. */
export function contendersOf(entityKey: string, version: number): readonly RacingInput[] {
  return ([0, 1] as const).map((variant) => ({ entityKey, version, variant }));
}

export function payloadOf({ entityKey, version, variant }: RacingInput): JsonObject {
  const text = `${entityKey} ${version} ${variant}`;
  if (entityKey.startsWith('brand#')) return { name: text, logo_url: null };
  const brand = BRANDS[(version + variant) % BRANDS.length] ?? '';
  return { title: text, price: version, brand_id: brand.slice('brand#'.length), category_ids: [`c${variant}`] };
}

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
