/** All that a tenant has in a store, read through the port, as plain values to compare. */
import { type ContractRef, formatRef } from '../../src/domain/contracts/contract-ref.ts';
import type { EntityKey, TenantId, Version } from '../../src/domain/identity.ts';
import type { RangeItem, RangeQuery, Store } from '../../src/ports/store.ts';

export interface Contents {
  readonly entities: readonly unknown[];
  readonly hints: readonly unknown[];
  readonly bindings: readonly unknown[];
}

export interface Looking {
  readonly tenantId: string;
  readonly ruleSets: readonly ContractRef[];
  readonly schemas?: readonly ContractRef[];
  /** Whose hints are read. */
  readonly indexKeys?: readonly string[];
  /** In how many shards hints are looked for. Default 1. */
  readonly shards?: number;
}

/** Times, tokens and counters say when and how often something was done, not what. */
const CIRCUMSTANCES = /^(ingestedAt|slicedAt|indexedAt|updatedAt|lastDeployedAt|recordedAt|createdAt|counter)$/;

export async function contentsOf(store: Store, looking: Looking): Promise<Contents> {
  // Tests name tenants and entities that are fit to be parsed.
  const tenantId = looking.tenantId as TenantId;
  const entityKeys = await all(store, { range: 'entities', tenantId, limit: 1000 });
  const entities = [];
  for (const entityKey of entityKeys) entities.push(await entityOf(store, tenantId, entityKey, looking.ruleSets));
  const hints = [];
  for (const indexKey of looking.indexKeys ?? []) {
    for (let shard = 0; shard < (looking.shards ?? 1); shard += 1) {
      hints.push(...(await all(store, { range: 'hints', tenantId, indexKey, shard, limit: 1000 })));
    }
  }
  const bindings = await store.batchGet([
    ...looking.ruleSets.map((ref) => ({ kind: 'contract-binding', contractKind: 'RuleSet', ref }) as const),
    ...(looking.schemas ?? []).map((ref) => ({ kind: 'contract-binding', contractKind: 'Schema', ref }) as const),
  ]);
  return {
    entities: entities.map(withoutCircumstances),
    hints: hints.map(withoutCircumstances),
    bindings: bindings.map(withoutCircumstances),
  };
}

async function entityOf(store: Store, tenantId: TenantId, entityKey: EntityKey, ruleSets: readonly ContractRef[]) {
  const address = { tenantId, entityKey };
  const versions = await all(store, { range: 'versions', ...address, order: 'ascending', limit: 1000 });
  const rawData = await store.batchGet(
    versions.map(({ version }) => ({ kind: 'raw-data', ...address, version }) as const),
  );
  const [status] = await store.batchGet([{ kind: 'status', ...address }]);
  const commits = [];
  for (const ruleSet of ruleSets) {
    const manifests = await all(store, { range: 'manifests', ...address, ruleSet, order: 'ascending', limit: 1000 });
    const [head] = await store.batchGet([{ kind: 'head', ...address, ruleSet }]);
    // Versions are contiguous, so the one before is the version less one.
    const steps = versions.map(({ version }, index) => ({
      kind: 'change-set' as const,
      ...address,
      ruleSet,
      fromVersion: index === 0 ? (0 as const) : ((version - 1) as Version),
      toVersion: version,
    }));
    const slices = manifests.flatMap((manifest) =>
      Object.entries(manifest.slices).map(
        ([sliceType, sliceHash]) => ({ kind: 'slice', ...address, ruleSet, sliceType, sliceHash }) as const,
      ),
    );
    commits.push({
      ruleSet: formatRef(ruleSet),
      manifests,
      head,
      changeSets: await store.batchGet(steps),
      slices: await store.batchGet(slices),
    });
  }
  return { entityKey, rawData, status, commits };
}

async function all<Q extends RangeQuery>(store: Store, query: Q): Promise<readonly RangeItem<Q>[]> {
  const items: RangeItem<Q>[] = [];
  let after: string | undefined;
  do {
    const page = await store.range({ ...query, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}

function withoutCircumstances(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(withoutCircumstances);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name]) => !CIRCUMSTANCES.test(name));
  return Object.fromEntries(members.map(([name, inner]) => [name, withoutCircumstances(inner)]));
}
