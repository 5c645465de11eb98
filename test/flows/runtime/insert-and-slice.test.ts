import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../src/adapters/sqlite/sqlite-store.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { hasCode } from '../../../src/domain/errors.ts';
import { parseEntityKey, parseTenantId } from '../../../src/domain/identity.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { Store } from '../../../src/ports/store.ts';
import { storeUnavailable } from '../../../src/ports/store-errors.ts';
import { type CountingStore, countingStore } from '../../support/counting-store.ts';
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
import { openRuntime, TENANT } from '../../support/runtime-fixture.ts';
import { onStore } from '../../support/store-kinds.ts';
import { temporaryFile } from '../../support/temporary-file.ts';
import { wrapStore } from '../../support/wrap-store.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME' } as const;
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1' } as const;
/** Joined by nobody, so that nothing follows them. */
const BRANDS_ALONE = [brandSchema(), brandRules()];
const TWO_RULE_SETS = [...PRODUCT_CATALOGUE, joinlessRules({ id: 'z-joinless' })];
const RENAMED: JsonObject = { name: 'Acme & Co', logo_url: null };

function overSqlite(run: (store: Store) => Promise<void>): () => Promise<void> {
  return () => onStore(() => openSqliteStore({ path: temporaryFile('store.db') }), run);
}

