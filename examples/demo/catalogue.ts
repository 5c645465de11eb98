/** A made-up catalogue: always the same one, because its only source of variety is a seeded generator. */

export interface Brand {
  readonly id: string;
  readonly payload: { readonly name: string; readonly logo_url: string; readonly country: string };
}

export interface Category {
  readonly id: string;
  readonly payload: {
    readonly name: string;
    readonly slug: string;
    readonly position: number;
    readonly parent_id?: string;
  };
}

export interface Variant {
  readonly sku: string;
  readonly colour: string;
  readonly stock: number;
}

export interface ProductPayload {
  readonly title: string;
  readonly status: 'DRAFT' | 'ACTIVE' | 'DISCONTINUED';
  readonly price: { readonly amount: number; readonly currency: string };
  readonly brand_id: string;
  readonly category_ids: readonly string[];
  readonly main_category_id: string;
  readonly variants?: readonly Variant[];
  readonly promotion?: { readonly label: string; readonly ends_at: string };
  readonly internal_note?: string;
}

export interface Product {
  readonly id: string;
  readonly payload: ProductPayload;
}

export interface Catalogue {
  readonly brands: readonly Brand[];
  /** Parents before children. */
  readonly categories: readonly Category[];
  readonly products: readonly Product[];
}

const BRANDS: readonly (readonly [name: string, country: string])[] = [
  ['Aldermoor', 'GB'],
  ['Bergquist', 'SE'],
  ['Casa Trevi', 'IT'],
  ['Dunlin & Daughters', 'IE'],
  ['Eichhorn', 'DE'],
  ['Fujisaki', 'JP'],
  ['Gilded Heron', 'US'],
  ['Haneul', 'KR'],
  ['Isola Verde', 'PT'],
  ['Juniper Works', 'CA'],
  ['Kestrel', 'NZ'],
  ['Lumière du Nord', 'FR'],
];

/** Root → sub-category → what is sold there, and from which price on (in cents). */
const SHELVES: readonly (readonly [root: string, name: string, kinds: readonly string[], price: number])[] = [
  ['Living', 'Lighting', ['Desk Lamp', 'Floor Lamp', 'Pendant', 'Wall Light'], 3900],
  ['Living', 'Seating', ['Armchair', 'Stool', 'Bench', 'Rocking Chair'], 8900],
  ['Living', 'Textiles', ['Throw', 'Cushion', 'Curtain', 'Rug'], 1900],
  ['Kitchen', 'Cookware', ['Saucepan', 'Casserole', 'Wok', 'Griddle'], 2900],
  ['Kitchen', 'Coffee', ['Moka Pot', 'Hand Grinder', 'Kettle', 'Dripper'], 2400],
  ['Kitchen', 'Tableware', ['Dinner Plate', 'Bowl Set', 'Carafe', 'Mug'], 1200],
  ['Outdoors', 'Packs', ['Day Pack', 'Duffel', 'Hip Pack', 'Dry Bag'], 4900],
  ['Outdoors', 'Camping', ['Tent', 'Camp Stove', 'Lantern', 'Hammock'], 6900],
];

const LINES = ['Tarn', 'Brae', 'Skerry', 'Fen', 'Holm', 'Lynn', 'Strand', 'Corrie', 'Heath', 'Dale', 'Mere', 'Wold'];
const COLOURS = ['ash', 'chalk', 'fern', 'ink', 'ochre', 'rust', 'slate'];

export function makeCatalogue(productCount: number): Catalogue {
  const draw = createGenerator(20_240_229);
  const brands = BRANDS.map(([name, country], at): Brand => {
    const id = `B${pad(at + 1, 2)}`;
    return { id, payload: { name, country, logo_url: `https://img.example/${id}.svg` } };
  });
  const products = Array.from({ length: productCount }, (_, at) => makeProduct(at + 1, brands, draw));
  return { brands, categories: makeCategories(), products };
}

function makeCategories(): readonly Category[] {
  const roots = [...new Set(SHELVES.map(([root]) => root))];
  return [
    ...roots.map((name, position) => ({ id: slugOf(name), payload: { name, slug: slugOf(name), position } })),
    ...SHELVES.map(([root, name], position) => ({
      id: slugOf(name),
      payload: { name, slug: slugOf(name), position, parent_id: slugOf(root) },
    })),
  ];
}

function makeProduct(number: number, brands: readonly Brand[], draw: Draw): Product {
  const id = `P${pad(number, 4)}`;
  const [root, shelf, kinds, price] = draw.oneOf(SHELVES);
  const brand = draw.oneOf(brands);
  const colours = COLOURS.slice(draw.below(3)).slice(0, 1 + draw.below(4));
  const payload: ProductPayload = {
    title: `${brand.payload.name} ${draw.oneOf(LINES)} ${draw.oneOf(kinds)}`,
    status: draw.below(20) === 0 ? 'DRAFT' : 'ACTIVE',
    price: { amount: price + 500 * draw.below(30) - 1, currency: 'EUR' },
    brand_id: brand.id,
    // As a client might send it: in any order.
    category_ids: draw.below(2) === 0 ? [slugOf(root), slugOf(shelf)] : [slugOf(shelf), slugOf(root)],
    main_category_id: slugOf(shelf),
    ...(draw.below(4) > 0 && {
      variants: colours.map((colour) => ({ sku: `${id}-${colour.toUpperCase()}`, colour, stock: draw.below(200) })),
    }),
    ...(draw.below(10) === 0 && { promotion: { label: 'Welcome offer', ends_at: '2031-01-31T23:59:59Z' } }),
    ...(draw.below(5) === 0 && { internal_note: 'ask purchasing before discounting' }),
  };
  return { id, payload };
}

export interface Draw {
  /** An integer from 0 to limit − 1. */
  below(limit: number): number;
  oneOf<Item>(items: readonly Item[]): Item;
}

/** Mulberry32: small, fast, and the same on every machine. */
export function createGenerator(seed: number): Draw {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    oneOf: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('oneOf: expected a list with items, found an empty one.');
      return item;
    },
  };
}

export function slugOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
