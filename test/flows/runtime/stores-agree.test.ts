/** A store that writes together and one that does not: whatever comes in, the flows say and leave the same over both. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryPayloadStore } from '../../../src/adapters/memory/memory-payload-store.ts';
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/sqlite-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { IngestInput } from '../../../src/flows/runtime/runtime.ts';
import type { Store, StoredRecord } from '../../../src/ports/store.ts';
import {
  BRAND_RULES as WORLD_BRAND_RULES,
  PRODUCT_RULES as WORLD_PRODUCT_RULES,
  worldOf,
} from '../../support/arbitraries/worlds.ts';
import {
  ACME,
  BRAND_RULES,
  brandRules,
  brandSchema,
  joinlessRules,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_RULES,
} from '../../support/product-catalogue.ts';
import { replayInputs } from '../../support/replay-inputs.ts';
import { inputOf, openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { onStore } from '../../support/store-kinds.ts';
import { temporaryFile } from '../../support/temporary-file.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
const TWO_RULE_SETS = [...PRODUCT_CATALOGUE, joinlessRules({ id: 'z-joinless' })];
const RENAMED: JsonObject = { name: 'Acme & Co', logo_url: null };

const openSqlite = () => openSqliteStore({ path: temporaryFile('store.db') });
const openMemory = async () => createMemoryStore();

interface Input {
  readonly what: string;
  readonly contracts: readonly JsonObject[];
  readonly steps: readonly IngestInput[];
  /** What the last step comes to, over any store. */
  readonly last: object;
  readonly damage?: (store: Store) => Store;
}

const NAME_INDEX = {
  type: 'name',
  fromSlice: 'BRAND_CORE',
  selector: { path: 'name' },
  indexKey: { format: 'IDX#name#{value}#brand' },
};
const TWO_BRAND_RULE_SETS = [...PRODUCT_CATALOGUE, brandRules({ id: 'z-brand', indexes: [NAME_INDEX] })];
const LONG_NAME = 'n'.repeat(1_100);

const INPUTS: readonly Input[] = [
  {
    what: 'a slice that is too large',
    contracts: PRODUCT_CATALOGUE,
    steps: [{ ...BRAND, version: 1, payload: { name: 'x'.repeat(360_000) } }],
    last: { outcome: 'inserted', slicing: 'refused', ruleSets: [{ error: { code: 'slice.too_large' } }] },
  },
  {
    what: 'a large slice behind one that is not',
    contracts: PRODUCT_CATALOGUE,
    steps: [
      { ...BRAND, version: 1, payload: ACME },
      { ...BRAND, version: 'next', payload: { name: 'x'.repeat(360_000) } },
    ],
    last: { outcome: 'inserted', version: 2, slicing: 'refused', ruleSets: [{ error: { code: 'slice.too_large' } }] },
  },
  {
    what: 'a long index value under one rule set',
    contracts: TWO_BRAND_RULE_SETS,
    steps: [{ ...BRAND, version: 1, payload: { name: LONG_NAME } }],
    last: {
      outcome: 'inserted',
      slicing: 'refused',
      ruleSets: [{ outcome: 'committed' }, { outcome: 'refused', error: { code: 'index.value_too_long' } }],
    },
  },
  {
    what: 'a version behind one that was refused',
    contracts: TWO_BRAND_RULE_SETS,
    steps: [
      { ...BRAND, version: 1, payload: { name: LONG_NAME } },
      { ...BRAND, version: 'next', payload: ACME },
    ],
    last: {
      outcome: 'inserted',
      slicing: 'settled',
      ruleSets: [{ slicing: { mode: 'INCREMENTAL' } }, { slicing: { mode: 'FULL_REBUILD', fallback: 'base_missing' } }],
    },
  },
  {
    what: 'a rule set with joins beside one without',
    contracts: TWO_RULE_SETS,
    steps: [
      { ...PRODUCT, version: 1, payload: LAMP },
      { ...BRAND, version: 1, payload: ACME },
      { ...PRODUCT, version: 'next', payload: { ...LAMP, title: 'Lantern' } },
      { ...PRODUCT, version: 'next', payload: { ...LAMP, price: 21 } },
    ],
    last: {
      slicing: 'settled',
      ruleSets: [{ slicing: { mode: 'INCREMENTAL' } }, { slicing: { mode: 'INCREMENTAL' } }],
    },
  },
  {
    what: 'a rule set whose schema does not run',
    contracts: [
      ...PRODUCT_CATALOGUE.filter((contract) => contract['id'] !== 'brand-core'),
      brandSchema({ version: '1.1.0', status: 'DRAFT' }),
      brandRules({ schemaRef: 'brand@1.1.0' }),
    ],
    steps: [{ ...BRAND, version: 1, payload: ACME, schemaRef: 'brand@1.0.0' }],
    last: { outcome: 'inserted', slicing: 'refused', ruleSets: [{ error: { code: 'contract.not_active' } }] },
  },
  {
    what: 'a damaged version before it',
    contracts: PRODUCT_CATALOGUE,
    steps: [
      { ...BRAND, version: 1, payload: ACME },
      { ...BRAND, version: 'next', payload: RENAMED },
    ],
    damage: withOtherBytes,
    last: { outcome: 'inserted', version: 2, slicing: 'refused', ruleSets: [{ error: { code: 'rawdata.corrupt' } }] },
  },
];

