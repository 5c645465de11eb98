/** Reads beneath the simulation: nothing waits, nothing fails. */
import { formatRef, parseRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { EntityKey, TenantId } from '../../../src/domain/identity.ts';
import type { HeadRecord, HintRecord, ManifestRecord, RawDataRecord } from '../../../src/domain/records.ts';
import type { RangeItem, RangeQuery, RuleSetAddress, Store } from '../../../src/ports/store.ts';

export const TENANT = 'simulated' as TenantId;

export function entityAddress(entityKey: string) {
  // The simulation's entity keys are fit to be parsed.
  return { tenantId: TENANT, entityKey: entityKey as EntityKey };
}

export function ruleSetAddress(entityKey: string, ref: string): RuleSetAddress {
  return { ...entityAddress(entityKey), ruleSet: parseRef(ref) };
}

export async function readHead(store: Store, entityKey: string, ref: string): Promise<HeadRecord | undefined> {
  const [head] = await store.batchGet([{ kind: 'head', ...ruleSetAddress(entityKey, ref) }]);
  return head;
}

export async function readRawData(store: Store, entityKey: string): Promise<readonly RawDataRecord[]> {
  const summaries = await readAll(store, {
    range: 'versions',
    ...entityAddress(entityKey),
    order: 'ascending',
    limit: 1000,
  });
  const keys = summaries.map(({ version }) => ({ kind: 'raw-data', ...entityAddress(entityKey), version }) as const);
  return (await store.batchGet(keys)).filter((record) => record !== undefined);
}

export function readManifests(store: Store, entityKey: string, ref: string): Promise<readonly ManifestRecord[]> {
  return readAll(store, { range: 'manifests', ...ruleSetAddress(entityKey, ref), order: 'ascending', limit: 1000 });
}

/** Of one entity and rule set, under one index key. */
export async function readHints(
  store: Store,
  indexKey: string,
  entityKey: string,
  ref: string,
): Promise<readonly HintRecord[]> {
  const hints: HintRecord[] = [];
  for (let shard = 0; shard < SHARDS_MAX; shard += 1) {
    hints.push(...(await readAll(store, { range: 'hints', tenantId: TENANT, indexKey, shard, limit: 1000 })));
  }
  return hints.filter((hint) => hint.entityKey === entityKey && formatRef(hint.ruleSet) === ref);
}

/** No contract of the simulation has more. */
const SHARDS_MAX = 2;

export async function readAll<Q extends RangeQuery>(store: Store, query: Q): Promise<readonly RangeItem<Q>[]> {
  const items: RangeItem<Q>[] = [];
  let after: string | undefined;
  do {
    const page = await store.range({ ...query, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}
