/** A slice that others join, built for a version that their fan-out has passed already, or is about to (ADR 0035). */
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../src/adapters/memory/memory-store.ts';
import { openSqliteStore } from '../../../../src/adapters/sqlite/sqlite-store.ts';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import type { CommitChange, Store, Write } from '../../../../src/ports/store.ts';
import { brandJoin, brandRules, productRules } from '../../../support/product-catalogue.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import {
  brandNamed,
  brandSliceJoin,
  NO_BRAND,
  ofBrand,
  openShop,
  type Shop,
  shopContracts,
} from '../../../support/shop.ts';
import { temporaryFile } from '../../../support/temporary-file.ts';
import { createTestStore } from '../../../support/test-store.ts';
import { wrapStore } from '../../../support/wrap-store.ts';

const ACME = 'brand#ACME';
const P1 = 'product#P1';
const OLD = 'brand-core@1.0.0';
const NEW = 'brand-core@2.0.0';

describe('a version that a rule set slices only when its fan-out is done', () => {
  it.each(['NULL_FIELDS', 'FAIL_CLOSED'])(
    'is followed by those that missed it under %s: the rule set is newer than the version',
    async (missing) => {
      const shop = await shopJoiningNewRules(missing);
      await slice(shop, 1, NEW);
      await resume(shop);
      expect(await shop.brandOf(P1)).toEqual({ name: 'Acme' });
    },
  );

  it('is followed by those that ask for just that version: it is filled in below the head', async () => {
    const shop = await shopAskingForVersions();
    await slice(shop, 1, OLD);
    await resume(shop);
    expect(await shop.brandOf(P1)).toEqual({ name: 'One' });
    expect(await markOf(shop)).toEqual({ fannedOutTo: 2, version: 2, state: 'ACTIVE', fills: 1 });
  });

  it('is followed by those that are pinned to it', async () => {
    const shop = await shopAskingForVersions({ versionRule: { PINNED: 1 } });
    await slice(shop, 1, OLD);
    await resume(shop);
    expect(await shop.brandOf(P1)).toEqual({ name: 'One' });
  });

  it('owes the fan-out from the version before it at once, in the very commit', async () => {
    const shop = await shopAskingForVersions();
    await slice(shop, 1, OLD);
    expect(await markOf(shop)).toEqual({ fannedOutTo: 0, version: 2, state: 'READY', fills: 1 });
  });

  it('owes it once, however many versions are filled upwards', async () => {
    const shop = await shopJoiningNewRules('NULL_FIELDS');
    for (const name of ['Acme 2', 'Acme 3']) await shop.insert(ACME, brandNamed(name));
    for (const version of [1, 2, 3]) await slice(shop, version, NEW);
    expect(await markOf(shop)).toMatchObject({ fannedOutTo: 0, fills: 1 });
    await slice(shop, 3, OLD);
    await resume(shop);
    expect(await shop.brandOf(P1)).toEqual({ name: 'Acme 3' });
    expect(await markOf(shop)).toMatchObject({ fannedOutTo: 3, version: 3 });
  });

  it('owes nothing again when it is sliced again', async () => {
    const shop = await shopAskingForVersions();
    await slice(shop, 1, OLD);
    await resume(shop);
    await slice(shop, 1, OLD);
    expect(await markOf(shop)).toMatchObject({ fannedOutTo: 2, fills: 1 });
  });

  it('owes nothing under a rule set whose slices nobody joins', async () => {
    const before = await shopAskingForVersions();
    const contracts = [...shopContracts(sliceJoin({}, 'NULL_FIELDS')), brandRules({ id: 'brand-more' })];
    const shop = openShop({ store: before.store, contracts });
    await slice(shop, 1, 'brand-more@1.0.0');
    expect(await markOf(shop)).toMatchObject({ fannedOutTo: 2, fills: 0 });
  });

  it('is followed by the very ingest that finds the version in, and slices it under a newer rule set', async () => {
    const shop = await shopJoiningNewRules('NULL_FIELDS');
    const again = { tenantId: TENANT, entityKey: ACME, version: 1, payload: brandNamed('Acme') };
    expect(await shop.runtime.ingest(again)).toMatchObject({
      outcome: 'unchanged',
      fanOut: { outcome: 'settled', revised: 1 },
    });
    expect(await shop.brandOf(P1)).toEqual({ name: 'Acme' });
  });

  it('is followed by the very resume that pays for its slicing', async () => {
    const shop = await shopJoiningNewRules('NULL_FIELDS');
    await owe(shop, NEW);
    await resume(shop);
    expect(await shop.brandOf(P1)).toEqual({ name: 'Acme' });
    expect(await markOf(shop)).toMatchObject({ fannedOutTo: 1, state: 'ACTIVE' });
  });
});

describe('a fan-out that was planned before a version was filled in', () => {
  it('settles nothing, where it began behind the version', async () => {
    const shop = await shopFilledWhilePlanned();
    expect(await markOf(shop)).toMatchObject({ fannedOutTo: 0, version: 2, fills: 1 });
    await resume(shop);
    expect(await shop.brandOf(P1)).toEqual({ name: 'One' });
  });

  async function shopFilledWhilePlanned(): Promise<Shop> {
    const shop = openShop({ contracts: shopContracts(sliceJoin({ versionRule: 'SAME_VERSION' }, 'NULL_FIELDS')) });
    for (const name of ['One', 'Two']) await shop.insert(ACME, brandNamed(name));
    await slice(shop, 2, OLD);
    await shop.ingest(P1, ofBrand('ACME'));
    const plan = await shop.plan(ACME, 0, 2);
    expect(plan.counts).toMatchObject({ parents: 0, cutOff: 1 });
    await slice(shop, 1, OLD);
    expect(await shop.runtime.applyFanOut(plan)).toMatchObject({ settled: 0 });
    return shop;
  }
});

