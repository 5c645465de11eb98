import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasCode } from '../../src/domain/errors.ts';
import type { HintRecord } from '../../src/domain/records.ts';
import type { Runtime, SlicingResult } from '../../src/flows/runtime/runtime.ts';
import { BRAND_RULES, PRODUCT_RULES, type Step, worldOf } from '../support/arbitraries/worlds.ts';
import { lawRuns } from '../support/fast-check.ts';
import { inputOf, openRuntime } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { wrapStore } from '../support/wrap-store.ts';
import { type ExpectedCommit, Oracle } from './support/oracle.ts';

/** Two tenants of one store know nothing of each other. */
const FOLLOWED = 'followed';
const REBUILT = 'rebuilt';

describe('L3: FULL = INCREMENTAL', () => {
  it('a tenant that follows every change and one that is rebuilt each time hold what the oracle computes', async () => {
    await fc.assert(
      fc.asyncProperty(worldOf(), async (world) => {
        const hinted = new Map<string, Set<string>>([
          [FOLLOWED, new Set()],
          [REBUILT, new Set()],
        ]);
        const store = wrapStore(createTestStore(), (method, args, call) => {
          // The first argument of `putHints` is its list of hints.
          if (method === 'putHints') for (const hint of args[0] as readonly HintRecord[]) note(hinted, hint);
          return call();
        });
        const runtime = openRuntime(world.contracts, { store });
        const followed = new Oracle(world, FOLLOWED);
        const rebuilt = new Oracle(world, REBUILT);
        for (const step of world.steps) {
          const incremental = await follow(runtime, step, followed.versionsOf(step.entityKey).at(-1) ?? 0);
          expect(comparable(incremental)).toEqual(comparable(followed.follow(step)));
          const full = await rebuild(runtime, step);
          expect(comparable(full)).toEqual(comparable(rebuilt.follow(step)));
          const expected = rebuilt.commitOf(step.entityKey, step.version);
          expect(indexKeysOf(full)).toEqual(indexKeysOf(expected));
          for (const tenantId of [FOLLOWED, REBUILT]) expectHinted(hinted.get(tenantId), step.entityKey, expected);
        }
        expect(hinted.get(FOLLOWED)).toEqual(hinted.get(REBUILT));
      }),
      { numRuns: lawRuns },
    );
  });
});

/** Every index key of a commit leads to its entity, whether its slice was built now or shared. */
function expectHinted(
  hinted: ReadonlySet<string> | undefined,
  entityKey: string,
  commit: ExpectedCommit | 'refused' | undefined,
): void {
  const keys = typeof commit === 'object' ? commit.indexKeys : [];
  const known = new Set(
    [...(hinted ?? [])].map((hint) => JSON.parse(hint)).map(([key, , entity]) => `${key} ${entity}`),
  );
  expect(keys.filter((key) => !known.has(`${key} ${entityKey}`))).toEqual([]);
}

function note(hinted: ReadonlyMap<string, Set<string>>, hint: HintRecord): void {
  const { indexKey, shard, entityKey, ruleSet, sliceType } = hint;
  hinted.get(hint.tenantId)?.add(JSON.stringify([indexKey, shard, entityKey, ruleSet, sliceType]));
}

/** By its steps: an ingest would have others follow, too. */
async function follow(runtime: Runtime, step: Step, fromVersion: number): Promise<SlicingResult | 'refused'> {
  const { entityKey, version } = step;
  await runtime.insertRawdata({ ...inputOf(step), tenantId: FOLLOWED });
  const ruleSetRef = ruleSetRefOf(step);
  const address = { tenantId: FOLLOWED, entityKey, ruleSetRef };
  await runtime.createChangeSet({ ...address, fromVersion, toVersion: version });
  const mode = fromVersion === 0 ? FULL : ({ mode: 'INCREMENTAL', fromVersion } as const);
  return orRefused(() => runtime.slicing({ ...address, version, ...mode }));
}

async function rebuild(runtime: Runtime, step: Step): Promise<SlicingResult | 'refused'> {
  const { entityKey, version } = step;
  await runtime.insertRawdata({ ...inputOf(step), tenantId: REBUILT });
  const ruleSetRef = ruleSetRefOf(step);
  return orRefused(() => runtime.slicing({ tenantId: REBUILT, entityKey, version, ruleSetRef, ...FULL }));
}

const FULL = { mode: 'FULL_REBUILD' } as const;

function ruleSetRefOf({ entityKey }: Step): string {
  return entityKey.startsWith('product#') ? PRODUCT_RULES : BRAND_RULES;
}

async function orRefused(slice: () => Promise<SlicingResult>): Promise<SlicingResult | 'refused'> {
  try {
    return await slice();
  } catch (error) {
    if (hasCode(error, 'join.source_missing') || hasCode(error, 'join.key_absent')) return 'refused';
    throw error;
  }
}

function comparable(commit: SlicingResult | ExpectedCommit | 'refused') {
  if (commit === 'refused') return commit;
  const { slices, pins, manifestHash } = commit;
  const hashes =
    'mode' in commit
      ? commit.slices.map(({ sliceType, sliceHash }) => [sliceType, sliceHash] as const)
      : Object.entries(slices);
  return { hashes: Object.fromEntries(hashes), pins, manifestHash };
}

function indexKeysOf(commit: SlicingResult | ExpectedCommit | 'refused' | undefined) {
  return typeof commit === 'object' ? commit.indexKeys : commit;
}
