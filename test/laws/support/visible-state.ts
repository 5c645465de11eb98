/** What anybody can see of a rule set's newest commit, read record by record beneath the runtime. */
import type { ContractRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { EntityKey, TenantId } from '../../../src/domain/identity.ts';
import type { ManifestRecord } from '../../../src/domain/records.ts';
import type { Store } from '../../../src/ports/store.ts';

export interface Visible {
  readonly version: number;
  readonly revision: number;
  readonly manifestHash: string;
  readonly slices: Readonly<Record<string, string>>;
}

export interface Watched {
  readonly tenantId: string;
  readonly entityKey: string;
  readonly ruleSet: ContractRef;
}

/**
 * The head's version, whole: its manifest is stored under its own key as well, and every slice that it names is there.
 * `null` before the first commit.
 */
export async function visibleState(store: Store, watched: Watched): Promise<Visible | null> {
  // Tests name tenants and entities that are fit to be parsed.
  const address = { tenantId: watched.tenantId as TenantId, entityKey: watched.entityKey as EntityKey };
  const { ruleSet } = watched;
  const [head] = await store.batchGet([{ kind: 'head', ...address, ruleSet }]);
  if (head === undefined) return null;
  const { version, revision } = head;
  const [manifest] = await store.batchGet([{ kind: 'manifest', ...address, ruleSet, version, revision }]);
  if (manifest?.manifestHash !== head.manifest.manifestHash) {
    throw new Error(`torn commit: head of ${watched.entityKey} shows version ${version}, whose manifest is not there`);
  }
  await assertSlicesThere(store, manifest);
  return { version, revision, manifestHash: manifest.manifestHash, slices: manifest.slices };
}

async function assertSlicesThere(store: Store, manifest: ManifestRecord): Promise<void> {
  const { tenantId, entityKey, ruleSet, slices } = manifest;
  const keys = Object.entries(slices).map(
    ([sliceType, sliceHash]) => ({ kind: 'slice', tenantId, entityKey, ruleSet, sliceType, sliceHash }) as const,
  );
  const found = await store.batchGet(keys);
  if (found.some((slice) => slice === undefined)) {
    throw new Error(`torn commit: ${entityKey} version ${manifest.version} names a slice that is not there`);
  }
}