describe.each(INPUTS)('ingest with $what', ({ contracts, steps, last, damage = (store) => store }) => {
  it('puts the version in, and says and leaves the same over a store that writes together as over one that does not', async () => {
    const over = (open: () => Promise<Store>) =>
      onStore(open, (store) =>
        replayInputs(
          openRuntime(contracts, { store: damage(store), payloadStore: createMemoryPayloadStore() }),
          store,
          steps,
          SHOP_RULES,
        ),
      );
    const [together, apart] = [await over(openSqlite), await over(openMemory)];
    expect(apart.results.at(-1)).toMatchObject(last);
    expect(together).toEqual(apart);
  });
});

const SHOP_RULES = [BRAND_RULES, 'z-brand@1.0.0', PRODUCT_RULES, 'z-joinless@1.3.0'];
const WORLD_RULES = [WORLD_BRAND_RULES, WORLD_PRODUCT_RULES];
const world = fc.oneof(worldOf(), worldOf({ hasJoins: false }));

describe('any world', () => {
  it('says and leaves the same over a store that writes together as over one that does not', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ contracts, steps }) => {
        const over = (open: () => Promise<Store>) =>
          onStore(open, (store) =>
            replayInputs(openRuntime(contracts, { store }), store, steps.map(inputOf), WORLD_RULES),
          );
        expect(await over(openSqlite)).toEqual(await over(openMemory));
      }),
    );
  });

  it('that was sliced INCREMENTAL in one step comes to the same slices when it is built FULL', async () => {
    await fc.assert(
      fc.asyncProperty(worldOf({ hasJoins: false }), ({ contracts, steps }) =>
        onStore(openSqlite, async (store) => {
          const runtime = openRuntime(contracts, { store });
          for (const step of steps) {
            const { ruleSets } = await runtime.ingest(inputOf(step));
            for (const { ruleSetRef, ...followed } of ruleSets) {
              const incremental = 'slicing' in followed ? followed.slicing : undefined;
              const { entityKey, version } = step;
              const again = { tenantId: TENANT, entityKey, version, ruleSetRef, mode: 'FULL_REBUILD' } as const;
              const full = await runtime.slicing(again);
              expect(full).toMatchObject({ outcome: 'unchanged', manifestHash: incremental?.manifestHash });
            }
          }
        }),
      ),
    );
  });
});

/** What is read back of every brand's first version is not what was put. */
function withOtherBytes(inner: Store): Store {
  return wrapStore(inner, async (method, _args, call) => {
    const answer = await call();
    if (method !== 'batchGet') return answer;
    // `batchGet` answers a list of records.
    return (answer as readonly (StoredRecord | undefined)[]).map((record) =>
      record?.kind === 'raw-data' && record.version === 1
        ? { ...record, body: { kind: 'inline', bytes: Buffer.from('{"name":"Damaged"}') } }
        : record,
    );
  });
}
