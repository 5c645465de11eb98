/** Contracts for the sample products of `bench/canonical`: one schema, five slice types, two indexes, one view. */

const TEXT = { type: 'string' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;
const TIME = { type: 'string', format: 'date-time' } as const;

function closedObject(properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) {
  return { type: 'object', required, additionalProperties: false, properties } as const;
}

function listOf(items: unknown) {
  return { type: 'array', items } as const;
}

/** Also what the reference validates with. */
export const PRODUCT_JSON_SCHEMA = closedObject(
  {
    sku: TEXT,
    title: { type: 'string', minLength: 1, maxLength: 200 },
    brand_id: TEXT,
    status: { enum: ['ACTIVE', 'DISCONTINUED'] },
    price: closedObject({
      list: { type: 'number', minimum: 0 },
      amount: { type: 'number', minimum: 0 },
      currency: { type: 'string', pattern: '^[A-Z]{3}$' },
      tax_rate: { type: 'number' },
    }),
    description: TEXT,
    category_ids: listOf(TEXT),
    promotion: closedObject({ label: TEXT, ends_at: TIME }),
    variants: listOf(
      closedObject({
        sku: TEXT,
        colour: TEXT,
        gtin: TEXT,
        price: { type: 'number' },
        stock: closedObject({ warehouse: TEXT, on_hand: COUNT, reserved: COUNT, updated_at: TIME }),
      }),
    ),
    images: listOf(closedObject({ url: TEXT, width: COUNT, height: COUNT, alt: TEXT })),
    attributes: { type: 'object' },
    rating: closedObject({ count: COUNT, average: { type: 'number' } }),
    tags: listOf(TEXT),
    seo: closedObject({ slug: TEXT, description: TEXT }),
    created_at: TIME,
    updated_at: TIME,
    internal_note: TEXT,
  },
  ['sku', 'title', 'brand_id', 'status', 'price'],
);

/** Slice type → the payload's members in it. */
export const PRODUCT_SLICES = {
  PRODUCT_ATTRIBUTES: ['attributes', 'rating'],
  PRODUCT_CONTENT: ['description', 'images', 'seo'],
  PRODUCT_CORE: ['brand_id', 'category_ids', 'sku', 'status', 'tags', 'title'],
  PRODUCT_PRICE: ['price', 'promotion'],
  PRODUCT_VARIANTS: ['variants'],
} as const;

const IN_NO_SLICE = ['created_at', 'internal_note', 'updated_at'];

const ACTIVE = { version: '1.0.0', status: 'ACTIVE' } as const;

const PRODUCT_SCHEMA = {
  kind: 'Schema',
  id: 'product',
  ...ACTIVE,
  entityType: 'product',
  schema: PRODUCT_JSON_SCHEMA,
};

const BRAND_SCHEMA = {
  kind: 'Schema',
  id: 'brand',
  ...ACTIVE,
  entityType: 'brand',
  schema: closedObject({ name: TEXT, country: TEXT }, ['name']),
};

const SLICES = Object.entries(PRODUCT_SLICES).map(([type, members]) => ({
  type,
  fields: Object.fromEntries(members.map((member) => [member, member])),
}));

const IMPACT_MAP = [
  ...Object.entries(PRODUCT_SLICES).flatMap(([type, members]) => members.map((path) => ({ path, slices: [type] }))),
  ...IN_NO_SLICE.map((path) => ({ path, slices: [] })),
];

const PRODUCT_RULE_SET = {
  kind: 'RuleSet',
  id: 'product-core',
  ...ACTIVE,
  entityType: 'product',
  schemaRef: 'product@1.0.0',
  slices: SLICES,
  impactMap: IMPACT_MAP,
  indexes: ['brand_id', 'status'].map((path) => ({
    type: path,
    fromSlice: 'PRODUCT_CORE',
    selector: { path },
    indexKey: { format: `IDX#${path}#{value}#product` },
  })),
};

/** As `product-core`, and each product's brand is joined into its core. */
const JOINING_RULE_SET = {
  ...PRODUCT_RULE_SET,
  slices: SLICES.map((slice) => (slice.type === 'PRODUCT_CORE' ? { ...slice, joins: ['brand'] } : slice)),
  joins: [
    {
      name: 'brand',
      cardinality: 'MANY_TO_ONE',
      joinSources: {
        entityType: 'brand',
        schemaRef: 'brand@1.0.0',
        keyResolver: { path: 'brand_id', format: 'brand#{value}' },
        source: 'RAW',
        versionRule: 'LATEST',
      },
      joinProjection: { brand_name: 'name' },
      joinImpact: [{ path: 'name', slices: ['PRODUCT_CORE'] }],
    },
  ],
};

const PRODUCT_VIEW = {
  kind: 'View',
  id: 'product-page',
  ...ACTIVE,
  ruleSetRef: 'product-core@1.0.0',
  requiredSlices: Object.keys(PRODUCT_SLICES),
  fields: [
    { from: 'PRODUCT_CORE.title', to: 'title' },
    { from: 'PRODUCT_CORE.sku', to: 'sku' },
    { from: 'PRODUCT_PRICE.price', to: 'price' },
    { from: 'PRODUCT_CONTENT.description', to: 'description' },
    { from: 'PRODUCT_CONTENT.images', to: 'images' },
    { from: 'PRODUCT_VARIANTS.variants', to: 'variants' },
    { from: 'PRODUCT_ATTRIBUTES.attributes', to: 'attributes' },
    { from: 'PRODUCT_ATTRIBUTES.rating', to: 'rating' },
  ],
};

export const RULE_SET_REF = 'product-core@1.0.0';
export const VIEW_REF = 'product-page@1.0.0';

export const PRODUCT_CONTRACTS: readonly unknown[] = [PRODUCT_SCHEMA, PRODUCT_RULE_SET, PRODUCT_VIEW];
export const JOINING_CONTRACTS: readonly unknown[] = [PRODUCT_SCHEMA, BRAND_SCHEMA, JOINING_RULE_SET];
