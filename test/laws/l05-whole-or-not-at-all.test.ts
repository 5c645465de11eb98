import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IngestResult, Runtime } from '../../src/flows/runtime/runtime.ts';
import type { Store } from '../../src/ports/store.ts';
import { type Step, type World, worldOf } from '../support/arbitraries/worlds.ts';
import { type Fault, faultyStore, SimulatedCrash } from '../support/faulty-store.ts';
import { inputOf, openRuntime, TENANT } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { wrapStore } from '../support/wrap-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';
import { type ExpectedCommit, Oracle } from './support/oracle.ts';
import { type Visible, visibleState } from './support/visible-state.ts';

describe('L5: a version is seen whole or not at all', () => {
  it(
    'whichever store call dies, the old state stays readable, and the same call again completes the work',
    async () => {
      const crash = fc.record({
        step: fc.nat(),
        at: fc.nat(),
        applied: fc.constantFrom('nothing' as const, 'part' as const, 'all' as const),
      });
      await assertLaw(
        fc.asyncProperty(worldOf({ steps: 4 }), crash, async (world, { step, at, applied }) => {
          const { last, before } = splitAt(world, step);
          const { store, oracle } = await ingested(world, before);
          const old = await visibleState(store, watched(world, last));
          const expected = oracle.follow(last);

          const callCount = await callsOf(world, store, last);
          const fault: Fault = { call: 1 + (at % callCount), applied, ends: 'crash' };
          const dying = faultyStore(store, [fault]);
          await expect(ingestStep(openRuntime(world.contracts, { store: dying }), last)).rejects.toBeInstanceOf(
            SimulatedCrash,
          );
          expect(dying.struck).toEqual([fault]);

          expectOldOrNew(await visibleState(store, watched(world, last)), old, expected);
          const again = openRuntime(world.contracts, { store });
          await ingestStep(again, last);
          const active = await visibleState(store, watched(world, last));
          expectNew(active, old, expected);
          // A source is READY: what joins it has yet to follow.
          const states = expected === 'refused' ? (['FAILED'] as const) : (['READY', 'ACTIVE'] as const);
          const pages = states.map((state) => again.listByState({ tenantId: TENANT, state }));
          const listed = (await Promise.all(pages)).flatMap(({ items }) => items);
          expect(listed.map(({ entityKey }) => entityKey)).toContain(last.entityKey);
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'a reader between any two store calls sees the old state or the new one, never a mixture',
    async () => {
      await assertLaw(
        fc.asyncProperty(worldOf({ steps: 4 }), async (world) => {
          const inner = createTestStore();
          const oracle = new Oracle(world, TENANT);
          let look: (() => Promise<void>) | undefined;
          const store = wrapStore(inner, async (_method, _args, call) => {
            await look?.();
            const answer = await call();
            await look?.();
            return answer;
          });
          const runtime = openRuntime(world.contracts, { store });
          for (const step of world.steps) {
            const old = await visibleState(inner, watched(world, step));
            const expected = oracle.follow(step);
            look = async () => expectOldOrNew(await visibleState(inner, watched(world, step)), old, expected);
            await ingestStep(runtime, step);
            look = undefined;
            expectNew(await visibleState(inner, watched(world, step)), old, expected);
          }
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );
});

/** Up to any of its steps, which is the one that dies. */
function splitAt({ steps }: World, chosen: number): { readonly last: Step; readonly before: readonly Step[] } {
  const at = chosen % steps.length;
  // A world has at least two steps.
  return { last: steps[at] as Step, before: steps.slice(0, at) };
}

/** Beside the tenant that is looked at, one that is the same, for counting. */
const COUNTED = 'counted';

async function ingested(
  world: World,
  steps: readonly Step[],
): Promise<{ readonly store: Store; readonly oracle: Oracle }> {
  const store = createTestStore();
  const oracle = new Oracle(world, TENANT);
  const runtime = openRuntime(world.contracts, { store });
  for (const step of steps) {
    await runtime.ingest(inputOf(step));
    await runtime.ingest({ ...inputOf(step), tenantId: COUNTED });
    oracle.follow(step);
  }
  return { store, oracle };
}

/** How many store calls the step makes where nothing fails and nothing is remembered. */
async function callsOf(world: World, store: Store, step: Step): Promise<number> {
  const counted = faultyStore(store, []);
  await openRuntime(world.contracts, { store: counted }).ingest({ ...inputOf(step), tenantId: COUNTED });
  return counted.callCount;
}

function ingestStep(runtime: Runtime, step: Step): Promise<IngestResult> {
  return runtime.ingest(inputOf(step));
}

function watched({ product, brand }: World, { entityKey }: Step) {
  const { id, version } = entityKey.startsWith('product#') ? product : brand;
  return { tenantId: TENANT, entityKey, ruleSet: { id, version } };
}

function expectOldOrNew(seen: Visible | null, old: Visible | null, expected: ExpectedCommit | 'refused'): void {
  if (seen?.manifestHash !== old?.manifestHash) expectNew(seen, old, expected);
  else expect(seen).toEqual(old);
}

/** A refused slicing leaves the old commit readable. */
function expectNew(seen: Visible | null, old: Visible | null, expected: ExpectedCommit | 'refused'): void {
  if (expected === 'refused') expect(seen).toEqual(old);
  else expect(seen).toMatchObject({ manifestHash: expected.manifestHash, slices: expected.slices });
}
