import type { CompiledSchema } from '../../domain/contracts/compiled-contracts.ts';
import type { ContractRef } from '../../domain/contracts/contract-ref.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { createContractCatalogue } from '../../flows/runtime/contract-catalogue.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import { SILENT_LOGGER } from '../../ports/logger.ts';

/** A schema of a registry, whatever its status. @throws `contract.unknown`, `contract.*` */
export async function findSchema(registry: ContractRegistry, ref: ContractRef): Promise<CompiledSchema> {
  const catalogue = await createDetachedCatalogue(registry);
  // Where a ref is named, the entity type decides nothing.
  return catalogue.schemaFor('', formatRef(ref));
}

/** A catalogue for looking at contracts, beside any store. */
export async function createDetachedCatalogue(registry: ContractRegistry) {
  const { createMemoryStore } = await import('../../adapters/memory/index.ts');
  // Nothing is recorded, so no time is needed.
  return createContractCatalogue({ registry, store: createMemoryStore(), logger: SILENT_LOGGER, timestamp: () => '' });
}
