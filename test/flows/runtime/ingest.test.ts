import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import {
  ACME,
  joinlessRules,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_RULES,
  productRules,
} from '../../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const CHAIR = { title: 'Chair', price: 3 };

describe('ingest', () => {
  it('inserts and slices under every ACTIVE rule set of the type, in the order of their refs', async () => {
    const others = [
      productRules({ id: 'a-rules' }),
      productRules({ id: 'z-rules' }),
      productRules({ id: 'draft', status: 'DRAFT' }),
    ];
    const runtime = openRuntime([...PRODUCT_CATALOGUE, ...others]);
    const result = await runtime.ingest({ ...PRODUCT, version: 1, payload: CHAIR });
    expect(result).toMatchObject({ outcome: 'inserted', slicing: 'settled' });
    expect(result.ruleSets.map(({ ruleSetRef, outcome }) => [ruleSetRef, outcome])).toEqual([
      ['a-rules@1.3.0', 'committed'],
      [PRODUCT_RULES, 'committed'],
      ['z-rules@1.3.0', 'committed'],
    ]);
    const { items } = await runtime.listByState({ tenantId: TENANT, state: 'ACTIVE' });
    expect(items).toMatchObject([{ entityKey: 'product#P1', owed: {} }]);
  });

  it('of a type without rule sets only inserts', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE.filter((contract) => contract['kind'] === 'Schema'));
    const result = await runtime.ingest({ ...PRODUCT, version: 1, payload: CHAIR });
    expect(result).toMatchObject({ outcome: 'inserted', slicing: 'settled', ruleSets: [] });
  });

  it('of what is in and sliced already finds it settled', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    await runtime.ingest({ ...PRODUCT, version: 1, payload: CHAIR });
    const again = await runtime.ingest({ ...PRODUCT, version: 1, payload: CHAIR });
    expect(again).toMatchObject({
      outcome: 'unchanged',
      slicing: 'settled',
      ruleSets: [{ ruleSetRef: PRODUCT_RULES, outcome: 'settled' }],
    });
  });

  it('of what was inserted only slices it', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    await runtime.insertRawdata({ ...PRODUCT, version: 1, payload: CHAIR });
    const result = await runtime.ingest({ ...PRODUCT, version: 1, payload: CHAIR });
    expect(result).toMatchObject({ outcome: 'unchanged', slicing: 'settled', ruleSets: [{ outcome: 'committed' }] });
  });

  it('of a version that a newer one follows is superseded, and slices nothing', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    for (const price of [1, 2])
      await runtime.insertRawdata({ ...PRODUCT, version: price, payload: { ...CHAIR, price } });
    const result = await runtime.ingest({ ...PRODUCT, version: 1, payload: { ...CHAIR, price: 1 } });
    expect(result).toMatchObject({ slicing: 'superseded', ruleSets: [{ outcome: 'superseded' }] });
    await expect(runtime.activeVersion({ ...PRODUCT, ruleSetRef: PRODUCT_RULES })).resolves.toBeNull();
  });

  it('of a version that a newer one overtakes while it is sliced leaves the newer one owed', async () => {
    const inner = createMemoryStore();
    const other = openRuntime(PRODUCT_CATALOGUE, { store: inner });
    let isOvertaken = false;
    const store = wrapStore(inner, async (method, _args, call) => {
      if (method === 'commit' && !isOvertaken) {
        isOvertaken = true;
        await other.insertRawdata({ ...PRODUCT, version: 2, payload: { ...CHAIR, price: 2 } });
      }
      return call();
    });
    const first = await openRuntime(PRODUCT_CATALOGUE, { store }).ingest({ ...PRODUCT, version: 1, payload: CHAIR });
    expect(first.ruleSets).toMatchObject([{ outcome: 'committed', slicing: { version: 1, settled: false } }]);
    const { items } = await other.listByState({ tenantId: TENANT, state: 'IDLE' });
    expect(items).toMatchObject([{ version: 2, owed: { [PRODUCT_RULES]: { state: 'IDLE' } } }]);
  });

  it('of which one rule set refuses still slices under the others', async () => {
    const runtime = openRuntime([...PRODUCT_CATALOGUE, joinlessRules({ id: 'a-joinless' })]);
    const result = await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
    expect(result).toMatchObject({
      slicing: 'refused',
      ruleSets: [
        { ruleSetRef: 'a-joinless@1.3.0', outcome: 'committed' },
        { ruleSetRef: PRODUCT_RULES, outcome: 'refused', error: { code: 'join.source_missing', retryable: false } },
      ],
    });
    const { items } = await runtime.listByState({ tenantId: TENANT, state: 'FAILED' });
    expect(items.map(({ owed }) => Object.keys(owed))).toEqual([[PRODUCT_RULES]]);
  });

  it('follows a refused version with the next one, built FULL as nothing lies before it', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
    const next = await runtime.ingest({ ...PRODUCT, version: 2, payload: CHAIR });
    expect(next.ruleSets).toMatchObject([
      { outcome: 'committed', slicing: { mode: 'FULL_REBUILD', fallback: 'base_missing' } },
    ]);
  });

  it('logs no payload at any level', async () => {
    const lines: string[] = [];
    const log = (...entries: readonly unknown[]) => void lines.push(JSON.stringify(entries));
    const logger = { debug: log, info: log, warn: log, error: log };
    const runtime = openRuntime(PRODUCT_CATALOGUE, { logger });
    const secret = 'do-not-log-me';
    await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: { ...ACME, name: secret } });
    await runtime.ingest({ ...PRODUCT, version: 1, payload: { ...LAMP, title: secret } });
    await runtime.ingest({ ...PRODUCT, version: 2, payload: { ...LAMP, title: secret, brand_id: 'NOBODY' } });
    await runtime.resume({ tenantId: TENANT, refused: 'retry' });
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  });
});
