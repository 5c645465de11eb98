import type { Brand, Catalogue, Draw, Product, ProductPayload } from './catalogue.ts';
import { createGenerator } from './catalogue.ts';

/** What happens to the made-up catalogue: three rounds of versions, as an upstream system would send them. */

export interface Delivery {
  readonly entityKey: string;
  readonly version: number;
  /** `null`: the version is deleted. */
  readonly payload: Readonly<Record<string, unknown>> | null;
}

export interface Round {
  readonly title: string;
  readonly deliveries: readonly Delivery[];
}

/** The product that the demo follows through all rounds. */
export const FOLLOWED = 'P0001';
/** What its brand is called from round 3 on. */
export const RENAMED_SUFFIX = ' Atelier';

export function planSeason(catalogue: Catalogue): readonly Round[] {
  const draw = createGenerator(7);
  const { brands, categories, products } = catalogue;
  const current = new Map<string, { version: number; payload: ProductPayload | null }>();
  const deliver = (id: string, payload: ProductPayload | null): Delivery => {
    const version = (current.get(id)?.version ?? 0) + 1;
    current.set(id, { version, payload });
    return { entityKey: `product#${id}`, version, payload: payload === null ? null : { ...payload } };
  };
  const edit = (chosen: readonly Product[], change: (payload: ProductPayload) => ProductPayload | null) =>
    chosen.flatMap(({ id }) => {
      const payload = current.get(id)?.payload;
      return payload ? [deliver(id, change(payload))] : [];
    });

  const first = products.map(({ id, payload }) => deliver(id, payload));
  const rest = products.slice(1);
  const repriced = [...products.slice(0, 1), ...rest.filter(() => draw.below(3) === 0)];
  const promoted = [...products.slice(0, 1), ...rest.filter((_, at) => at % 9 === 0)];
  const restocked = rest.filter((_, at) => at % 9 === 3);
  const retired = rest.filter((_, at) => at % 60 === 5);
  return [
    {
      title: 'brands',
      deliveries: brands.map(({ id, payload }) => ({ entityKey: `brand#${id}`, version: 1, payload })),
    },
    {
      title: 'categories',
      deliveries: categories.map(({ id, payload }) => ({ entityKey: `category#${id}`, version: 1, payload })),
    },
    { title: 'products', deliveries: first },
    { title: 'new prices', deliveries: edit(repriced, (payload) => reprice(payload, draw)) },
    { title: 'a brand has a new name', deliveries: [renameBrand(brandOf(catalogue, FOLLOWED))] },
    {
      title: 'promotions, stock, some retired',
      deliveries: [
        ...edit(promoted, (payload) => ({
          ...payload,
          promotion: { label: 'Spring sale', ends_at: '2031-05-01T00:00:00Z' },
        })),
        ...edit(restocked, (payload) => restock(payload, draw)),
        ...edit(retired, () => null),
      ],
    },
  ];
}

function brandOf({ brands, products }: Catalogue, productId: string): Brand {
  const product = products.find(({ id }) => id === productId);
  const brand = brands.find(({ id }) => id === product?.payload.brand_id);
  if (brand === undefined) throw new Error(`${productId}: expected a product with a brand, found none.`);
  return brand;
}

function renameBrand({ id, payload }: Brand): Delivery {
  return { entityKey: `brand#${id}`, version: 2, payload: { ...payload, name: payload.name + RENAMED_SUFFIX } };
}

function reprice(payload: ProductPayload, draw: Draw): ProductPayload {
  const amount = payload.price.amount + 100 * (1 + draw.below(9));
  // This client also lists the categories in another order. They are a set, so that is no change.
  return { ...payload, price: { ...payload.price, amount }, category_ids: payload.category_ids.toReversed() };
}

function restock(payload: ProductPayload, draw: Draw): ProductPayload {
  const [first, ...others] = payload.variants ?? [];
  const note = { ...payload, internal_note: 'counted' };
  return first === undefined
    ? note
    : { ...note, variants: [{ ...first, stock: first.stock + 1 + draw.below(50) }, ...others] };
}
