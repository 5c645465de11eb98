import { type RetailRecord, readCategories, readStores } from '../data/retail-lines.ts';

/** What happens to the real data: some parents get other names, and some stores open longer. */

export interface RetailChange {
  readonly entityKey: string;
  readonly version: 2;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface RetailSeason {
  readonly categories: readonly RetailRecord[];
  readonly stores: readonly RetailRecord[];
  /** Old name → new name. */
  readonly renamed: ReadonlyMap<string, string>;
  /** The renamed categories, and every category whose path now reads otherwise. */
  readonly categoryChanges: readonly RetailChange[];
  readonly storeChanges: readonly RetailChange[];
}

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['pcmcat128500050004', 'Brands from A to Z'],
  ['cat02014', 'Music of the World'],
  ['pcmcat203400050001', 'Help & Advice'],
]);
const OPEN_LONGER_IN = 'MN';

export function planRetailSeason(): RetailSeason {
  const categories = readCategories();
  const stores = readStores();
  const names = new Map(categories.map(({ payload }) => [String(payload['id']), payload['name']]));
  return {
    categories,
    stores,
    renamed: new Map([...RENAMED].map(([id, name]) => [String(names.get(id)), name])),
    categoryChanges: categories.flatMap(changeCategory),
    storeChanges: stores.flatMap(changeStore),
  };
}

function changeCategory({ entityKey, payload }: RetailRecord): readonly RetailChange[] {
  const path = payload['path_names'];
  if (!Array.isArray(path)) return [];
  const own = RENAMED.get(String(payload['id']));
  const parents = RENAMED.get(String(payload['parent_id']));
  if (own !== undefined) {
    return [{ entityKey, version: 2, payload: { ...payload, name: own, path_names: path.with(-1, own) } }];
  }
  if (parents === undefined) return [];
  return [{ entityKey, version: 2, payload: { ...payload, path_names: path.with(-2, parents) } }];
}

function changeStore({ entityKey, payload }: RetailRecord): readonly RetailChange[] {
  if (payload['state'] !== OPEN_LONGER_IN) return [];
  return [{ entityKey, version: 2, payload: { ...payload, hours: 'Mon-Sat: 9-10; Sun: 10-8' } }];
}
