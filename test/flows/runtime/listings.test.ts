import { describe, expect, it } from 'vitest';
import type { ResultPage } from '../../../src/flows/runtime/listing-calls.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import { PRODUCT_CATALOGUE, PRODUCT_RULES } from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;

describe('listings', () => {
  it('page by page give what one page gives, in the same order', async () => {
    const runtime = await withVersions(7);
    for (const order of ['ascending', 'descending'] as const) {
      const whole = await runtime.listVersions({ ...PRODUCT, order });
      const paged = await pagesOf((cursor) => runtime.listVersions({ ...PRODUCT, order, limit: 3, ...cursor }));
      expect(paged.map((page) => page.length)).toEqual([3, 3, 1]);
      expect(paged.flat()).toEqual(whole.items);
    }
    const ruled = { ...PRODUCT, ruleSetRef: PRODUCT_RULES };
    const manifests = await pagesOf((cursor) => runtime.listManifests({ ...ruled, limit: 2, ...cursor }));
    expect(manifests.flat().map(({ version }) => version)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it('end with a null cursor, also where the last page is full', async () => {
    const runtime = await withVersions(4);
    const paged = await pagesOf((cursor) => runtime.listVersions({ ...PRODUCT, limit: 2, ...cursor }));
    expect(paged.flat()).toHaveLength(4);
    await expect(runtime.listVersions({ ...PRODUCT, entityKey: 'product#NOBODY' })).resolves.toEqual({
      items: [],
      cursor: null,
    });
  });

  it('show a version without its payload, and a status with what is owed', async () => {
    const runtime = await withVersions(1);
    const { items } = await runtime.listVersions(PRODUCT);
    expect(items).toEqual([
      {
        version: 1,
        schemaRef: 'product@2.1.0',
        rawHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        deleted: false,
        erased: false,
        payloadBytes: Buffer.byteLength('{"price":1,"title":"Lamp"}'),
        ingestedAt: '1970-01-01T00:00:00.000Z',
      },
    ]);
    const active = await runtime.listByState({ tenantId: TENANT, state: 'ACTIVE' });
    expect(active.items).toMatchObject([
      { ...PRODUCT, version: 1, owed: {}, fannedOutTo: 1, lastDeployedAt: '1970-01-01T00:00:00.000Z' },
    ]);
  });

  it('of entities take a prefix, and keep tenants apart', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    for (const entityKey of ['product#B', 'product#A', 'product#AB']) await insert(runtime, TENANT, entityKey);
    await insert(runtime, 'other', 'product#C');
    await expect(keysOf(runtime, { tenantId: TENANT })).resolves.toEqual(['product#A', 'product#AB', 'product#B']);
    await expect(keysOf(runtime, { tenantId: TENANT, prefix: 'product#A' })).resolves.toEqual([
      'product#A',
      'product#AB',
    ]);
    await expect(keysOf(runtime, { tenantId: TENANT, prefix: 'brand#' })).resolves.toEqual([]);
    await expect(keysOf(runtime, { tenantId: 'other' })).resolves.toEqual(['product#C']);
  });
});

describe('a cursor', () => {
  it.each([
    {
      of: 'another tenant',
      call: (runtime: Runtime, cursor: string) => runtime.listVersions({ ...PRODUCT, tenantId: 'other', cursor }),
    },
    {
      of: 'another entity',
      call: (runtime: Runtime, cursor: string) => runtime.listVersions({ ...PRODUCT, entityKey: 'product#P2', cursor }),
    },
    {
      of: 'another order',
      call: (runtime: Runtime, cursor: string) => runtime.listVersions({ ...PRODUCT, order: 'ascending', cursor }),
    },
    {
      of: 'another listing',
      call: (runtime: Runtime, cursor: string) => runtime.listEntities({ tenantId: TENANT, cursor }),
    },
    {
      of: 'another rule set',
      call: (runtime: Runtime, cursor: string) =>
        runtime.listManifests({ ...PRODUCT, ruleSetRef: PRODUCT_RULES, cursor }),
    },
    { of: 'nobody', call: (runtime: Runtime) => runtime.listVersions({ ...PRODUCT, cursor: '' }) },
    {
      of: 'a forger',
      call: (runtime: Runtime, cursor: string) => runtime.listVersions({ ...PRODUCT, cursor: `${cursor}x` }),
    },
  ])('of $of is refused', async ({ call }) => {
    const runtime = await withVersions(3);
    const { cursor } = await runtime.listVersions({ ...PRODUCT, limit: 1 });
    if (cursor === null) throw new Error('expected more pages');
    await expect(call(runtime, cursor)).rejects.toMatchObject({ code: 'cursor.invalid' });
  });

  it('serves with another limit than it was given with', async () => {
    const runtime = await withVersions(5);
    const { cursor } = await runtime.listVersions({ ...PRODUCT, limit: 1 });
    const { items } = await runtime.listVersions({ ...PRODUCT, limit: 10, ...(cursor !== null && { cursor }) });
    expect(items.map(({ version }) => version)).toEqual([4, 3, 2, 1]);
  });
});

async function withVersions(count: number): Promise<Runtime> {
  const runtime = openRuntime(PRODUCT_CATALOGUE, { clock: { now: () => 0 } });
  for (let version = 1; version <= count; version += 1) {
    await runtime.ingest({ ...PRODUCT, version, payload: { title: 'Lamp', price: version } });
  }
  return runtime;
}

function insert(runtime: Runtime, tenantId: string, entityKey: string) {
  return runtime.insertRawdata({ tenantId, entityKey, version: 1, payload: { title: 'Lamp' } });
}

async function keysOf(runtime: Runtime, input: { readonly tenantId: string; readonly prefix?: string }) {
  return (await runtime.listEntities(input)).items;
}

async function pagesOf<Item>(
  read: (cursor: { readonly cursor?: string }) => Promise<ResultPage<Item>>,
): Promise<readonly (readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  let cursor: string | null = null;
  do {
    const page: ResultPage<Item> = await read(cursor === null ? {} : { cursor });
    pages.push(page.items);
    cursor = page.cursor;
  } while (cursor !== null);
  return pages;
}
