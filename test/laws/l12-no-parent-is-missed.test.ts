/**
 * No change of a source is lost to those that join it: however the versions came in, in the end every parent is what a
 * slicing of its newest version from scratch would make of it, or FAILED where that would be refused (design §5).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRef } from '../../src/domain/contracts/contract-ref.ts';
import type { EntityKey, TenantId } from '../../src/domain/identity.ts';
import type { HeadRecord, HintRecord, Pins, StatusRecord } from '../../src/domain/records.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { Store } from '../../src/ports/store.ts';
import { BRAND_RULES, PRODUCT_RULES, type Step, type World, worldOf } from '../support/arbitraries/worlds.ts';
import { inputOf, openRuntime, TENANT } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { wrapStore } from '../support/wrap-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';
import { type ExpectedCommit, type ExpectedPin, Oracle } from './support/oracle.ts';

/** How one step comes in: with all that follows, or alone, so that a later call or a resume has to pay for it. */
type Arrival = 'ingest' | 'insert';

describe('L12: no parent is missed', () => {
  it(
    'when each version is ingested after the one before',
    async () => {
      await assertLaw(
        fc.asyncProperty(worldOf({ steps: 10 }), async (world) => {
          const { store, indexed } = watchedStore();
          const runtime = openRuntime(world.contracts, { store });
          for (const step of world.steps) await runtime.ingest(inputOf(step));
          await expectAllFollowed({ store, indexed, runtime, world });
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'when versions are loaded in any order, and then resumed',
    async () => {
      const loads = worldOf({ steps: 10 }).chain((world) =>
        fc.record({ world: fc.constant(world), steps: interleavingOf(world.steps) }),
      );
      await assertLaw(
        fc.asyncProperty(loads, async ({ world, steps }) => {
          const { store, indexed } = watchedStore();
          const runtime = openRuntime(world.contracts, { store });
          for (const step of steps) await runtime.insertRawdata(inputOf(step));
          await runtime.resume({ tenantId: TENANT });
          await expectAllFollowed({ store, indexed, runtime, world });
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'when some are ingested and some only inserted, in any order, by calls that race, and then resumed',
    async () => {
      const mixed = worldOf({ steps: 10 }).chain((world) =>
        fc.record({
          world: fc.constant(world),
          steps: interleavingOf(world.steps),
          arrivals: fc.infiniteStream(fc.constantFrom<Arrival>('ingest', 'insert')),
        }),
      );
      await assertLaw(
        fc.asyncProperty(mixed, async ({ world, steps, arrivals }) => {
          const { store, indexed } = watchedStore();
          const runtime = openRuntime(world.contracts, { store });
          const byEntity = Map.groupBy(steps, ({ entityKey }) => entityKey);
          const lanes = [...byEntity.values()].map((lane) => lane.map((step) => ({ step, arrival: nextOf(arrivals) })));
          await Promise.all(lanes.map((lane) => arrive(runtime, lane)));
          await runtime.resume({ tenantId: TENANT });
          await expectAllFollowed({ store, indexed, runtime, world });
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );
});

interface Ended {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly world: World;
  /** Where hints were put. */
  readonly indexed: ReadonlyMap<string, Pick<HintRecord, 'indexKey' | 'shard'>>;
}

async function expectAllFollowed(ended: Ended): Promise<void> {
  const oracle = await oracleOf(ended);
  for (const [entityKey, steps] of Map.groupBy(ended.world.steps, (step) => step.entityKey)) {
    const newest = Math.max(...steps.map(({ version }) => version));
    const isProduct = entityKey.startsWith('product#');
    const expected = isProduct ? oracle.slice(entityKey, newest) : oracle.commitOf(entityKey, newest);
    const { head, status } = await stateOf(ended.store, entityKey, isProduct ? PRODUCT_RULES : BRAND_RULES);
    expect(status.fannedOutTo).toBe(newest);
    if (expected === 'refused' || expected === undefined) {
      expect(status.state).toBe('FAILED');
      continue;
    }
    expect(status).toMatchObject({ state: 'ACTIVE', owed: {} });
    expect(head).toMatchObject({ version: newest, manifest: { slices: expected.slices } });
    expectPins(ended.world, head?.manifest.pins ?? {}, isProduct ? expected.pins : {});
    if (head !== undefined) await expectIndexed(ended, head, expected);
  }
}

/** All that came in, and of the sources what is committed: an older version that nobody sliced is nobody's debt. */
async function oracleOf({ runtime, world }: Ended): Promise<Oracle> {
  const oracle = new Oracle(world, TENANT);
  for (const step of world.steps) oracle.insert(step);
  const brands = new Set(world.steps.map(({ entityKey }) => entityKey).filter((key) => key.startsWith('brand#')));
  for (const entityKey of brands) {
    const { items } = await runtime.listManifests({
      tenantId: TENANT,
      entityKey,
      ruleSetRef: BRAND_RULES,
      limit: 1000,
    });
    for (const { version } of items) oracle.slice(entityKey, version);
  }
  return oracle;
}

/** A `LATEST` pin stays where its source moved in what nobody projects; the other rules pin just what they ask for. */
function expectPins(world: World, found: Pins, expected: Readonly<Record<string, ExpectedPin>>): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected).sort());
  for (const { name, versionRule } of world.product.joins) {
    const pin = found[name];
    const wanted = expected[name];
    if (pin === undefined || wanted === undefined) continue;
    const { entityKey, projectionHash } = wanted;
    expect(pin).toMatchObject(versionRule === 'LATEST' ? { entityKey, projectionHash } : wanted);
  }
}

/** FULL index = INCREMENTAL index: what slices and pins say is there; what else is there is older than the head. */
async function expectIndexed({ store, indexed }: Ended, head: HeadRecord, expected: ExpectedCommit): Promise<void> {
  const hints: HintRecord[] = [];
  for (const { indexKey, shard } of indexed.values()) {
    const { items } = await store.range({ range: 'hints', tenantId: head.tenantId, indexKey, shard, limit: 1000 });
    hints.push(...items.filter(({ entityKey }) => entityKey === head.entityKey));
  }
  const keys = new Set(hints.map(({ indexKey }) => indexKey));
  expect(expected.indexKeys.filter((indexKey) => !keys.has(indexKey))).toEqual([]);
  const others = hints.filter(({ indexKey }) => !expected.indexKeys.includes(indexKey));
  expect(others.filter(({ version, revision }) => !isBelow({ version, revision }, head))).toEqual([]);
}

function isBelow(hint: Pick<HintRecord, 'version' | 'revision'>, head: HeadRecord): boolean {
  return hint.version < head.version || (hint.version === head.version && hint.revision < head.revision);
}

async function stateOf(
  store: Store,
  key: string,
  ruleSetRef: string,
): Promise<{ readonly head: HeadRecord | undefined; readonly status: StatusRecord }> {
  // Worlds name entities that are fit to be parsed.
  const address = { tenantId: TENANT as TenantId, entityKey: key as EntityKey };
  const [head, status] = await store.batchGet([
    { kind: 'head', ...address, ruleSet: parseRef(ruleSetRef) },
    { kind: 'status', ...address },
  ]);
  if (status === undefined) throw new Error(`expected a status of ${key}, found none`);
  return { head, status };
}

function watchedStore(): Pick<Ended, 'store' | 'indexed'> {
  const indexed = new Map<string, Pick<HintRecord, 'indexKey' | 'shard'>>();
  const store = wrapStore(createTestStore(), (method, args, call) => {
    // The first argument of `putHints` is its list of hints.
    if (method === 'putHints') {
      for (const { indexKey, shard } of args[0] as readonly HintRecord[])
        indexed.set(`${indexKey}\n${shard}`, { indexKey, shard });
    }
    return call();
  });
  return { store, indexed };
}

/** The same steps in another order; those of one entity in theirs. */
function interleavingOf(steps: readonly Step[]): fc.Arbitrary<readonly Step[]> {
  const turns = steps.map(({ entityKey }) => entityKey);
  return fc.shuffledSubarray(turns, { minLength: turns.length }).map((keys) => {
    const waiting = Map.groupBy(steps, ({ entityKey }) => entityKey);
    return keys.flatMap((key) => waiting.get(key)?.shift() ?? []);
  });
}

async function arrive(runtime: Runtime, lane: readonly { readonly step: Step; readonly arrival: Arrival }[]) {
  for (const { step, arrival } of lane) {
    await (arrival === 'ingest' ? runtime.ingest(inputOf(step)) : runtime.insertRawdata(inputOf(step)));
  }
}

function nextOf(arrivals: Iterator<Arrival>): Arrival {
  return arrivals.next().value ?? 'ingest';
}
