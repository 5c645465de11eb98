/**
 * No parent is missed where the index is gone: a plan that looks at everybody, and one by an index that was rebuilt, name
 * those whom the plan by the index that was never gone names (design §5).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import type { FanOutPlan } from '../../src/flows/runtime/fan-out/fan-out-calls.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import { BRAND_RULES, PRODUCT_RULES, type Step, type World, worldOf } from '../support/arbitraries/worlds.ts';
import { lawRuns } from '../support/fast-check.ts';
import { indexedStore } from '../support/lost-index.ts';
import { inputOf, openRuntime, TENANT } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';

const RUNS_WITH_PARENTS = 20;
const INDEX = { tenantId: TENANT, ruleSetRef: PRODUCT_RULES };

describe('L12: no parent is missed without the index', () => {
  it(
    'by who looks at everybody, or has it rebuilt',
    async () => {
      let parents = 0;
      await assertLaw(
        fc.asyncProperty(worldOf({ steps: 10 }), async (world) => {
          const store = indexedStore(createTestStore());
          const runtime = openRuntime(world.contracts.map(rebuilding), { store });
          const changes = await loadUpToLastChanges(runtime, world);
          const plan = () => runtime.planFanOuts({ tenantId: TENANT, changes });
          const byIndex = await plan();
          await runtime.markIndexIncomplete(INDEX);
          await store.loseEntries();
          const byDirectory = await plan();
          await runtime.reindex(INDEX);
          const byRebuiltIndex = await plan();
          parents += byIndex.counts.parents;
          expect(joined(byDirectory)).toEqual(joined(byIndex));
          expect(byDirectory.counts.cutOff).toBe(byIndex.counts.cutOff);
          // Entries of earlier versions may have named others that owe a slicing, which is no harm.
          expect(owing(byIndex)).toEqual(expect.arrayContaining(owing(byDirectory)));
          expect(byRebuiltIndex).toEqual(byDirectory);
        }),
      );
      // A handful of worlds, as over a server, need not have any.
      if (lawRuns >= RUNS_WITH_PARENTS) expect(parents).toBeGreaterThan(0);
    },
    LAW_TIMEOUT_MS,
  );
});

function rebuilding(contract: JsonObject): JsonObject {
  // A rule set's joins are an array of objects.
  const joins = contract['joins'] as readonly JsonObject[] | undefined;
  if (joins === undefined) return contract;
  return { ...contract, joins: joins.map((join) => ({ ...join, onIndexMissing: 'FULL_REBUILD' })) };
}

/** All that happens, but that so far nobody has followed the newest version of each brand, which is sliced. */
async function loadUpToLastChanges(runtime: Runtime, { steps }: World) {
  const brands = steps.filter(({ entityKey }) => entityKey.startsWith('brand#'));
  const last = [...new Map(brands.map((step) => [step.entityKey, step])).values()];
  for (const step of steps) if (!last.includes(step)) await runtime.ingest(inputOf(step));
  await runtime.resume({ tenantId: TENANT });
  const changes = await Promise.all(last.map((step) => loadUnfollowed(runtime, step)));
  // Where nobody joins brands, nothing is owed.
  return changes.filter(({ fromVersion, toVersion }) => fromVersion < toVersion);
}

async function loadUnfollowed(runtime: Runtime, step: Step) {
  const { entityKey, version } = step;
  const address = { tenantId: TENANT, entityKey };
  await runtime.insertRawdata(inputOf(step));
  await runtime.slicing({ ...address, version, ruleSetRef: BRAND_RULES, mode: 'FULL_REBUILD' });
  const status = await runtime.getStatus(address);
  return { entityKey, fromVersion: status?.fannedOutTo ?? 0, toVersion: version };
}

function joined({ slices }: FanOutPlan) {
  return slices.filter(({ because }) => because === 'source');
}

function owing({ slices }: FanOutPlan) {
  return slices.filter(({ because }) => because === 'owed');
}
