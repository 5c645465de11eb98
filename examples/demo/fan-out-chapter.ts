import type { FanOutPlan, IndexedEntity, Runtime } from '../../src/index.ts';
import { collect, TENANT } from './run.ts';
import { chapter, claim, formatCount, lead, print, say, shortHash, show, table, timedMs } from './terminal.ts';

const RULE_SET = 'product-core@1.3.0';
const CARD = 'product-card@1.0.0';
const BRAND = { tenantId: TENANT, entityKey: 'brand#B07' } as const;
const NEW_NAME = 'Silver Heron';

interface Card {
  readonly title: string;
  readonly brand: string;
}

interface Renamed {
  readonly oldName: unknown;
  readonly fromVersion: number;
  readonly toVersion: number;
}

export async function followRenamedBrand(runtime: Runtime): Promise<void> {
  chapter('A brand is renamed');
  say(
    'Its products carry the name in their slices, and nothing in the products has changed. Whoever joined the brand ' +
      'left an entry at its key while it was sliced; so finding them is reading one key range, however large the shop.',
  );
  const renamed = await rename(runtime);
  const joined = await joinedProducts(runtime);
  const early = joined[0];
  if (early === undefined) throw new Error(`${BRAND.entityKey}: expected products that join it, found none.`);
  await repriceEarly(runtime, early);
  const [plan, planMs] = await timedMs(() => runtime.planFanOut({ ...BRAND, ...renamed }));
  checkPlan(plan, joined, early);
  await applyPlan(runtime, plan, planMs);
  await readOldRevision(runtime, joined, renamed.oldName);
  await changeWhatNobodyTakes(runtime);
}

/** Puts the new name in and stops there, so that what follows can be looked at. */
async function rename(runtime: Runtime): Promise<Renamed> {
  const { payload, version } = await runtime.getRawdata({ ...BRAND, version: 'newest' });
  await runtime.insertRawdata({ ...BRAND, version: 'next', payload: { ...payload, name: NEW_NAME } });
  lead(`${BRAND.entityKey}, from version ${version} to ${version + 1}`);
  show({ from: payload?.['name'], to: NEW_NAME });
  return { oldName: payload?.['name'], fromVersion: version, toVersion: version + 1 };
}

/** From the inverted index, as `slicewise index` shows it. */
async function joinedProducts(runtime: Runtime): Promise<readonly IndexedEntity[]> {
  const { items } = await runtime.lookUpIndex({ tenantId: TENANT, indexKey: 'IDX#brand#B07#product', limit: 1000 });
  const entries = items.filter(({ sliceType }) => sliceType === '*');
  const joined = entries.filter(({ standing }) => standing === 'true');
  const retired = entries.filter(({ standing }) => standing === 'stale').map(({ entityKey }) => entityKey);
  claim(
    `the index names ${formatCount(joined.length)} products of it, and calls ${retired.join(', ')} stale: retired`,
    retired.length > 0 && joined.length + retired.length === entries.length,
  );
  return joined;
}

/** A change of its own that comes in between: its slicing reads the new name by itself. */
async function repriceEarly(runtime: Runtime, { entityKey }: IndexedEntity): Promise<void> {
  const { payload } = await runtime.getRawdata({ tenantId: TENANT, entityKey, version: 'newest' });
  const price = { amount: 9_900, currency: 'EUR' };
  await runtime.ingest({ tenantId: TENANT, entityKey, version: 'next', payload: { ...payload, price } });
}

function checkPlan(plan: FanOutPlan, joined: readonly IndexedEntity[], early: IndexedEntity): void {
  const parents = new Set(plan.slices.filter(({ because }) => because === 'source').map(({ entityKey }) => entityKey));
  const missed = joined.filter(({ entityKey }) => entityKey !== early.entityKey && !parents.has(entityKey));
  claim(
    `the plan ${shortHash(plan.planHash)} names all of them but one: plain JSON, to be reviewed`,
    missed.length === 0,
  );
  claim(
    `${early.entityKey} got a new price meanwhile, and the new name with it: cut off, nothing is left to do`,
    plan.counts.cutOff === 1 && !parents.has(early.entityKey),
  );
  const types = new Set(plan.slices.filter(({ because }) => because === 'source').map(({ sliceType }) => sliceType));
  claim(`of each product it is one slice of six: ${[...types].join(', ')}`, types.size === 1);
  print();
}

async function applyPlan(runtime: Runtime, plan: FanOutPlan, planMs: number): Promise<void> {
  const [applied, applyMs] = await timedMs(() => runtime.applyFanOut(plan));
  const [again, againMs] = await timedMs(() => runtime.applyFanOut(plan));
  table(
    ['', 'parents', 'revised', 'cut off', 'unchanged', 'swept', 'ms'],
    [
      ['plan', plan.counts.parents, 0, plan.counts.cutOff, 0, 0, planMs],
      ['apply', plan.counts.parents, applied.revised, 0, applied.unchanged, applied.sweptHints, applyMs],
      ['apply again', plan.counts.parents, again.revised, 0, again.unchanged, again.sweptHints, againMs],
    ],
  );
  claim(
    'each was built again once, none was refused, and what a retired one had left in the index is swept',
    applied.revised === plan.counts.parents && applied.refused.length === 0 && applied.sweptHints > 0,
  );
  claim('the same plan once more finds everything done', again.revised + again.sliced === 0 && again.settled === 1);
}

async function readOldRevision(runtime: Runtime, joined: readonly IndexedEntity[], oldName: unknown): Promise<void> {
  const queries = joined.map(
    ({ entityKey }) => ({ tenantId: TENANT, entityKey, viewRef: CARD, version: 'active' }) as const,
  );
  const cards = await collect(runtime.batch.queryView<Card>(queries));
  claim(
    `all ${formatCount(cards.length)} product cards show the new name`,
    cards.every(({ data }) => data.brand === NEW_NAME),
  );
  const entityKey = joined[1]?.entityKey ?? '';
  const { items } = await runtime.listManifests({ tenantId: TENANT, entityKey, ruleSetRef: RULE_SET, limit: 2 });
  const [newest, before] = items;
  print();
  lead(`${entityKey} version ${newest?.version}: the same data, ${(newest?.revision ?? 0) + 1} revisions of it`);
  const query = { tenantId: TENANT, entityKey, viewRef: CARD, version: newest?.version ?? 0 } as const;
  const after = await runtime.queryView<Card>({ ...query, revision: newest?.revision ?? 0 });
  const earlier = await runtime.queryView<Card>({ ...query, revision: before?.revision ?? 0 });
  show({ [`revision ${before?.revision}`]: earlier.data.brand, [`revision ${newest?.revision}`]: after.data.brand });
  claim(
    'the one before is still there, as it was served then: same manifest, same name',
    earlier.meta.manifestHash === before?.manifestHash &&
      earlier.data.brand === oldName &&
      after.data.brand === NEW_NAME,
  );
  const moved = Object.entries(newest?.slices ?? {}).filter(([type, hash]) => before?.slices[type] !== hash);
  claim(`the two share every slice but ${moved.map(([type]) => type).join(', ')}`, moved.length === 1);
}

async function changeWhatNobodyTakes(runtime: Runtime): Promise<void> {
  const { payload } = await runtime.getRawdata({ ...BRAND, version: 'newest' });
  const { fanOut } = await runtime.ingest({ ...BRAND, version: 'next', payload: { ...payload, country: 'IE' } });
  claim(
    'the brand moves to another country, which no product takes: nobody is looked for, and nothing is owed',
    fanOut.outcome === 'settled' && fanOut.revised + fanOut.sliced + fanOut.cutOff === 0,
  );
}