describe('ingest over a store that writes together', () => {
  it(
    'goes step by step where it cannot read what the version follows, so that the version is in and owed',
    overSqlite(async (inner) => {
      await openRuntime(BRANDS_ALONE, { store: inner }).ingest({ ...BRAND, version: 1, payload: ACME });
      const withoutHeads = wrapStore(inner, async (method, args, call) => {
        const [keys] = args;
        const isHeadRead = method === 'batchGet' && Array.isArray(keys) && keys.some(({ kind }) => kind === 'head');
        if (isHeadRead) throw storeUnavailable({ store: inner.name, found: 'no heads', advice: 'Call again.' });
        return call();
      });
      const ingesting = openRuntime(BRANDS_ALONE, { store: withoutHeads }).ingest({
        ...BRAND,
        version: 2,
        payload: RENAMED,
      });
      await expect(ingesting).rejects.toSatisfy(
        (error) => hasCode(error, 'store.unavailable') && error.details['triedVersion'] === 2,
      );
      expect(await statusIn(inner)).toMatchObject({
        version: 2,
        state: 'IDLE',
        owed: { [BRAND_RULES]: { state: 'IDLE' } },
      });
    }),
  );

  it(
    'puts a first version in with one read and one write',
    overSqlite(async (inner) => {
      const { runtime, store } = await warmed(inner);
      const result = await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
      expect(store.sequence).toEqual(['batchGet', 'writeTogether']);
      expect(result).toMatchObject({
        outcome: 'inserted',
        slicing: 'settled',
        ruleSets: [{ outcome: 'committed', slicing: { mode: 'FULL_REBUILD', fallback: null, settled: true } }],
      });
    }),
  );

  it(
    'puts a next version in with one read more, for what it follows',
    overSqlite(async (inner) => {
      const { runtime, store } = await warmed(inner);
      await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
      for (const next of [{ payload: RENAMED }, { deleted: true } as const, { payload: ACME }]) {
        store.reset();
        const result = await runtime.ingest({ ...BRAND, version: 'next', ...next });
        expect(store.sequence).toEqual(['batchGet', 'batchGet', 'writeTogether']);
        expect(result.ruleSets).toMatchObject([
          { outcome: 'committed', slicing: { mode: 'INCREMENTAL', settled: true } },
        ]);
      }
      expect(await statusIn(inner)).toMatchObject({ version: 4, counter: 4, state: 'ACTIVE', owed: {} });
    }),
  );

  it(
    'settles at once what an older version left owed',
    overSqlite(async (inner) => {
      const { runtime } = await warmed(inner);
      await runtime.insertRawdata({ ...BRAND, version: 1, payload: ACME });
      expect(await statusIn(inner)).toMatchObject({ state: 'IDLE', owed: { [BRAND_RULES]: { state: 'IDLE' } } });
      const result = await runtime.ingest({ ...BRAND, version: 2, payload: RENAMED });
      expect(result.ruleSets).toMatchObject([
        { outcome: 'committed', slicing: { mode: 'FULL_REBUILD', fallback: 'base_missing', settled: true } },
      ]);
      expect(await statusIn(inner)).toMatchObject({ version: 2, counter: 2, state: 'ACTIVE', owed: {} });
    }),
  );

  it(
    'puts a version in with the slices of all rule sets without joins in one write, and settles them all',
    overSqlite(async (inner) => {
      const store = countingStore(inner);
      const runtime = openRuntime([...BRANDS_ALONE, brandRules({ id: 'z-brand' })], { store });
      await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
      store.reset();
      const result = await runtime.ingest({ ...BRAND, version: 2, payload: RENAMED });
      expect(result.ruleSets).toMatchObject([
        { ruleSetRef: BRAND_RULES, outcome: 'committed', slicing: { mode: 'INCREMENTAL', settled: true } },
        { ruleSetRef: 'z-brand@1.0.0', outcome: 'committed', slicing: { mode: 'INCREMENTAL', settled: true } },
      ]);
      expect(store.sequence.filter((method) => method !== 'batchGet')).toEqual(['writeTogether']);
      expect(await statusIn(inner)).toMatchObject({ version: 2, counter: 2, state: 'ACTIVE', owed: {} });
      for (const ruleSetRef of [BRAND_RULES, 'z-brand@1.0.0']) {
        await expect(runtime.activeVersion({ ...BRAND, ruleSetRef })).resolves.toMatchObject({ version: 2 });
      }
    }),
  );

  it(
    'has recorded the contracts before it puts the first version that is sliced by them',
    overSqlite(async (inner) => {
      const store = countingStore(inner);
      await openRuntime(BRANDS_ALONE, { store }).ingest({ ...BRAND, version: 1, payload: ACME });
      expect(store.calls.putOnce).toBeGreaterThan(0);
      expect(store.sequence.at(-1)).toBe('writeTogether');
    }),
  );

  it(
    'puts a version in with the slices of the rule set without joins, and then follows under the one with joins',
    overSqlite(async (inner) => {
      const store = countingStore(inner);
      const runtime = openRuntime(TWO_RULE_SETS, { store });
      await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
      store.reset();
      const result = await runtime.ingest({ ...PRODUCT, version: 1, payload: LAMP });
      expect(result).toMatchObject({ outcome: 'inserted', slicing: 'settled' });
      expect(result.ruleSets.map(({ ruleSetRef, outcome }) => [ruleSetRef, outcome])).toEqual([
        [PRODUCT_RULES, 'committed'],
        ['z-joinless@1.3.0', 'committed'],
      ]);
      expect(result.ruleSets).toMatchObject([{ slicing: { settled: true } }, { slicing: { settled: true } }]);
      expect(store.calls).toMatchObject({ insert: 0, commit: 0, writeTogether: 2 });
      expect(await statusIn(inner, PRODUCT)).toMatchObject({ state: 'ACTIVE', owed: {} });
    }),
  );

  it(
    'leaves owed what the rule set with joins refuses, and settles the other',
    overSqlite(async (inner) => {
      const result = await openRuntime(TWO_RULE_SETS, { store: inner }).ingest({
        ...PRODUCT,
        version: 1,
        payload: LAMP,
      });
      expect(result).toMatchObject({
        outcome: 'inserted',
        slicing: 'refused',
        ruleSets: [
          { outcome: 'refused', error: { code: 'join.source_missing' } },
          { outcome: 'committed', slicing: { settled: true } },
        ],
      });
      expect(await statusIn(inner, PRODUCT)).toMatchObject({
        state: 'FAILED',
        owed: { [PRODUCT_RULES]: { state: 'FAILED', lastError: { code: 'join.source_missing' } } },
      });
    }),
  );

  it(
    'of a version that somebody else puts in meanwhile finds it, sliced, and puts nothing',
    overSqlite(async (inner) => {
      const { runtime, overtaker } = await overtaken(inner, (other) =>
        other.ingest({ ...BRAND, version: 1, payload: ACME }),
      );
      const result = await runtime.ingest({ ...BRAND, version: 1, payload: ACME });
      await expect(overtaker()).resolves.toMatchObject({ outcome: 'inserted', slicing: 'settled' });
      expect(result).toMatchObject({ outcome: 'unchanged', slicing: 'settled', ruleSets: [{ outcome: 'settled' }] });
      expect(await versionsIn(inner)).toEqual([1]);
    }),
  );

  it(
    'of a version that somebody else puts in meanwhile with other content is refused',
    overSqlite(async (inner) => {
      const { runtime } = await overtaken(inner, (other) => other.ingest({ ...BRAND, version: 1, payload: RENAMED }));
      await expect(runtime.ingest({ ...BRAND, version: 1, payload: ACME })).rejects.toMatchObject({
        code: 'rawdata.content_conflict',
      });
      expect(await versionsIn(inner)).toEqual([1]);
      expect(await statusIn(inner)).toMatchObject({ version: 1, counter: 1, state: 'ACTIVE' });
    }),
  );

  it(
    "of a 'next' that somebody else takes meanwhile becomes the one behind it, sliced from it",
    overSqlite(async (inner) => {
      const { runtime } = await overtaken(inner, (other) => other.ingest({ ...BRAND, version: 1, payload: RENAMED }));
      const result = await runtime.ingest({ ...BRAND, version: 'next', payload: ACME });
      expect(result).toMatchObject({
        outcome: 'inserted',
        version: 2,
        ruleSets: [{ outcome: 'committed', slicing: { mode: 'INCREMENTAL', settled: true } }],
      });
      expect(await statusIn(inner)).toMatchObject({ version: 2, counter: 2, state: 'ACTIVE', owed: {} });
    }),
  );

  it(
    'of racing calls puts each version in once, one behind the other, all of them sliced',
    overSqlite(async (store) => {
      const runtime = openRuntime(BRANDS_ALONE, { store });
      const names = Array.from({ length: 8 }, (_, index) => `Brand ${index}`);
      const racers = names.map((name) => runtime.ingest({ ...BRAND, version: 'next', payload: { name } }));
      const results = await Promise.all(racers);
      expect(results.map(({ version }) => version).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(results.every(({ outcome }) => outcome === 'inserted')).toBe(true);
      expect(await statusIn(store)).toMatchObject({ version: 8, state: 'ACTIVE', owed: {} });
      await expect(runtime.activeVersion({ ...BRAND, ruleSetRef: BRAND_RULES })).resolves.toMatchObject({ version: 8 });
    }),
  );
});

describe('slicing over a store that writes together', () => {
  it(
    'commits and settles in one write',
    overSqlite(async (inner) => {
      const { runtime, store } = await warmed(inner);
      await runtime.insertRawdata({ ...BRAND, version: 1, payload: ACME });
      store.reset();
      const result = await runtime.slicing({ ...BRAND, version: 1, ruleSetRef: BRAND_RULES, mode: 'FULL_REBUILD' });
      expect(result).toMatchObject({ outcome: 'committed', settled: true });
      expect(store.sequence.filter((method) => method !== 'batchGet')).toEqual(['writeTogether']);
      expect(await statusIn(inner)).toMatchObject({ counter: 2, state: 'ACTIVE', owed: {} });
    }),
  );

  it(
    'of a version that a newer one overtakes commits it all the same, and leaves the newer one owed',
    overSqlite(async (inner) => {
      const { runtime } = await overtaken(inner, (other) =>
        other.insertRawdata({ ...BRAND, version: 2, payload: RENAMED }),
      );
      await runtime.insertRawdata({ ...BRAND, version: 1, payload: ACME });
      const result = await runtime.slicing({ ...BRAND, version: 1, ruleSetRef: BRAND_RULES, mode: 'FULL_REBUILD' });
      expect(result).toMatchObject({ outcome: 'committed', version: 1, settled: false });
      expect(await statusIn(inner)).toMatchObject({ version: 2, owed: { [BRAND_RULES]: { state: 'IDLE' } } });
    }),
  );
});

/** A runtime that has used the contracts before, so that only the version itself is left to be put. */
async function warmed(inner: Store): Promise<{ readonly runtime: Runtime; readonly store: CountingStore }> {
  const store = countingStore(inner);
  const runtime = openRuntime(BRANDS_ALONE, { store });
  await runtime.ingest({ ...BRAND, entityKey: 'brand#OTHER', version: 1, payload: ACME });
  store.reset();
  return { runtime, store };
}

/** Somebody does something between what the runtime has read and its first write. */
async function overtaken<Result>(inner: Store, overtake: (other: Runtime) => Promise<Result>) {
  const other = openRuntime(BRANDS_ALONE, { store: inner });
  let overtaking: Promise<Result> | undefined;
  const store = wrapStore(inner, async (method, _args, call) => {
    if (method === 'writeTogether') {
      overtaking ??= overtake(other);
      await overtaking;
    }
    return call();
  });
  return { runtime: openRuntime(BRANDS_ALONE, { store }), overtaker: () => overtaking };
}

async function statusIn(store: Store, address: typeof BRAND | typeof PRODUCT = BRAND) {
  const tenantId = parseTenantId(address.tenantId);
  const [status] = await store.batchGet([{ kind: 'status', tenantId, entityKey: parseEntityKey(address.entityKey) }]);
  return status;
}

async function versionsIn(store: Store): Promise<readonly number[]> {
  const { items } = await openRuntime(BRANDS_ALONE, { store }).listVersions(BRAND);
  return items.map(({ version }) => version);
}
