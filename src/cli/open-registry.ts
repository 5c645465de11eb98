import { existsSync } from 'node:fs';
import { contractError } from '../domain/errors.ts';
import type { ContractRegistry } from '../ports/contract-registry.ts';
import type { Settings } from './settings.ts';

/** The contracts of the folder that `--contracts` names. @throws `contract.unreadable` */
export async function openRegistry({ contractsDir }: Settings): Promise<ContractRegistry> {
  if (!existsSync(contractsDir)) {
    throw contractError(
      'contract.unreadable',
      `${contractsDir}: expected a folder of contracts, found nothing there. Check --contracts.`,
      { path: contractsDir },
    );
  }
  const { createFileRegistry } = await import('../adapters/files/contract-files.ts');
  return createFileRegistry({ dir: contractsDir });
}
