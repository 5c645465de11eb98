import { existsSync } from 'node:fs';
import { contractError } from '../domain/errors.ts';
import type { ContractRegistry } from '../ports/contract-registry.ts';
import type { RegistryLocation } from './locations.ts';
import type { Settings } from './settings.ts';

/** Lends the contracts that the global flags name to the work, and closes them whatever happens. @throws `contract.unreadable`, `store.*` */
export async function withRegistry<Result>(
  { registry: location }: Settings,
  work: (registry: ContractRegistry) => Promise<Result>,
): Promise<Result> {
  const { registry, close } = await openRegistry(location);
  try {
    return await work(registry);
  } finally {
    await close();
  }
}

interface OpenRegistry {
  readonly registry: ContractRegistry;
  readonly close: () => Promise<void>;
}

async function openRegistry(location: RegistryLocation): Promise<OpenRegistry> {
  switch (location.kind) {
    case 'files':
      return { registry: await openFolder(location.dir), close: async () => undefined };
    case 'postgres': {
      const { openPostgresRegistry, parsePostgresUrl } = await import('../adapters/postgres/index.ts');
      const registry = await openPostgresRegistry(parsePostgresUrl(location.url));
      return { registry, close: () => registry.close() };
    }
  }
}

/** The contracts of the folder that `--contracts` names. @throws `contract.unreadable` */
export async function openFolder(dir: string): Promise<ContractRegistry> {
  if (!existsSync(dir)) {
    throw contractError(
      'contract.unreadable',
      `${dir}: expected a folder of contracts, found nothing there. Check --contracts.`,
      { path: dir },
    );
  }
  const { createFileRegistry } = await import('../adapters/files/contract-files.ts');
  return createFileRegistry({ dir });
}
