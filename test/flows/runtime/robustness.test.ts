/** What holds when contracts change, sources race, records are damaged and callers err. */
import { describe, expect, it } from 'vitest';
import { createObjectRegistry } from '../../../src/adapters/memory/contract-objects.ts';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { createRuntime } from '../../../src/flows/runtime/create-runtime.ts';
import type { IngestInput, Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { ContractRegistry } from '../../../src/ports/contract-registry.ts';
import {
  ACME,
  BRAND_RULES,
  brandRules,
  brandSchema,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_PAGE,
  PRODUCT_RULES,
  productPage,
  productRules,
  productSchema,
  schemaContract,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const PAGE = { ...PRODUCT, viewRef: PRODUCT_PAGE } as const;

async function withProduct(contracts: readonly JsonObject[] = PRODUCT_CATALOGUE, store = createMemoryStore()) {
  const runtime = openRuntime(contracts, { store });
  await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
  await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
  return { runtime, store };
}

describe('a rule set whose content changed under its version', () => {
  it('is refused by views and explanations of what was sliced before', async () => {
    const { store } = await withProduct();
    const changed = openRuntime(
      [
        brandSchema(),
        productSchema(),
        brandRules(),
        productRules({ description: 'other content, same version' }),
        productPage(),
      ],
      { store },
    );
    const refusal = { code: 'contract.content_changed', details: { ref: PRODUCT_RULES } };
    await expect(changed.queryView({ ...PAGE, version: 'active' })).rejects.toMatchObject(refusal);
    await expect(changed.queryView({ ...PAGE, version: 1, revision: 0 })).rejects.toMatchObject(refusal);
    const slice = { sliceType: 'PRODUCT_CORE', ruleSetRef: PRODUCT_RULES };
    await expect(changed.explain({ ...PRODUCT, ...slice, version: 1 })).rejects.toMatchObject(refusal);
  });
});

describe('ingest', () => {
  it('slices what is in already under a rule set that was published since', async () => {
    const { store } = await withProduct();
    const second = brandRules({ id: 'brand-more' });
    const runtime = openRuntime([...PRODUCT_CATALOGUE, second], { store });
    const result = await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
    expect(result).toMatchObject({
      outcome: 'unchanged',
      slicing: 'settled',
      ruleSets: [
        { ruleSetRef: BRAND_RULES, outcome: 'settled' },
        { ruleSetRef: 'brand-more@1.0.0', outcome: 'committed' },
      ],
    });
    expect(await runtime.activeVersion({ ...BRAND, ruleSetRef: 'brand-more@1.0.0' })).toMatchObject({ version: 1 });
  });

  it('puts nothing while a rule set of the type does not load', async () => {
    const runtime = openRuntime([...PRODUCT_CATALOGUE, brandRules({ id: 'brand-forgetful', impactMap: [] })]);
    const input = { ...BRAND, version: 1, payload: ACME };
    await expect(runtime.ingest(input)).rejects.toMatchObject({ code: 'contract.impact_map_unsound' });
    await expect(runtime.insertRawdata(input)).rejects.toMatchObject({ code: 'contract.impact_map_unsound' });
    expect((await runtime.listEntities({ tenantId: TENANT })).items).toEqual([]);
  });

  it('is not held up by a contract that may not run, however unfinished', async () => {
    const draft = { kind: 'RuleSet', id: 'later', version: '0.1.0', status: 'DRAFT', entityType: 'brand' };
    const runtime = openRuntime([...PRODUCT_CATALOGUE, draft]);
    expect(await runtime.ingest({ ...BRAND, version: 1, payload: ACME })).toMatchObject({ slicing: 'settled' });
  });

  it('builds FULL, race or no race, where the version before does not fit the rule set', async () => {
    const old = schemaContract('brand', '0.9.0', { title: { type: 'string' } });
    const store = createMemoryStore();
    const first = openRuntime([...PRODUCT_CATALOGUE, old], { store });
    const before = { ...BRAND, version: 1, schemaRef: 'brand@0.9.0', payload: { title: 'Acme' } };
    expect(await first.ingest(before)).toMatchObject({ slicing: 'refused' });
    let races = 0;
    const racing = wrapStore(store, async (method, _args, call) => {
      if (method !== 'commit' || races++ > 0) return call();
      return { outcome: 'head_moved' };
    });
    const runtime = openRuntime([...PRODUCT_CATALOGUE, old], { store: racing });
    const after = { ...BRAND, version: 2, schemaRef: 'brand@1.0.0', payload: ACME };
    expect(await runtime.ingest(after)).toMatchObject({
      slicing: 'settled',
      ruleSets: [{ slicing: { mode: 'FULL_REBUILD', version: 2 } }],
    });
    expect(races).toBe(2);
  });
});

describe('two LATEST joins on one slice source', () => {
  it('see the same version of it, whatever happens in between', async () => {
    const byRules = (name: string, field: string): JsonObject => ({
      name,
      cardinality: 'MANY_TO_ONE',
      joinSources: {
        entityType: 'brand',
        ruleSetRef: BRAND_RULES,
        keyResolver: { path: 'brand_id', format: 'brand#{value}' },
        source: 'BRAND_CORE',
        versionRule: 'LATEST',
      },
      joinProjection: { [field]: 'name' },
      joinImpact: [{ path: 'name', slices: ['PRODUCT_BRAND'] }],
    });
    const slices = [
      ...(productRules()['slices'] as JsonObject[]).filter(({ type }) => type !== 'PRODUCT_BRAND'),
      { type: 'PRODUCT_BRAND', fields: { title: 'title' }, joins: ['left', 'right'] },
    ];
    const rules = productRules({ slices, joins: [byRules('left', 'left_name'), byRules('right', 'right_name')] });
    const contracts = [brandSchema(), productSchema(), brandRules(), rules];
    const store = createMemoryStore();
    const writer = openRuntime(contracts, { store });
    await writer.ingest({ ...BRAND, version: 1, payload: ACME });
    // By its steps: an ingest would have the product follow at once.
    const moveBrand = async () => {
      await writer.insertRawdata({ ...BRAND, version: 2, payload: { ...ACME, name: 'Apex' } });
      await writer.slicing({ ...BRAND, version: 2, ruleSetRef: BRAND_RULES, mode: 'FULL_REBUILD' });
    };
    let reads = 0;
    const moving = wrapStore(store, async (method, args, call) => {
      const answer = await call();
      const isBrandHead =
        method === 'batchGet' && JSON.stringify(args).includes('"head"') && JSON.stringify(args).includes('brand#');
      if (isBrandHead && reads++ === 0) await moveBrand();
      return answer;
    });
    await openRuntime(contracts, { store: moving }).ingest({ ...PRODUCT, version: 1, payload: LAMP });
    const { items } = await writer.listManifests({ ...PRODUCT, ruleSetRef: PRODUCT_RULES, order: 'ascending' });
    expect(items.map(({ pins }) => [pins['left']?.version, pins['right']?.version])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

describe('an answer', () => {
  it('is the reader’s own: nobody can change what the next reader gets', async () => {
    const { runtime } = await withProduct();
    const query = { ...PAGE, version: 1, revision: 0 } as const;
    const { meta } = await runtime.queryView(query);
    const before = JSON.stringify(meta);
    // A caller from JavaScript is not held back by `readonly`.
    const pins = meta.pins as Record<string, { version: number }>;
    expect(() => {
      const [pin] = Object.values(pins);
      if (pin !== undefined) pin.version = 999;
    }).toThrow(TypeError);
    expect(JSON.stringify((await runtime.queryView(query)).meta)).toBe(before);
  });
});

describe('a damaged slice', () => {
  it('is noticed by its hash and never served, and so is one that is gone', async () => {
    const { store } = await withProduct();
    let damage: 'altered' | 'gone' | 'none' = 'altered';
    const damaged = wrapStore(store, async (method, _args, call) => {
      const answer = await call();
      if (method !== 'batchGet' || damage === 'none') return answer;
      // batchGet answers with the records that were asked for.
      return (answer as readonly ({ kind: string } | undefined)[]).map((record) => {
        if (record?.kind !== 'slice') return record;
        return damage === 'gone' ? undefined : { ...record, payload: new TextEncoder().encode('{"title":"Other"}') };
      });
    });
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store: damaged });
    const query = { ...PAGE, version: 'active' } as const;
    await expect(runtime.queryView(query)).rejects.toMatchObject({ code: 'slice.corrupt' });
    damage = 'gone';
    await expect(runtime.queryView(query)).rejects.toMatchObject({ code: 'slice.missing' });
    damage = 'none';
    expect(await runtime.queryView(query)).toMatchObject({ data: { title: 'Lamp' } });
  });

  it('is put again when its version is sliced again', async () => {
    const store = createMemoryStore();
    const forgetful = wrapStore(store, async (method, args, call) => {
      // putOnce gets records; this store loses the slices among them.
      const [records] = args as unknown as readonly [readonly { kind: string }[]];
      if (method !== 'putOnce' || !records.some(({ kind }) => kind === 'slice')) return call();
      return records.map(() => ({ outcome: 'stored' }));
    });
    await withProduct(PRODUCT_CATALOGUE, forgetful);
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    await expect(runtime.queryView({ ...PAGE, version: 1 })).rejects.toMatchObject({ code: 'slice.missing' });
    const again = { ...PRODUCT, version: 1, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' } as const;
    expect(await runtime.slicing(again)).toMatchObject({ outcome: 'unchanged' });
    expect(await runtime.queryView({ ...PAGE, version: 1 })).toMatchObject({ data: { title: 'Lamp' } });
  });
});

describe('a batch', () => {
  it('does not wait for an idle source once it is aborted', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const controller = new AbortController();
    async function* idle(): AsyncGenerator<IngestInput> {
      yield { ...BRAND, version: 1, payload: ACME };
      await new Promise(() => {});
    }
    const outcomes = runtime.batch.ingest(idle(), { signal: controller.signal })[Symbol.asyncIterator]();
    expect((await outcomes.next()).value).toMatchObject({ ok: true });
    const next = outcomes.next();
    controller.abort();
    await expect(next).rejects.toMatchObject({ code: 'call.aborted' });
  });

  it('does not wait for an idle source when nobody reads on', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    async function* idle(): AsyncGenerator<IngestInput> {
      yield { ...BRAND, version: 1, payload: ACME };
      await new Promise(() => {});
    }
    const indexes: number[] = [];
    for await (const { index } of runtime.batch.ingest(idle())) {
      indexes.push(index);
      break;
    }
    expect(indexes).toEqual([0]);
  });

  it('refuses a malformed item alone', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    // What a caller from JavaScript may hand over.
    const items = [{ ...BRAND, version: 1, payload: ACME }, null, 'brand#B2'] as unknown as IngestInput[];
    const codes: (string | true)[] = [];
    for await (const outcome of runtime.batch.ingest(items)) codes.push(outcome.ok || outcome.error.code);
    expect(codes).toEqual([true, 'input.invalid', 'input.invalid']);
  });
});

describe('what a caller from JavaScript may get wrong', () => {
  const wrong: readonly (readonly [string, (runtime: Runtime) => Promise<unknown>, string])[] = [
    ['no input', (runtime) => runtime.ingest(undefined as never), 'input.invalid'],
    [
      'an unknown state',
      (runtime) => runtime.listByState({ tenantId: TENANT, state: 'DONE' as never }),
      'input.invalid',
    ],
    [
      'an unknown order',
      (runtime) => runtime.listVersions({ ...PRODUCT, order: 'sideways' as never }),
      'input.invalid',
    ],
    [
      'a prefix that is a number',
      (runtime) => runtime.listEntities({ tenantId: TENANT, prefix: 5 as never }),
      'input.invalid',
    ],
    [
      'an unknown rule set',
      (runtime) => runtime.activeVersion({ ...PRODUCT, ruleSetRef: 'nope@1.0.0' }),
      'contract.unknown',
    ],
    [
      'a rule set unknown to a listing',
      (runtime) => runtime.listManifests({ ...PRODUCT, ruleSetRef: 'nope@1.0.0' }),
      'contract.unknown',
    ],
    [
      'an unknown mode',
      (runtime) => runtime.slicing({ ...PRODUCT, version: 1, ruleSetRef: PRODUCT_RULES, mode: 'FULL' as never }),
      'input.invalid',
    ],
  ];

  it.each(wrong)('%s is refused by name', async (_what, call, code) => {
    await expect(call(openRuntime(PRODUCT_CATALOGUE))).rejects.toMatchObject({ code });
  });

  it.each([
    ['retry.maxAttempts', { retry: { maxAttempts: 0 } }],
    ['retry.baseDelayMs', { retry: { baseDelayMs: Number.NaN } }],
    ['cache.maxBytes', { cache: { maxBytes: -1 } }],
    ['claimTimeoutMs', { claimTimeoutMs: Number.NaN }],
    ['store', { store: Promise.resolve(createMemoryStore()) as never }],
    ['registry', { registry: undefined as never }],
  ])('the option %s is checked when the runtime is created', (name, options) => {
    const registry: ContractRegistry = createObjectRegistry(PRODUCT_CATALOGUE);
    const create = () => createRuntime({ store: createMemoryStore(), registry, ...options });
    expect(create).toThrow(expect.objectContaining({ code: 'input.invalid', details: { name } }));
  });
});

describe('a reader whose version is not there', () => {
  it('hears that the entity is deleted in it', async () => {
    const { runtime } = await withProduct();
    await runtime.ingest({ ...PRODUCT, version: 2, deleted: true });
    await expect(runtime.queryView({ ...PAGE, version: 'active' })).rejects.toMatchObject({
      code: 'view.slice_missing',
      details: { deleted: true },
      message: expect.stringContaining('found the entity deleted'),
    });
  });

  it.each([
    ['a version that is not in', { ...PAGE, version: 9 }, 1, 'its newest version is 1'],
    ['an entity that is not known', { ...PAGE, entityKey: 'product#P9', version: 1 }, null, 'the entity is not known'],
    [
      'an active version of one',
      { ...PAGE, entityKey: 'product#P9', version: 'active' },
      null,
      'the entity is not known',
    ],
  ] as const)('hears why: %s', async (_what, query, newestVersion, why) => {
    const { runtime } = await withProduct();
    await expect(runtime.queryView(query)).rejects.toMatchObject({
      code: 'manifest.missing',
      details: { newestVersion },
      message: expect.stringContaining(why),
    });
  });
});

describe('resume', () => {
  it('slices what joins a slice that was owed as well, whatever their order', async () => {
    // `app` comes before `brand` in key order, so it is met first.
    const appSchema = schemaContract('app', '1.0.0', { brand_id: { type: 'string' } });
    const appRules: JsonObject = {
      kind: 'RuleSet',
      id: 'app-core',
      version: '1.0.0',
      status: 'ACTIVE',
      entityType: 'app',
      schemaRef: 'app@1.0.0',
      slices: [{ type: 'APP', fields: {}, joins: ['brand'] }],
      joins: [
        {
          name: 'brand',
          cardinality: 'MANY_TO_ONE',
          joinSources: {
            entityType: 'brand',
            ruleSetRef: BRAND_RULES,
            keyResolver: { path: 'brand_id', format: 'brand#{value}' },
            source: 'BRAND_CORE',
            versionRule: 'LATEST',
          },
          joinProjection: { brand_name: 'name' },
          joinImpact: [{ path: 'name', slices: ['APP'] }],
        },
      ],
      impactMap: [{ path: 'brand_id', slices: ['APP'] }],
    };
    const runtime = openRuntime([appSchema, appRules, brandSchema(), brandRules()]);
    const app = (id: string, brandId: string) => ({
      tenantId: TENANT,
      entityKey: `app#${id}`,
      version: 1,
      payload: { brand_id: brandId },
    });
    await runtime.insertRawdata(app('A', 'ACME'));
    await runtime.insertRawdata(app('B', 'NOBODY'));
    await runtime.insertRawdata({ ...BRAND, version: 1, payload: ACME });
    expect(await runtime.resume({ tenantId: TENANT })).toEqual({
      entities: 3,
      owed: 3,
      settled: 2,
      leftRefused: 0,
      refused: 1,
      droppedArchived: 0,
      leftToOthers: 0,
      fannedOut: 1,
      fanOutOwed: 0,
    });
  });
});

describe('close', () => {
  it('waits for the calls that are under way', async () => {
    const store = createMemoryStore();
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    const ingesting = runtime.ingest({ ...BRAND, version: 1, payload: ACME });
    const closing = runtime.close();
    expect(await ingesting).toMatchObject({ slicing: 'settled' });
    await closing;
    await expect(runtime.listEntities({ tenantId: TENANT })).rejects.toMatchObject({ code: 'store.closed' });
  });
});
