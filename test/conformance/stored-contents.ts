/** What a store holds for tenant-a under the suites' rule set, to compare. */
import type { Store } from '../../src/ports/store.ts';
import {
  addressOf,
  bindingOf,
  changeSetOf,
  hintOf,
  insertOf,
  RULE_SET,
  sliceOf,
  snapshotOf,
} from './record-builders.ts';

export interface Looking {
  readonly entities?: readonly string[];
  /** Slices are found by their hash alone. */
  readonly sliceContents?: readonly string[];
}

export async function contentsOf(store: Store, looking: Looking = {}): Promise<unknown> {
  const { entities = ['product#P1'], sliceContents = [] } = looking;
  const { tenantId } = addressOf();
  const states = (['IDLE', 'ACTIVE', 'FAILED'] as const).map((state) =>
    store.range({ range: 'by-state', tenantId, state, limit: 100 }),
  );
  return {
    entities: await store.range({ range: 'entities', tenantId, limit: 100 }),
    states: await Promise.all(states),
    hints: await hintsIn(store),
    contracts: await store.batchGet([snapshotOf(), bindingOf()]),
    byEntity: await Promise.all(entities.map((entity) => entityIn(store, entity, sliceContents))),
  };
}

export async function hintsIn(store: Store) {
  const { tenantId, indexKey, shard } = hintOf();
  const page = await store.range({ range: 'hints', tenantId, indexKey, shard, limit: 100 });
  return page.items;
}

async function entityIn(store: Store, entity: string, sliceContents: readonly string[]): Promise<unknown> {
  const address = addressOf({ entity });
  const under = { ...address, ruleSet: RULE_SET };
  const versions = [1, 2, 3];
  return {
    records: await store.batchGet([
      { kind: 'status', ...address },
      { kind: 'head', ...under },
      ...versions.map((version) => insertOf({ entity, version }).rawData),
      ...versions.map((to) => changeSetOf({ entity, to })),
      ...sliceContents.map((content) => sliceOf({ entity, content })),
    ]),
    versions: await store.range({ range: 'versions', ...address, order: 'ascending', limit: 100 }),
    manifests: await store.range({ range: 'manifests', ...under, order: 'ascending', limit: 100 }),
  };
}
