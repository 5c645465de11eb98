import { canonicalBytes } from '../../domain/canonical/canonicalize.ts';
import type { CompiledRuleSet, CompiledSchema } from '../../domain/contracts/compiled-contracts.ts';
import { type ContractRef, formatRef } from '../../domain/contracts/contract-ref.ts';
import type { ContractKind, RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import type { ContractBindingRecord, ContractSnapshotRecord } from '../../domain/records.ts';
import type { Store } from '../../ports/store.ts';
import { parseStored } from './stored-json.ts';

/** Contracts as the store recorded them, so that replay never depends on a registry's memory (L4). */

type StoredContract = CompiledSchema | CompiledRuleSet;

export function snapshotOf({ contentHash, document }: StoredContract, recordedAt: string): ContractSnapshotRecord {
  return { kind: 'contract-snapshot', contentHash, document: canonicalBytes(document), recordedAt };
}

export function bindingOf({ kind, ref, contentHash }: StoredContract, recordedAt: string): ContractBindingRecord {
  // This runtime puts the entries of every commit first, whichever process makes it.
  const isIndexedFromStart = true;
  return { kind: 'contract-binding', contractKind: kind, ref, contentHash, isIndexedFromStart, recordedAt };
}

/** What a registry forgot: it may be computed with again, and as it has no status any more, nothing new is done under it. */
export async function loadRecordedContract(
  store: Store,
  kind: ContractKind,
  ref: ContractRef,
): Promise<RegisteredContract | undefined> {
  const [binding] = await store.batchGet([{ kind: 'contract-binding', contractKind: kind, ref }]);
  if (binding === undefined) return undefined;
  const [snapshot] = await store.batchGet([{ kind: 'contract-snapshot', contentHash: binding.contentHash }]);
  if (snapshot === undefined) return undefined;
  return {
    document: { ...parseStored(snapshot.document), status: 'ARCHIVED' },
    origin: `${formatRef(ref)} as recorded in ${store.name}`,
    locate: () => undefined,
  };
}
