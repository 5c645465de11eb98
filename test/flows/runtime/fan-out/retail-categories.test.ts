/**
 * A retailer's real categories, each of which joins its parent: parents are renamed, removed, restored, and those that
 * the data set lacks appear. In the end everybody is what a store makes of them that was only ever given the newest.
 */
import { describe, expect, it } from 'vitest';
import { type RetailRecord, readCategories } from '../../../../examples/data/retail-lines.ts';
import type { BatchOutcome, IngestInput, Runtime } from '../../../../src/flows/runtime/runtime.ts';
import { CATEGORY_RULES, retailContracts } from '../../../support/retail-contracts.ts';
import { openRuntime, TENANT } from '../../../support/runtime-fixture.ts';

const CATEGORIES = readCategories();

/** Each works through the whole data set twice; a machine that does other things besides must not fail it. */
const TIMEOUT_MS = 300_000;

/** `null`: removed. */
type Content = RetailRecord['payload'] | null;
type Change = readonly [entityKey: string, content: Content];

const WAYS: readonly { readonly way: string; readonly missing: string; readonly change: ChangeAll }[] = [
  { way: 'each is ingested', missing: 'NULL_FIELDS', change: ingestAll },
  { way: 'all are planned and applied at once', missing: 'TOMBSTONE', change: planAll },
  { way: 'all are inserted, and resumed', missing: 'FAIL_CLOSED', change: resumeAll },
];

type ChangeAll = (runtime: Runtime, changes: readonly Change[]) => Promise<void>;

describe.each(WAYS)('categories whose parents changed, where $way, under $missing', ({ missing, change }) => {
  it(
    'are what the newest versions alone make of them',
    async () => {
      const runtime = openRuntime(retailContracts(missing));
      await ingestAll(
        runtime,
        CATEGORIES.map(({ entityKey, payload }) => [entityKey, payload]),
      );
      for (const round of roundsOfChanges()) await change(runtime, round);
      const scratch = openRuntime(retailContracts(missing));
      const newest = new Map<string, Content>(CATEGORIES.map(({ entityKey, payload }) => [entityKey, payload]));
      for (const [entityKey, content] of roundsOfChanges().flat()) newest.set(entityKey, content);
      const present = [...newest].filter(([, content]) => content !== null);
      await insertAll(scratch, present);
      await scratch.resume({ tenantId: TENANT });
      const refused = await failedIn(scratch);
      expect(await failedIn(runtime)).toEqual(refused);
      expect(await stateCounts(runtime)).toEqual({ FAILED: refused.length, BUILDING: 0, IDLE: 0, READY: 0 });
      const followed = present.map(([entityKey]) => entityKey).filter((entityKey) => !refused.includes(entityKey));
      for (const entityKey of followed) {
        expect(await slicesOf(runtime, entityKey), entityKey).toEqual(await slicesOf(scratch, entityKey));
      }
    },
    TIMEOUT_MS,
  );
});

it('the changes touch enough of the data set to say something', () => {
  const [first = [], second = []] = roundsOfChanges();
  const touched = new Set([...first, ...second].map(([entityKey]) => entityKey));
  const following = CATEGORIES.filter(({ payload }) => touched.has(`retail-category#${String(payload['parent_id'])}`));
  expect(touched.size).toBeGreaterThan(500);
  expect(following.length).toBeGreaterThan(2_000);
});

/**
 * Of the parents, in the order of the data set: one is renamed, the next removed, the next removed and then restored
 * under another name, the next renamed and then as it was. Every second one of those that are missing appears.
 */
function roundsOfChanges(): readonly (readonly Change[])[] {
  const known = new Map(CATEGORIES.map(({ entityKey, payload }) => [entityKey, payload]));
  const named = CATEGORIES.flatMap(({ payload: { parent_id: id } }) =>
    id === undefined ? [] : [`retail-category#${String(id)}`],
  );
  const first: Change[] = [];
  const second: Change[] = [];
  for (const [index, entityKey] of [...new Set(named)].entries()) {
    const payload = known.get(entityKey);
    if (payload === undefined) {
      if (index % 2 === 0) first.push([entityKey, newCategory(entityKey)]);
      continue;
    }
    const renamed = { ...payload, name: `${String(payload['name'])}, renamed` };
    const turn = index % 4;
    first.push([entityKey, turn === 1 || turn === 2 ? null : renamed]);
    if (turn === 2) second.push([entityKey, renamed]);
    if (turn === 3) second.push([entityKey, payload]);
  }
  return [first, second];
}

function newCategory(entityKey: string): RetailRecord['payload'] {
  const id = entityKey.slice('retail-category#'.length);
  return { id, name: `Category ${id}`, path_names: [`Category ${id}`], sub_category_ids: [] };
}

async function ingestAll(runtime: Runtime, changes: readonly Change[]): Promise<void> {
  await expectAllIn(runtime.batch.ingest(changes.map(inputOf)));
}

async function insertAll(runtime: Runtime, changes: readonly Change[]): Promise<void> {
  await expectAllIn(runtime.batch.insertRawdata(changes.map(inputOf)));
}

async function resumeAll(runtime: Runtime, changes: readonly Change[]): Promise<void> {
  await insertAll(runtime, changes);
  await runtime.resume({ tenantId: TENANT });
}

/** Own slices and parents in one plan: a category that changed may be the child of one that did. */
async function planAll(runtime: Runtime, changed: readonly Change[]): Promise<void> {
  await insertAll(runtime, changed);
  const changes = [];
  for (const [entityKey] of changed) {
    const { items } = await runtime.listVersions({ tenantId: TENANT, entityKey, limit: 1 });
    const toVersion = items[0]?.version ?? 0;
    changes.push({ entityKey, fromVersion: toVersion - 1, toVersion });
  }
  const plan = await runtime.planFanOuts({ tenantId: TENANT, changes });
  const { refused, settled } = await runtime.applyFanOut(JSON.parse(JSON.stringify(plan)));
  expect(refused).toEqual([]);
  expect(settled).toBe(changes.length);
}

function inputOf([entityKey, content]: Change): IngestInput {
  const address = { tenantId: TENANT, entityKey, version: 'next' } as const;
  return content === null ? { ...address, deleted: true } : { ...address, payload: content };
}

async function expectAllIn(outcomes: AsyncIterable<BatchOutcome<unknown>>): Promise<void> {
  for await (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
}

async function slicesOf(runtime: Runtime, entityKey: string) {
  const { items } = await runtime.listManifests({ tenantId: TENANT, entityKey, ruleSetRef: CATEGORY_RULES, limit: 1 });
  return items[0]?.slices;
}

async function failedIn(runtime: Runtime): Promise<readonly string[]> {
  return inState(runtime, 'FAILED');
}

async function stateCounts(runtime: Runtime) {
  const states = ['FAILED', 'BUILDING', 'IDLE', 'READY'] as const;
  const found = await Promise.all(states.map((state) => inState(runtime, state)));
  return Object.fromEntries(states.map((state, index) => [state, found[index]?.length]));
}

async function inState(runtime: Runtime, state: 'FAILED' | 'BUILDING' | 'IDLE' | 'READY'): Promise<readonly string[]> {
  const keys: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Runtime['listByState']>> = await runtime.listByState({
      tenantId: TENANT,
      state,
      limit: 1000,
      ...(cursor === null ? {} : { cursor }),
    });
    keys.push(...page.items.map(({ entityKey }) => entityKey));
    cursor = page.cursor;
  } while (cursor !== null);
  return keys;
}
