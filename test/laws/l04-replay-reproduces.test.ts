import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/adapters/sqlite/sqlite-store.ts';
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import type { ListManifestsInput } from '../../src/flows/runtime/listing-calls.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { Store } from '../../src/ports/store.ts';
import { BRAND_RULES, PRODUCT_RULES, type World, worldOf } from '../support/arbitraries/worlds.ts';
import { lawRuns } from '../support/fast-check.ts';
import { inputOf, openRuntime, TENANT, withStatus } from '../support/runtime-fixture.ts';
import { temporaryFile } from '../support/temporary-file.ts';
import { createTestStore } from '../support/test-store.ts';
import { LAW_TIMEOUT_MS } from './support/assert-law.ts';
import { Oracle } from './support/oracle.ts';

/** What may have become of the contracts by the time of a replay. */
const FATES: readonly { readonly fate: string; readonly contractsLater: (world: World) => readonly JsonObject[] }[] = [
  { fate: 'are as they were', contractsLater: ({ contracts }) => contracts },
  { fate: 'are archived', contractsLater: ({ contracts }) => withStatus(contracts, 'ARCHIVED') },
  { fate: 'are drafts again', contractsLater: ({ contracts }) => withStatus(contracts, 'DRAFT') },
  { fate: 'are forgotten by the registry', contractsLater: () => [] },
];

describe('L4: replay reproduces', () => {
  it(
    'every commit is computed again to the same hashes, however its sources moved on and whatever became of its contracts',
    async () => {
      await fc.assert(
        fc.asyncProperty(worldOf(), fc.constantFrom(...FATES), async (world, { contractsLater }) => {
          await replayAll(createTestStore(), world, contractsLater(world));
        }),
        { numRuns: lawRuns },
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'and so it is on the embedded store, closed and opened again in between',
    async () => {
      await fc.assert(
        fc.asyncProperty(worldOf(), fc.constantFrom(...FATES), async (world, { contractsLater }) => {
          const path = temporaryFile('store.db');
          const first = await openSqliteStore({ path });
          await ingestAll(first, world);
          await first.close();
          const second = await openSqliteStore({ path });
          await sliceAgain(second, world, contractsLater(world));
          await second.close();
        }),
        { numRuns: Math.ceil(lawRuns / 10) },
      );
    },
    LAW_TIMEOUT_MS,
  );
});

async function replayAll(store: Store, world: World, contractsLater: readonly JsonObject[]): Promise<void> {
  await ingestAll(store, world);
  await sliceAgain(store, world, contractsLater);
}

async function ingestAll(store: Store, world: World): Promise<void> {
  const runtime = openRuntime(world.contracts, { store });
  for (const step of world.steps) await runtime.ingest(inputOf(step));
}

async function sliceAgain(store: Store, world: World, contractsLater: readonly JsonObject[]): Promise<void> {
  const oracle = new Oracle(world, TENANT);
  for (const step of world.steps) oracle.follow(step);
  const runtime = openRuntime(contractsLater, { store });
  for (const { entityKey, version } of world.steps) {
    const expected = oracle.commitOf(entityKey, version);
    if (expected === undefined || expected === 'refused') continue;
    const ruleSetRef = entityKey.startsWith('product#') ? PRODUCT_RULES : BRAND_RULES;
    const address = { tenantId: TENANT, entityKey, ruleSetRef };
    const before = await manifestsOf(runtime, address, version);
    const again = await runtime.slicing({ ...address, version, mode: 'FULL_REBUILD' });
    const after = await manifestsOf(runtime, address, version);
    // A source that moved since may make the next revision, but nothing of what was committed changes.
    expect(after.slice(0, before.length)).toEqual(before);
    expect(again.outcome).toBe(after.length === before.length ? 'unchanged' : 'committed');
    expect(again.manifestHash).toBe(after.at(-1)?.manifestHash);
    const { slices, pins, manifestHash } = expected;
    expect(after[0]).toMatchObject({ slices, pins, manifestHash });
    if (after.length === 1) expect(again.indexKeys).toEqual(expected.indexKeys);
  }
}

/** The revisions of one version, in their order. */
async function manifestsOf(runtime: Runtime, address: Omit<ListManifestsInput, 'limit'>, version: number) {
  const { items } = await runtime.listManifests({ ...address, order: 'ascending', limit: 1000 });
  return items.filter((manifest) => manifest.version === version);
}
