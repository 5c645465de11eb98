/** A small catalogue as objects: products that join brands. Every part can be replaced, so that a test shows what matters. */
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';

export const PRODUCT_RULES = 'product-core@1.3.0';
export const BRAND_RULES = 'brand-core@1.0.0';
export const PRODUCT_PAGE = 'product-page@1.0.0';

export function brandSchema(overrides: JsonObject = {}): JsonObject {
  return schemaContract(
    'brand',
    '1.0.0',
    { name: { type: 'string' }, logo_url: { type: ['string', 'null'] } },
    overrides,
  );
}

export function productSchema(overrides: JsonObject = {}): JsonObject {
  return schemaContract(
    'product',
    '2.1.0',
    {
      title: { type: 'string' },
      status: { type: 'string' },
      price: { type: 'number' },
      brand_id: { type: ['string', 'null'] },
      category_ids: { type: 'array', 'x-slicewise-array': 'set', items: { type: 'string' } },
      promotion: {
        type: 'object',
        properties: { label: { type: 'string' }, ends_at: { type: 'string' } },
        additionalProperties: false,
      },
      variants: {
        type: 'array',
        'x-slicewise-array': { keyed: '/sku' },
        items: {
          type: 'object',
          properties: { sku: { type: 'string' }, price: { type: 'number' } },
          required: ['sku'],
          additionalProperties: false,
        },
      },
      internal_note: { type: 'string' },
    },
    overrides,
  );
}

export function schemaContract(
  entityType: string,
  version: string,
  properties: JsonObject,
  overrides: JsonObject = {},
): JsonObject {
  return {
    kind: 'Schema',
    id: entityType,
    version,
    status: 'ACTIVE',
    entityType,
    schema: { type: 'object', properties, additionalProperties: false },
    ...overrides,
  };
}

export function brandRules(overrides: JsonObject = {}): JsonObject {
  return {
    kind: 'RuleSet',
    id: 'brand-core',
    version: '1.0.0',
    status: 'ACTIVE',
    entityType: 'brand',
    schemaRef: 'brand@1.0.0',
    slices: [{ type: 'BRAND_CORE', fields: { name: 'name', logo: 'logo_url' } }],
    impactMap: [
      { path: 'name', slices: ['BRAND_CORE'] },
      { path: 'logo_url', slices: ['BRAND_CORE'] },
    ],
    ...overrides,
  };
}

/** The join of a product to its brand, as RAW and LATEST, fail-closed. */
export function brandJoin(overrides: JsonObject = {}): JsonObject {
  return {
    name: 'brand',
    cardinality: 'MANY_TO_ONE',
    joinSources: {
      entityType: 'brand',
      schemaRef: 'brand@1.0.0',
      keyResolver: { path: 'brand_id', format: 'brand#{value}' },
      source: 'RAW',
      versionRule: 'LATEST',
    },
    joinProjection: { brand_name: 'name', brand_logo: 'logo_url' },
    missing: 'FAIL_CLOSED',
    joinImpact: [
      { path: 'name', slices: ['PRODUCT_BRAND'] },
      { path: 'logo_url', slices: ['PRODUCT_BRAND'] },
    ],
    ...overrides,
  };
}

export function productRules(overrides: JsonObject = {}): JsonObject {
  return {
    kind: 'RuleSet',
    id: 'product-core',
    version: '1.3.0',
    status: 'ACTIVE',
    entityType: 'product',
    schemaRef: 'product@2.1.0',
    slices: [
      {
        type: 'PRODUCT_CORE',
        fields: { title: 'title', brand_id: 'brand_id', category_ids: 'category_ids', status: 'status' },
      },
      { type: 'PRODUCT_PRICE', fields: { price: 'price', variant_prices: 'variants[*].price' } },
      {
        type: 'PRODUCT_PROMOTION',
        when: { exists: 'promotion' },
        fields: { label: 'promotion.label', ends_at: 'promotion.ends_at' },
      },
      { type: 'PRODUCT_BRAND', when: { exists: 'brand_id' }, fields: { title: 'title' }, joins: ['brand'] },
    ],
    joins: [brandJoin()],
    impactMap: [
      { path: 'title', slices: ['PRODUCT_CORE', 'PRODUCT_BRAND'] },
      { path: 'brand_id', slices: ['PRODUCT_CORE', 'PRODUCT_BRAND'] },
      { path: 'category_ids', slices: ['PRODUCT_CORE'] },
      { path: 'status', slices: ['PRODUCT_CORE'] },
      { path: 'price', slices: ['PRODUCT_PRICE'] },
      { path: 'variants', slices: ['PRODUCT_PRICE'] },
      { path: 'promotion', slices: ['PRODUCT_PROMOTION'] },
      { path: 'internal_note', slices: [] },
    ],
    indexes: [
      {
        type: 'category',
        fromSlice: 'PRODUCT_CORE',
        selector: { path: 'category_ids[*]' },
        indexKey: { format: 'IDX#category#{value}#product' },
      },
    ],
    ...overrides,
  };
}

/** Rules for products that join nothing: their titles. */
export function joinlessRules(overrides: JsonObject = {}): JsonObject {
  const unused = ['brand_id', 'category_ids', 'status', 'price', 'variants', 'promotion', 'internal_note'];
  return productRules({
    id: 'product-titles',
    slices: [{ type: 'ALL', fields: { title: 'title' } }],
    joins: [],
    indexes: [],
    impactMap: [{ path: 'title', slices: ['ALL'] }, ...unused.map((path) => ({ path, slices: [] }))],
    ...overrides,
  });
}

export function productPage(overrides: JsonObject = {}): JsonObject {
  return {
    kind: 'View',
    id: 'product-page',
    version: '1.0.0',
    status: 'ACTIVE',
    ruleSetRef: PRODUCT_RULES,
    requiredSlices: ['PRODUCT_CORE', 'PRODUCT_PRICE'],
    optionalSlices: ['PRODUCT_PROMOTION'],
    missingPolicy: 'PARTIAL_ALLOWED',
    fields: [
      { from: 'PRODUCT_CORE.title', to: 'title' },
      { from: 'PRODUCT_PRICE.price', to: 'price' },
      { from: 'PRODUCT_PROMOTION.label', to: 'badge' },
    ],
    ...overrides,
  };
}

export const PRODUCT_CATALOGUE: readonly JsonObject[] = [
  brandSchema(),
  productSchema(),
  brandRules(),
  productRules(),
  productPage(),
];

/** A product that every slice type but the promotion can be built from, once `brand#ACME` is in. */
export const LAMP: JsonObject = {
  title: 'Lamp',
  status: 'live',
  price: 20,
  brand_id: 'ACME',
  category_ids: ['lights', 'home'],
  variants: [{ sku: 'S', price: 20 }],
};

export const ACME: JsonObject = { name: 'Acme', logo_url: null };