describe.each([
  { kind: 'memory', open: async () => createMemoryStore() },
  { kind: 'sqlite', open: () => openSqliteStore({ path: temporaryFile('store.db') }) },
])('a commit that fills a version, over $kind', ({ open }) => {
  it('goes round again where the status moves before it', async () => {
    const before = await shopAskingForVersions({}, await open());
    let races = 0;
    const store = wrapStore(before.store, async (method, args, call) => {
      if (commitsIn(method, args).some(({ status }) => status !== undefined) && races++ === 0)
        await before.insert(ACME, brandNamed('Three'));
      return call();
    });
    const shop = openShop({
      store,
      contracts: shopContracts(sliceJoin({ versionRule: 'SAME_VERSION' }, 'NULL_FIELDS')),
    });
    await slice(shop, 1, OLD);
    expect(races).toBeGreaterThan(1);
    expect(await markOf(shop)).toMatchObject({ fannedOutTo: 0, version: 3, fills: 1 });
    await before.store.close();
  });

  it('is found done, with its debt, where its answer was lost', async () => {
    const before = await shopAskingForVersions({}, await open());
    let losses = 0;
    const store = wrapStore(before.store, async (method, args, call) => {
      const answer = await call();
      if (commitsIn(method, args).length === 0 || losses++ > 0) return answer;
      return call();
    });
    const shop = openShop({
      store,
      contracts: shopContracts(sliceJoin({ versionRule: 'SAME_VERSION' }, 'NULL_FIELDS')),
    });
    await slice(shop, 1, OLD);
    expect(losses).toBeGreaterThan(0);
    expect(await markOf(shop)).toMatchObject({ fannedOutTo: 0, fills: 1 });
    await before.store.close();
  });

  it('takes the status along only where it owes something again, or copies for the first time', async () => {
    const carried: boolean[] = [];
    const inner = await open();
    const store = wrapStore(inner, (method, args, call) => {
      carried.push(...commitsIn(method, args).map(({ status }) => status !== undefined));
      return call();
    });
    const shop = await shopAskingForVersions({}, store);
    carried.length = 0;
    await shop.ingest(ACME, brandNamed('Three'));
    expect(carried).not.toContain(true);
    await slice(shop, 1, OLD);
    expect(carried.filter(Boolean)).toHaveLength(1);
    await inner.close();
  });
});

/** P1 joins a slice of its brand under the new rules, which nothing was sliced by so far. */
async function shopJoiningNewRules(missing: string): Promise<Shop> {
  const isOld = ({ id }: JsonObject) => id !== 'product-core' && id !== 'product-page';
  const before = openShop({ contracts: shopContracts().filter(isOld) });
  await before.ingest(ACME, brandNamed('Acme'));
  const others = shopContracts().filter(({ id }) => id !== 'product-core');
  const join = brandJoin(sliceJoin({ ruleSetRef: NEW }, missing));
  const contracts = [...others, brandRules({ version: '2.0.0' }), productRules({ joins: [join] })];
  const shop = openShop({ store: before.store, contracts });
  await shop.ingest(P1, ofBrand('ACME'));
  expect(await shop.brandOf(P1)).toEqual(missing === 'NULL_FIELDS' ? NO_BRAND : 'nothing committed');
  return shop;
}

/** P1, at version 1, joins the slice of version 1 of its brand, of which only version 2 is sliced; nothing is owed. */
async function shopAskingForVersions(sources: JsonObject = {}, store: Store = createTestStore()): Promise<Shop> {
  const join = sliceJoin({ versionRule: 'SAME_VERSION', ...sources }, 'NULL_FIELDS');
  const shop = openShop({ contracts: shopContracts(join), store });
  for (const name of ['One', 'Two']) await shop.insert(ACME, brandNamed(name));
  await shop.ingest(P1, ofBrand('ACME'));
  await resume(shop);
  expect(await shop.brandOf(P1)).toEqual(NO_BRAND);
  expect(await markOf(shop)).toEqual({ fannedOutTo: 2, version: 2, state: 'ACTIVE', fills: 0 });
  return shop;
}

function sliceJoin(sources: JsonObject, missing: string): JsonObject {
  const join = brandSliceJoin();
  return { ...join, joinSources: { ...(join['joinSources'] as JsonObject), ...sources }, missing };
}

async function slice(shop: Shop, version: number, ruleSetRef: string): Promise<void> {
  await shop.runtime.slicing({ tenantId: TENANT, entityKey: ACME, version, ruleSetRef, mode: 'FULL_REBUILD' });
}

async function resume(shop: Shop): Promise<void> {
  await shop.runtime.resume({ tenantId: TENANT });
}

/** As a process that crashed before the slicing leaves it. */
async function owe(shop: Shop, ruleSetRef: 'brand-core@2.0.0'): Promise<void> {
  const status = await shop.statusOf(ACME);
  const owing = {
    ...status,
    counter: status.counter + 1,
    state: 'IDLE',
    owed: { [ruleSetRef]: { state: 'IDLE' } },
  } as const;
  await shop.store.updateStatus(owing, status.counter);
}

async function markOf(shop: Shop) {
  const { fannedOutTo, version, state, fills } = await shop.statusOf(ACME);
  return { fannedOutTo, version, state, fills };
}

/** The commits that a call of the store makes. */
function commitsIn(method: string, [first]: readonly unknown[]): readonly CommitChange[] {
  // The first argument follows from the method.
  if (method === 'commit') return [first as CommitChange];
  if (method !== 'writeTogether') return [];
  return (first as readonly Write[]).filter((write) => write.call === 'commit');
}
