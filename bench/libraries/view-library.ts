/** What an in-memory view library is asked for: products with the names of their brands, kept up to date. */

export interface Brand {
  readonly id: string;
  readonly name: string;
}

export interface Product {
  readonly entityKey: string;
  readonly brandId: string;
  readonly core: Core;
}

/** What a product's core slice holds. */
export type Core = Readonly<Record<string, unknown>>;

export interface JoinedView {
  /** Entity key → the product's core, its brand's name included. */
  readonly cores: ReadonlyMap<string, Core>;
  /** How many rows the library says that there are: as many as `cores`, unless one that changed never went. */
  readonly rowCount: () => number;
  /** Takes the brands' next names, all at once. */
  rename(brands: readonly Brand[]): void;
}

export interface ViewLibrary {
  readonly id: string;
  readonly packageName: string;
  /** Answers how to open a view that holds the join of what it is given; `undefined` where the package is not installed. */
  load(): Promise<OpenView | undefined>;
}

export type OpenView = (products: readonly Product[], brands: readonly Brand[]) => JoinedView;

/** A row, and how many of it come (or, below zero, go). */
export type Change<Row> = [row: Row, count: number];
export type Keyed<Value> = readonly [key: string, value: Value];
/** What the join makes of a brand and one of its products. */
export type Joined = Keyed<readonly [product: Product, brand: Brand]>;
export type ViewRow = Keyed<Core>;

/** The projection, as the rule set has it. */
export function viewRowOf([, [product, brand]]: Joined): ViewRow {
  return [product.entityKey, { ...product.core, brand_name: brand.name }];
}

/** The view's rows by their keys, as the changes leave them. */
export function openRows() {
  const cores = new Map<string, Core>();
  let rows = 0;
  const take = (changes: readonly Change<ViewRow>[]): void => {
    // A change of a row is its going and its coming, in either order.
    for (const [[entityKey], count] of changes) if (count < 0) cores.delete(entityKey);
    for (const [[entityKey, core], count] of changes) if (count > 0) cores.set(entityKey, core);
    for (const [, count] of changes) rows += count;
  };
  return { cores, rowCount: () => rows, take };
}

/** The brands by their ids, and what their next names change. */
export function openBrands(brands: readonly Brand[]) {
  const known = new Map(brands.map((brand) => [brand.id, brand]));
  return (next: readonly Brand[]): Change<Keyed<Brand>>[] =>
    next.flatMap((brand) => {
      const before = known.get(brand.id);
      known.set(brand.id, brand);
      const comes: Change<Keyed<Brand>> = [[brand.id, brand], 1];
      return before === undefined ? [comes] : [[[brand.id, before], -1], comes];
    });
}

export function allOf<Row>(rows: readonly Row[]): Change<Row>[] {
  return rows.map((row) => [row, 1]);
}

export function productRow(product: Product): Keyed<Product> {
  return [product.brandId, product];
}

export function brandRow(brand: Brand): Keyed<Brand> {
  return [brand.id, brand];
}

/** The package's module, loaded only here, so that a checkout without it can measure everything else. */
export async function importOptional(packageName: string): Promise<unknown> {
  try {
    return await import(packageName);
  } catch (error) {
    if (isNotInstalled(error, packageName)) return undefined;
    throw error;
  }
}

function isNotInstalled(error: unknown, packageName: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'${packageName}'`)
  );
}
