import type { ContentHash } from '../../domain/canonical/hash.ts';
import { type ContractRef, formatRef } from '../../domain/contracts/contract-ref.ts';
import type { ContractUse } from './runtime.ts';

/** How results name a contract that they used: its ref and the hash of its content. */
export function useOf(contract: { readonly ref: ContractRef; readonly contentHash: ContentHash }): ContractUse {
  return { ref: formatRef(contract.ref), contentHash: contract.contentHash };
}
