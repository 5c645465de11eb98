import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Runtime, SlicingResult } from '../../src/flows/runtime/runtime.ts';
import { BRAND_RULES, PRODUCT_RULES, type Step, worldOf } from '../support/arbitraries/worlds.ts';
import { lawRuns } from '../support/fast-check.ts';
import { type ExpectedCommit, Oracle } from './support/oracle.ts';
import { inputOf, openRuntime, TENANT } from './support/runtime-fixture.ts';

describe('L3: FULL = INCREMENTAL', () => {
  it('one store that follows every change and one that is rebuilt each time hold what the oracle computes', async () => {
    await fc.assert(
      fc.asyncProperty(worldOf(), async (world) => {
        const oracle = new Oracle(world, TENANT);
        const following = openRuntime(world.contracts);
        const rebuilding = openRuntime(world.contracts);
        for (const step of world.steps) {
          const expected = oracle.follow(step);
          expect(comparable(await follow(following, step))).toEqual(comparable(expected));
          expect(comparable(await rebuild(rebuilding, step))).toEqual(comparable(expected));
        }
      }),
      { numRuns: lawRuns },
    );
  });
});

async function follow(runtime: Runtime, step: Step): Promise<SlicingResult | 'refused'> {
  const { ruleSets } = await runtime.ingest(inputOf(step));
  const [only] = ruleSets;
  if (only?.outcome === 'refused') return 'refused';
  if (ruleSets.length !== 1 || only?.outcome !== 'committed') throw new Error(`not committed: ${JSON.stringify(ruleSets)}`);
  return only.slicing;
}

async function rebuild(runtime: Runtime, step: Step): Promise<SlicingResult | 'refused'> {
  await runtime.insertRawdata(inputOf(step));
  const { entityKey, version } = step;
  const ruleSetRef = entityKey.startsWith('product#') ? PRODUCT_RULES : BRAND_RULES;
  try {
    return await runtime.slicing({ tenantId: TENANT, entityKey, version, ruleSetRef, mode: 'FULL_REBUILD' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('join.')) return 'refused';
    throw error;
  }
}

function comparable(commit: SlicingResult | ExpectedCommit | 'refused') {
  if (commit === 'refused') return commit;
  const { slices, pins, manifestHash } = commit;
  const hashes = 'mode' in commit ? commit.slices.map(({ sliceType, sliceHash }) => [sliceType, sliceHash]) : Object.entries(slices);
  return { hashes: Object.fromEntries(hashes), pins, manifestHash };
}
