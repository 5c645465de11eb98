import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasCode, isSlicewiseError } from '../../src/domain/errors.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import { PRODUCT_CATALOGUE, PRODUCT_RULES } from '../support/product-catalogue.ts';
import { newTenantId, openRuntime } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { wrapStore } from '../support/wrap-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';
import { visibleState } from './support/visible-state.ts';

const RULE_SET = { id: 'product-core', version: '1.3.0' };
const ENTITY = 'product#P1';

/** One store for all runs; each run has a tenant of its own. */
const inner = createTestStore();
let afterCommit: (() => Promise<void>) | undefined;
const store = wrapStore(inner, async (method, _args, call) => {
  const answer = await call();
  if (method === 'commit') await afterCommit?.();
  return answer;
});
const runtime = openRuntime(PRODUCT_CATALOGUE, { store });

describe('L6: versions are contiguous and only go up', () => {
  it(
    'any first version is taken, then each that follows; every other one is refused and changes nothing',
    async () => {
      const first = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9_999_999_000 }));
      await assertLaw(
        fc.asyncProperty(first, fc.array(fc.integer({ min: -3, max: 4 }), { maxLength: 12 }), async (start, leaps) => {
          const tenantId = newTenantId();
          await insert(runtime, tenantId, start);
          let newest = start;
          for (const leap of leaps) {
            const version = newest + leap;
            if (version < 1) continue;
            const outcome = await insert(runtime, tenantId, version);
            const isKnown = version >= start && version <= newest;
            expect(outcome).toBe(isKnown ? 'unchanged' : leap === 1 ? 'inserted' : 'rawdata.version_gap');
            if (outcome === 'inserted') newest = version;
          }
          const { items } = await runtime.listVersions({
            tenantId,
            entityKey: ENTITY,
            order: 'ascending',
            limit: 1000,
          });
          const expected = Array.from({ length: newest - start + 1 }, (_, index) => start + index);
          expect(items.map(({ version }) => version)).toEqual(expected);
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'a ChangeSet or an INCREMENTAL slicing over a gap is refused, and so is one that starts at nothing too late',
    async () => {
      const tenantId = newTenantId();
      for (let version = 1; version <= 8; version += 1) await insert(runtime, tenantId, version);
      const version = fc.integer({ min: 1, max: 8 });
      await assertLaw(
        fc.asyncProperty(fc.oneof(version, fc.constant(0)), version, async (fromVersion, toVersion) => {
          const address = { tenantId, entityKey: ENTITY, ruleSetRef: PRODUCT_RULES };
          const isStep = toVersion === fromVersion + 1;
          const changeSet = await codeOf(runtime.createChangeSet({ ...address, fromVersion, toVersion }));
          expect(changeSet).toBe(isStep ? 'done' : 'changeset.version_gap');
          if (fromVersion === 0 || isStep) return;
          const slicing = runtime.slicing({ ...address, version: toVersion, mode: 'INCREMENTAL', fromVersion });
          expect(await codeOf(slicing)).toBe('slicing.version_gap');
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'no head ever goes back, whoever backfills, follows and races in whichever order',
    async () => {
      const work = fc.record({ version: fc.integer({ min: 1, max: 6 }), isIncremental: fc.boolean() });
      await assertLaw(
        fc.asyncProperty(
          fc.array(work, { minLength: 2, maxLength: 8 }),
          fc.integer({ min: 1, max: 4 }),
          async (works, width) => {
            const tenantId = newTenantId();
            const address = { tenantId, entityKey: ENTITY, ruleSetRef: PRODUCT_RULES };
            for (let version = 1; version <= 6; version += 1) {
              await insert(runtime, tenantId, version);
              await runtime.createChangeSet({ ...address, fromVersion: version - 1, toVersion: version });
            }
            let highest = 0;
            afterCommit = async () => {
              // Others look at the same time, and may be answered first.
              const seenBefore = highest;
              const seen = await visibleState(inner, { tenantId, entityKey: ENTITY, ruleSet: RULE_SET });
              expect(seen?.version).toBeGreaterThanOrEqual(seenBefore);
              highest = Math.max(highest, seen?.version ?? 0);
            };
            for (let start = 0; start < works.length; start += width) {
              const racing = works
                .slice(start, start + width)
                .map(({ version, isIncremental }) =>
                  runtime.slicing(
                    isIncremental && version > 1
                      ? { ...address, version, mode: 'INCREMENTAL', fromVersion: version - 1 }
                      : { ...address, version, mode: 'FULL_REBUILD' },
                  ),
                );
              await Promise.all(racing);
            }
            afterCommit = undefined;
            const wanted = [...new Set(works.map(({ version }) => version))].sort((a, b) => a - b);
            await expect(runtime.activeVersion(address)).resolves.toMatchObject({
              version: wanted.at(-1),
              revision: 0,
            });
            const { items } = await runtime.listManifests({ ...address, order: 'ascending' });
            expect(items.map(({ version }) => version)).toEqual(wanted);
          },
        ),
      );
    },
    LAW_TIMEOUT_MS,
  );
});

async function insert(target: Runtime, tenantId: string, version: number): Promise<string> {
  const input = { tenantId, entityKey: ENTITY, version, payload: { title: `v${version}`, price: version } };
  return target.insertRawdata(input).then(
    ({ outcome }) => outcome,
    (error: unknown) => {
      if (hasCode(error, 'rawdata.version_gap')) return error.code;
      throw error;
    },
  );
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: unknown) => {
      if (isSlicewiseError(error)) return error.code;
      throw error;
    },
  );
}
