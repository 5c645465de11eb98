import type { Runtime, SlicingResult } from '../../src/index.ts';
import type { RetailSeason } from './retail-season.ts';
import { collect, countReasons, TENANT } from './run.ts';
import { chapter, claim, formatCount, lead, print, say, show, table, timed } from './terminal.ts';

const CATEGORY_RULES = 'retail-category-tree@1.0.0';
const STORE_RULES = 'retail-store-core@1.0.0';
/** How many stores the demo leaves for `resume` to find. */
const LEFT_OWED = 100;
const PAGE_VIEW = 'retail-category-page@1.0.0';

interface KeyedVersion {
  readonly entityKey: string;
  readonly version: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

export async function loadRetailData(runtime: Runtime, season: RetailSeason): Promise<void> {
  chapter('Real data');
  say(
    `A retailer's ${formatCount(season.categories.length)} categories and ${formatCount(season.stores.length)} stores ` +
      '(CC0). A category may come before its parent, so all of them are inserted before any is sliced.',
  );
  const all = [...season.categories, ...season.stores];
  const [inserted, insertTook] = await timed(() => insertAll(runtime, all));
  const [slicings, sliceTook] = await timed(() => sliceAll(runtime, season.categories, CATEGORY_RULES));
  const [stores, storesTook] = await timed(() => sliceAll(runtime, season.stores.slice(LEFT_OWED), STORE_RULES));
  const [resumed, resumeTook] = await timed(() => runtime.resume({ tenantId: TENANT }));
  table(
    ['', 'entities', 'time'],
    [
      ['inserted', inserted.length, insertTook],
      ['categories sliced', slicings.length, sliceTook],
      ['stores sliced, but for some, as if we had crashed', stores.length, storesTook],
      ['the rest, by resume: whatever is owed', resumed.settled, resumeTook],
    ],
  );
  claim(
    'nothing was lost on the way: what was not sliced was owed, and resume found it',
    slicings.length + stores.length + resumed.settled === all.length && resumed.owed === LEFT_OWED,
  );
  showPins(slicings);
  const owed = await runtime.listByState({ tenantId: TENANT, state: 'IDLE' });
  claim('and nothing is owed any more', owed.items.length === 0);
}

/** Pins record what a join found, and what it did not. */
function showPins(slicings: readonly SlicingResult[]): void {
  const pins = slicings.map(({ pins }) => pins['parent']);
  const orphans = pins.filter((pin) => pin?.entityKey && pin.version === null).length;
  const roots = pins.filter((pin) => pin?.entityKey === null).length;
  claim(
    `${formatCount(pins.length - orphans - roots)} categories found their parent`,
    pins.every((pin) => pin !== undefined),
  );
  claim(`${orphans} name a parent that is not there, and have it on record`, orphans === 363);
  claim(`${roots} name none`, roots === 43);
}

export async function changeRetailData(runtime: Runtime, season: RetailSeason): Promise<readonly SlicingResult[]> {
  const changes = [...season.categoryChanges, ...season.storeChanges];
  chapter('Some of it changes');
  say(
    `${season.renamed.size} categories get other names (${[...season.renamed.keys()].join(', ')}), which shows in the ` +
      `paths of those below them; ${season.storeChanges.length} stores in Minnesota open longer. ` +
      `${formatCount(changes.length)} new versions, sliced INCREMENTAL from the ones before.`,
  );
  await insertAll(runtime, changes);
  const [slicings, took] = await timed(() => sliceChanges(runtime, season));
  table(
    ['slice type', 'own change', 'moved join', 'shared'],
    countReasons(slicings).map(([type, { change, join, shared }]) => [type, change, join, shared]),
  );
  const slices = slicings.flatMap((slicing) => slicing.slices);
  const built = slices.filter((slice) => slice.rebuilt !== null).length;
  claim(
    `${formatCount(slicings.length)} versions of ${formatCount(slices.length)} slices: ${formatCount(built)} built, ` +
      `${formatCount(slices.length - built)} shared (${took})`,
    slicings.length === changes.length && built < slices.length,
  );
  claim(
    'none of them had to be built in full',
    slicings.every((slicing) => slicing.mode === 'INCREMENTAL'),
  );
  return slicings;
}

export async function queryRetailViews(runtime: Runtime, season: RetailSeason): Promise<void> {
  chapter('Looking at it');
  const changed = season.categoryChanges.find(({ payload }) => payload['parent_id'] === 'pcmcat128500050004');
  const query = { tenantId: TENANT, entityKey: changed?.entityKey ?? '', viewRef: PAGE_VIEW };
  const before = await runtime.queryView({ ...query, version: 1 });
  const after = await runtime.queryView({ ...query, version: 'active' });
  lead(`${query.entityKey}, version 1 and version ${after.meta.version}`);
  show(before.data);
  show(after.data);
  claim('the parent has its new name', after.data['parent_name'] === 'Brands from A to Z');
  const queries = season.categories.map(({ entityKey }) => ({
    tenantId: TENANT,
    entityKey,
    viewRef: PAGE_VIEW,
    version: 'active' as const,
  }));
  const [views, took] = await timed(() => collect(runtime.batch.queryView(queries)));
  claim(
    `all ${formatCount(views.length)} category pages read in ${took}, each of them complete`,
    views.length === queries.length && views.every((view) => view.status === 'complete'),
  );
  print();
}

/** The changed versions as a FULL_REBUILD would have them in a store of its own. */
export async function rebuildElsewhere(runtime: Runtime, season: RetailSeason): Promise<readonly SlicingResult[]> {
  await insertAll(runtime, [...season.categories, ...season.stores]);
  await insertAll(runtime, [...season.categoryChanges, ...season.storeChanges]);
  return collect(
    runtime.batch.slicing(
      changesOf(season).map(({ entityKey, version, ruleSetRef }) => ({
        tenantId: TENANT,
        entityKey,
        version,
        ruleSetRef,
        mode: 'FULL_REBUILD' as const,
      })),
    ),
  );
}

async function insertAll(runtime: Runtime, records: readonly KeyedVersion[]) {
  return collect(runtime.batch.insertRawdata(records.map((record) => ({ tenantId: TENANT, ...record }))));
}

async function sliceAll(runtime: Runtime, records: readonly KeyedVersion[], ruleSetRef: string) {
  return collect(
    runtime.batch.slicing(
      records.map(({ entityKey, version }) => ({
        tenantId: TENANT,
        entityKey,
        version,
        ruleSetRef,
        mode: 'FULL_REBUILD' as const,
      })),
    ),
  );
}

async function sliceChanges(runtime: Runtime, season: RetailSeason): Promise<readonly SlicingResult[]> {
  const steps = changesOf(season).map(({ entityKey, version, ruleSetRef }) => ({
    tenantId: TENANT,
    entityKey,
    version,
    ruleSetRef,
    fromVersion: version - 1,
  }));
  await collect(runtime.batch.createChangeSet(steps.map(({ version, ...step }) => ({ ...step, toVersion: version }))));
  return collect(runtime.batch.slicing(steps.map((step) => ({ ...step, mode: 'INCREMENTAL' as const }))));
}

function changesOf({ categoryChanges, storeChanges }: RetailSeason) {
  return [
    ...categoryChanges.map((change) => ({ ...change, ruleSetRef: CATEGORY_RULES })),
    ...storeChanges.map((change) => ({ ...change, ruleSetRef: STORE_RULES })),
  ];
}
