/** Believable product documents of about 2 KB, the same ones in every run: members unsorted, some absent, some text not ASCII. */

const TITLES = [
  'Crème brûlée dish “Toulouse” 12 cm, set of 6',
  'Wireless noise-cancelling headphones X200',
  'Straßenschuh Leder, schwarz, Größe 43',
  '有機抹茶パウダー 100g 宇治産',
  'Stainless steel water bottle 750 ml',
  'Набор кухонных ножей, 5 предметов',
  'LED desk lamp with USB-C charging 🔌',
];
const SENTENCES = [
  'Made of hand-glazed stoneware that goes from the oven straight to the table.',
  'Dishwasher safe up to 65 °C; do not use abrasive cleaners on the outer surface.',
  'The manufacturer grants a warranty of "two years" from the date of purchase.',
  'Ships in recyclable packaging, without any plastic, within two working days.',
  'Tested by an independent laboratory in 2023: no lead or cadmium was found.',
  'Line one of the care notes.\nLine two: keep away from direct sunlight.',
];
const COLOURS = ['black', 'white', 'navy', 'grün', 'rouge', 'silver'];

/** `count` documents; document `n` depends on `n` alone. */
export function sampleProducts(count: number): readonly unknown[] {
  return Array.from({ length: count }, (_, index) => sampleProduct(index));
}

export function sampleProduct(index: number): object {
  const pick = <Item>(items: readonly Item[], salt: number): Item =>
    // The index is below the length, and no list is empty.
    items[(Math.imul(index + salt, 2654435761) >>> 8) % items.length] as Item;
  const cents = 995 + ((index * 7919) % 90000);
  return {
    sku: `SKU-${100000 + index}`,
    title: pick(TITLES, 1),
    brand_id: `brand-${index % 97}`,
    status: index % 11 === 0 ? 'DISCONTINUED' : 'ACTIVE',
    price: { list: cents / 100, currency: 'EUR', amount: (cents - 100) / 100, tax_rate: 0.19 },
    description: [2, 3, 4, 5, 6].map((salt) => pick(SENTENCES, salt)).join(' '),
    category_ids: [`cat-${index % 13}`, `cat-${index % 29}`, `cat-${index % 7}`],
    ...(index % 3 === 0 && { promotion: { label: 'Spring sale −20 %', ends_at: '2025-04-30T22:00:00Z' } }),
    variants: [0, 1, 2].map((n) => ({
      sku: `SKU-${100000 + index}-${n}`,
      colour: pick(COLOURS, n),
      gtin: String(4000000000000 + index * 10 + n),
      price: (cents + n * 50) / 100,
      stock: { warehouse: 'FRA-2', on_hand: (index * 31 + n) % 400, reserved: n, updated_at: '2025-03-14T09:26:53Z' },
    })),
    images: ['front', 'detail'].map((alt, n) => ({
      url: `https://cdn.example.com/products/${100000 + index}/${n}.jpg`,
      width: 1600,
      height: 1200,
      alt,
    })),
    attributes: {
      weight_g: 400 + (index % 2000),
      width_mm: 120.5,
      material: 'stoneware',
      dishwasher_safe: index % 2 === 0,
      origin: index % 5 === 0 ? '日本' : 'Portugal',
      energy_label: null,
    },
    rating: { count: index % 1500, average: 3 + (index % 200) / 100 },
    ...(index % 4 !== 0 && { tags: ['gift', 'kitchen', pick(COLOURS, 9)] }),
    seo: { slug: `product-${100000 + index}`, description: pick(SENTENCES, 8) },
    created_at: '2021-01-31T08:00:00Z',
    updated_at: '2025-03-14T09:26:53Z',
    internal_note: 'checked by "QA"',
  };
}
