import { isPlainObject } from '../../domain/canonical/json-value.ts';
import type { RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';

/**
 * The same contracts, the DRAFT ones as if they were ACTIVE: for runs that store nothing. A status is not part of a
 * contract's hash, so every hash is the one that it will have once it is published.
 */
export function withDraftsActive(registry: ContractRegistry): ContractRegistry {
  const known = new WeakMap<RegisteredContract, RegisteredContract>();
  const activate = (contract: RegisteredContract): RegisteredContract => {
    const { document } = contract;
    if (!isPlainObject(document) || document['status'] !== 'DRAFT') return contract;
    const active = known.get(contract) ?? {
      document: { ...document, status: 'ACTIVE' },
      origin: contract.origin,
      locate: (pointer: string) => contract.locate(pointer),
    };
    // A registry promises the same object for the same content.
    known.set(contract, active);
    return active;
  };
  return {
    name: registry.name,
    get revision() {
      return registry.revision;
    },
    async get(kind, ref) {
      const contract = await registry.get(kind, ref);
      return contract && activate(contract);
    },
    list: async (kind) => (await registry.list(kind)).map(activate),
  };
}
