import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readCategories, readStores } from '../../examples/data/retail-lines.ts';
import { createFileRegistry } from '../../src/adapters/files/index.ts';
import { createMemoryStore, createObjectRegistry } from '../../src/adapters/memory/index.ts';
import { createRuntime, type Runtime } from '../../src/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const SHOP = join(ROOT, 'contracts');
const RETAIL = join(ROOT, 'examples/data/contracts');
const RULE_SET = 'product-core@1.3.0';

interface ImpactLine {
  readonly path: string;
  readonly slices: readonly string[];
}

interface Document {
  readonly kind: string;
  readonly id: string;
  readonly version: string;
  readonly impactMap?: readonly ImpactLine[];
}

function readDocuments(dir: string): readonly Document[] {
  // The sample files are ours; what is in them is what these tests are about.
  return globSync('**/*.yaml', { cwd: dir }).map((file) => parse(readFileSync(join(dir, file), 'utf8')) as Document);
}

function openRuntime(dir: string): Runtime {
  return createRuntime({ store: createMemoryStore(), registry: createFileRegistry({ dir }) });
}

const tenantId = 'shop';
const kettle = {
  title: 'Holm Kettle',
  status: 'ACTIVE',
  price: { amount: 4399, currency: 'EUR' },
  brand_id: 'B1',
  category_ids: ['kitchen', 'coffee', 'kitchen'],
  main_category_id: 'coffee',
  variants: [
    { sku: 'K-INK', stock: 3 },
    { sku: 'K-ASH', stock: 7 },
  ],
  internal_note: 'ask purchasing',
};

describe('the sample catalogue', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = openRuntime(SHOP);
    const put = (entityKey: string, payload: object, version = 1) =>
      runtime.ingest({ tenantId, entityKey, version, payload });
    await put('brand#B1', { name: 'Juniper Works', contact_email: 'buyers@juniper.example' });
    await put('category#kitchen', { name: 'Kitchen', slug: 'kitchen' });
    await put('category#coffee', { name: 'Coffee', slug: 'coffee', parent_id: 'kitchen' });
    await put('product#K1', kettle);
    const { main_category_id: _main, variants: _variants, ...bare } = kettle;
    await put('product#K2', { ...bare, promotion: { label: 'Sale', ends_at: '2031-01-01T00:00:00Z' } });
  });

  const view = (viewRef: string, entityKey: string) =>
    runtime.queryView({ tenantId, entityKey, viewRef, version: 'active' });
  const slices = async (entityKey: string) => {
    const input = { tenantId, entityKey, version: 1, ruleSetRef: RULE_SET, mode: 'FULL_REBUILD' } as const;
    return runtime.slicing(input);
  };

  it('gives a whole card', async () => {
    const card = await view('product-card@1.0.0', 'product#K1');
    expect(card.status).toBe('complete');
    expect(card.data).toEqual({
      title: 'Holm Kettle',
      status: 'ACTIVE',
      price: { amount: 4399, currency: 'EUR' },
      brand: 'Juniper Works',
    });
  });

  it('leaves optional slices out of a detail page, and says which', async () => {
    expect(await view('product-detail@1.0.0', 'product#K1')).toMatchObject({
      status: 'partial',
      missing: [{ sliceType: 'PRODUCT_PROMOTION', fields: ['promotion_ends_at', 'promotion_label'] }],
      data: { category: 'Coffee', category_ids: ['coffee', 'kitchen'], variants: [{ sku: 'K-ASH' }, { sku: 'K-INK' }] },
    });
  });

  it('stands in with its default where a product has no variants', async () => {
    const detail = await view('product-detail@1.0.0', 'product#K2');
    expect(detail.data['variants']).toEqual([]);
    expect(detail.data['promotion_label']).toBe('Sale');
  });

  it('makes tombstones of what a product does not have', async () => {
    const tombstones = (await slices('product#K2')).slices.filter((slice) => slice.tombstone);
    expect(tombstones.map((slice) => slice.sliceType)).toEqual(['PRODUCT_CATEGORY', 'PRODUCT_VARIANTS']);
  });

  it('indexes joins, categories, status and the brand name', async () => {
    expect((await slices('product#K1')).indexKeys).toEqual([
      'IDX#brand#B1#product',
      'IDX#brand_name#juniper works#product',
      'IDX#category#coffee#product',
      'IDX#listed_category#coffee#product',
      'IDX#listed_category#kitchen#product',
      'IDX#status#ACTIVE#product',
    ]);
  });

  it('puts the parent beside a category, and null beside a root', async () => {
    expect((await view('category-page@1.0.0', 'category#coffee')).data['parent_name']).toBe('Kitchen');
    expect((await view('category-page@1.0.0', 'category#kitchen')).data['parent_name']).toBeNull();
  });

  it('refuses a product whose brand is not there', async () => {
    const payload = { ...kettle, brand_id: 'B404' };
    const result = await runtime.ingest({ tenantId, entityKey: 'product#K3', version: 1, payload });
    expect(result).toMatchObject({ slicing: 'refused', ruleSets: [{ error: { code: 'join.source_missing' } }] });
  });

  it('keeps the note of a brand and of a product out of every slice', async () => {
    const { slices: explained } = await runtime.explain({
      tenantId,
      entityKey: 'product#K1',
      version: 1,
      viewRef: 'product-detail@1.0.0',
    });
    expect(JSON.stringify(explained.map((slice) => slice.payload))).not.toContain('purchasing');
  });
});

describe.each([SHOP, RETAIL])('the impact maps below %s', (dir) => {
  const documents = readDocuments(dir);
  const lines = documents.flatMap((document) =>
    (document.impactMap ?? []).map((line): [string, string, Document] => [document.id, line.path, document]),
  );

  it.each(lines)('%s cannot do without %s', async (_, path, document) => {
    const spoilt = { ...document, impactMap: document.impactMap?.filter((line) => line.path !== path) };
    const registry = createObjectRegistry(documents.map((other) => (other === document ? spoilt : other)));
    const runtime = createRuntime({ store: createMemoryStore(), registry });
    const slicing = runtime.slicing({
      tenantId,
      entityKey: 'any#1',
      version: 1,
      ruleSetRef: `${document.id}@${document.version}`,
      mode: 'FULL_REBUILD',
    });
    await expect(slicing).rejects.toMatchObject({ code: expect.stringMatching(/^contract\.impact_map_/) });
  });
});

describe('the real data set', () => {
  it('fits its schemas, every record of it', async () => {
    const runtime = openRuntime(RETAIL);
    const records = [...readCategories(), ...readStores()];
    const outcomes = runtime.batch.insertRawdata(records.map((record) => ({ tenantId, ...record })));
    let inserted = 0;
    for await (const outcome of outcomes) {
      if (!outcome.ok) throw outcome.error;
      inserted += outcome.result.outcome === 'inserted' ? 1 : 0;
    }
    expect(inserted).toBe(4584 + 1565);
  });
});
