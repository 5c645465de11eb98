import { isSlicewiseError } from '../../domain/errors.ts';
import { parseEntityKey, parseTenantId } from '../../domain/identity.ts';
import { EXIT_DONE, EXIT_REFUSED, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { loadDynamoDb } from '../load-adapter.ts';
import { openPayloads } from '../open-payloads.ts';
import { requireStoreFile } from '../open-store.ts';
import { printable } from '../output/text-width.ts';
import { usageError } from '../output/usage-error.ts';
import { printResult } from '../print-result.ts';
import type { Settings } from '../settings.ts';
import { protectionOf } from '../table-protection.ts';

/** What is not as it should be; empty where all is well. */
type Findings = readonly string[];

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { settings } = invocation;
  const findings = [
    ...(await checkStore(invocation)),
    ...(await checkRegistry(settings)),
    ...(await checkPayloads(settings)),
  ];
  await printResult(invocation, { findings }, () =>
    findings.length === 0 ? 'the store is as it should be\n' : findings.map((text) => `${printable(text)}\n`).join(''),
  );
  return findings.length === 0 ? EXIT_DONE : EXIT_REFUSED;
}

/** Opening a store compares its format; what else can be told without reading its data is up to each. */
async function checkStore(invocation: Invocation): Promise<Findings> {
  const location = invocation.settings.store;
  switch (location.kind) {
    case 'memory':
      throw usageError('--store: expected a store that outlives its process, found memory:. Name another.');
    case 'sqlite': {
      const { checkSqliteStore } = await import('../../adapters/sqlite/index.ts');
      return checkSqliteStore(requireStoreFile(location));
    }
    case 'postgres':
      return checkDatabase(location.url);
    case 'dynamodb': {
      const { checkTables, openDynamoDbStore } = await loadDynamoDb();
      const findings = await checkTables({ ...location, ...protectionOf(invocation) });
      if (findings.length === 0) await (await openDynamoDbStore(location)).close();
      return findings.map(describeFinding);
    }
  }
}

/** A registry in the store's own schema was looked at with it. */
async function checkRegistry({ registry, store }: Settings): Promise<Findings> {
  if (registry.kind !== 'postgres') return [];
  if (store.kind === 'postgres' && store.url === registry.url) return [];
  return checkDatabase(registry.url);
}

async function checkDatabase(url: string): Promise<Findings> {
  const { checkPostgres, parsePostgresUrl } = await import('../../adapters/postgres/index.ts');
  return (await checkPostgres(parsePostgresUrl(url))).map(describeFinding);
}

/** Asks for the payloads of an entity that nobody has: who can be asked that can be reached. */
async function checkPayloads({ payloadStore, tenantId }: Settings): Promise<Findings> {
  if (payloadStore === null) return [];
  const payloads = await openPayloads(payloadStore);
  try {
    await payloads.list({ tenantId: parseTenantId(tenantId), entityKey: parseEntityKey('slicewise#check'), limit: 1 });
    return [];
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return [error.message];
  }
}

interface Finding {
  readonly table: string;
  readonly setting: string;
  readonly expected: string;
  readonly found: string;
}

function describeFinding({ table, setting, expected, found }: Finding): string {
  return `${table}, ${setting}: expected ${expected}, found ${found}`;
}
