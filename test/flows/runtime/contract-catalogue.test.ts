import { describe, expect, it } from 'vitest';
import { createObjectRegistry } from '../../../src/adapters/memory/contract-objects.ts';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { ContractRegistry } from '../../../src/ports/contract-registry.ts';
import type { Store } from '../../../src/ports/store.ts';
import { countingStore } from '../../support/counting-store.ts';
import {
  brandJoin,
  brandRules,
  PRODUCT_CATALOGUE,
  PRODUCT_RULES,
  productRules,
  productSchema,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT, withStatus } from '../../support/runtime-fixture.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1', version: 1, payload: { title: 'Lamp' } } as const;

describe('contracts at run time', () => {
  it('are asked for once as long as the registry’s revision stays, and again when it moves', async () => {
    const registry = changeable(PRODUCT_CATALOGUE.filter((contract) => contract['kind'] === 'Schema'));
    const runtime = openRuntime([], { registry });
    const before = await runtime.ingest(PRODUCT);
    const asked = registry.calls;
    await runtime.ingest({ ...PRODUCT, entityKey: 'product#P2' });
    expect(registry.calls).toBe(asked);
    registry.publish(PRODUCT_CATALOGUE);
    const after = await runtime.ingest({ ...PRODUCT, version: 2, payload: { title: 'New lamp' } });
    expect([before, after].map(({ ruleSets }) => ruleSets.length)).toEqual([0, 1]);
  });

  it('that could not be read are asked for again, not remembered as failed', async () => {
    const inner = createObjectRegistry(PRODUCT_CATALOGUE);
    let failures = 1;
    const registry: ContractRegistry = {
      ...inner,
      list: async (kind) => {
        if (failures-- > 0) throw new Error('registry away');
        return inner.list(kind);
      },
    };
    const runtime = openRuntime([], { registry });
    await expect(runtime.ingest(PRODUCT)).rejects.toThrow('registry away');
    await expect(runtime.ingest(PRODUCT)).resolves.toMatchObject({ outcome: 'inserted' });
  });

  it('are recorded before the first record that names them, content first', async () => {
    const store = countingStore(createMemoryStore());
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    await runtime.insertRawdata(PRODUCT);
    const { sequence } = store;
    expect(sequence.indexOf('putOnce')).toBeLessThan(sequence.indexOf('insert'));
    expect(sequence.filter((method) => method === 'putOnce')).toHaveLength(2);
    store.reset();
    await runtime.insertRawdata({ ...PRODUCT, entityKey: 'product#P2' });
    expect(store.sequence.filter((method) => method === 'putOnce')).toEqual([]);
  });

  it('are recorded once for all that begin at the same time', async () => {
    const store = countingStore(createMemoryStore());
    const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
    const keys = Array.from({ length: 20 }, (_, id) => `product#P${id}`);
    await Promise.all(keys.map((entityKey) => runtime.insertRawdata({ ...PRODUCT, entityKey })));
    expect(store.sequence.filter((method) => method === 'putOnce')).toHaveLength(2);
  });

  it('that the registry forgot may compute again what was committed, and nothing new', async () => {
    const store = createMemoryStore();
    const before = openRuntime(PRODUCT_CATALOGUE, { store });
    await before.ingest(PRODUCT);
    await before.insertRawdata({ ...PRODUCT, version: 2, payload: { title: 'New lamp' } });
    const after = openRuntime([], { store });
    const sliced = { ...PRODUCT, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' } as const;
    await expect(after.slicing(sliced)).resolves.toMatchObject({ outcome: 'unchanged' });
    await expect(after.slicing({ ...sliced, version: 2 })).rejects.toMatchObject({ code: 'contract.not_active' });
    await expect(after.insertRawdata({ ...PRODUCT, version: 3, schemaRef: 'product@2.1.0' })).rejects.toMatchObject({
      code: 'contract.not_active',
    });
  });

  it('may change their status, which is no content of theirs', async () => {
    const store = createMemoryStore();
    const lenient = PRODUCT_CATALOGUE.map((contract) =>
      contract['id'] === 'product-core' ? productRules({ allowDeprecated: true }) : contract,
    );
    await openRuntime(lenient, { store }).ingest(PRODUCT);
    const later = withStatus(lenient, 'DEPRECATED', ({ id }) => id === 'brand' || id === 'product-core');
    const sliced = { ...PRODUCT, version: 2, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' } as const;
    const runtime = openRuntime(later, { store });
    await runtime.insertRawdata({ ...PRODUCT, version: 2, payload: { title: 'New lamp' } });
    await expect(runtime.slicing(sliced)).resolves.toMatchObject({ outcome: 'committed' });
  });

  it('of one rule set that cannot be linked stop no slicing under another', async () => {
    const store = await withProductInserted();
    const runtime = openRuntime([...PRODUCT_CATALOGUE, productRules({ id: 'unsound', impactMap: [] })], { store });
    const sliced = { ...PRODUCT, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' } as const;
    await expect(runtime.slicing(sliced)).resolves.toMatchObject({ outcome: 'committed' });
    await expect(runtime.slicing({ ...sliced, ruleSetRef: 'unsound@1.3.0' })).rejects.toMatchObject({
      code: 'contract.impact_map_unsound',
    });
  });

  it('that wait for each other are refused, with the circle that they make', async () => {
    const circle = [joiningRules('a', 'b'), joiningRules('b', 'c'), joiningRules('c', 'a')];
    const runtime = openRuntime([productSchema(), ...circle], { store: await withProductInserted() });
    const sliced = { ...PRODUCT, ruleSetRef: 'a@1.0.0', mode: 'FULL_REBUILD' } as const;
    await expect(runtime.slicing(sliced)).rejects.toMatchObject({
      code: 'contract.rule_set_cycle',
      message: expect.stringContaining('a@1.0.0 → b@1.0.0 → c@1.0.0 → a@1.0.0'),
    });
  });

  it('of one id and version under two kinds do not get into each other’s way', async () => {
    const namesake = brandRules({ id: 'brand', version: '1.0.0' });
    const runtime = openRuntime([...PRODUCT_CATALOGUE.filter(({ id }) => id !== 'brand-core'), namesake]);
    const brand = { tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: { name: 'Acme' } };
    await expect(runtime.ingest(brand)).resolves.toMatchObject({
      slicing: 'settled',
      ruleSets: [{ ruleSetRef: 'brand@1.0.0' }],
    });
  });
});

async function withProductInserted(): Promise<Store> {
  const store = createMemoryStore();
  await openRuntime([productSchema()], { store }).insertRawdata(PRODUCT);
  return store;
}

interface ChangeableRegistry extends ContractRegistry {
  readonly calls: number;
  publish(contracts: readonly JsonObject[]): void;
}

function changeable(contracts: readonly JsonObject[]): ChangeableRegistry {
  let inner = createObjectRegistry(contracts);
  let revision = 0;
  let calls = 0;
  return {
    name: 'a changeable registry',
    get revision() {
      return revision;
    },
    get calls() {
      return calls;
    },
    get(kind, ref) {
      calls += 1;
      return inner.get(kind, ref);
    },
    list(kind) {
      calls += 1;
      return inner.list(kind);
    },
    publish(next) {
      inner = createObjectRegistry(next);
      revision += 1;
    },
  };
}

/** Rules of products whose one slice joins a slice of another rule set. */
function joiningRules(id: string, other: string): JsonObject {
  const join = brandJoin({
    name: 'other',
    joinSources: {
      entityType: 'product',
      source: 'ALL',
      ruleSetRef: `${other}@1.0.0`,
      keyResolver: { path: 'status', format: 'product#{value}' },
    },
    joinProjection: { other_title: 'title' },
    joinImpact: [{ path: 'title', slices: ['JOINED'] }],
  });
  const members = ['title', 'status', 'price', 'brand_id', 'category_ids', 'promotion', 'variants', 'internal_note'];
  return productRules({
    id,
    version: '1.0.0',
    slices: [
      { type: 'ALL', fields: { title: 'title' } },
      { type: 'JOINED', fields: { title: 'title' }, joins: ['other'] },
    ],
    joins: [join],
    indexes: [],
    impactMap: members.map((path) => ({ path, slices: ['ALL', 'JOINED'] })),
  });
}
