import { EXIT_DONE, EXIT_REFUSED, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { loadDynamoDb } from '../load-adapter.ts';
import { requireStoreFile } from '../open-store.ts';
import { printable } from '../output/text-width.ts';
import { usageError } from '../output/usage-error.ts';
import { printResult } from '../print-result.ts';
import { protectionOf } from '../table-protection.ts';

/** What is not as it should be; empty where all is well. */
type Findings = readonly string[];

export async function run(invocation: Invocation): Promise<ExitCode> {
  const findings = await check(invocation);
  await printResult(invocation, { findings }, () =>
    findings.length === 0 ? 'the store is as it should be\n' : findings.map((text) => `${printable(text)}\n`).join(''),
  );
  return findings.length === 0 ? EXIT_DONE : EXIT_REFUSED;
}

/** Opening a store compares its format; what else can be told without reading its data is up to each. */
async function check(invocation: Invocation): Promise<Findings> {
  const location = invocation.settings.store;
  switch (location.kind) {
    case 'memory':
      throw usageError('--store: expected a store that outlives its process, found memory:. Name another.');
    case 'sqlite': {
      const { checkSqliteStore } = await import('../../adapters/sqlite/index.ts');
      return checkSqliteStore(requireStoreFile(location));
    }
    case 'postgres': {
      const { openPostgresStore, parsePostgresUrl } = await import('../../adapters/postgres/index.ts');
      const store = await openPostgresStore(parsePostgresUrl(location.url));
      await store.close();
      return [];
    }
    case 'dynamodb': {
      const { checkTables, openDynamoDbStore } = await loadDynamoDb();
      const findings = await checkTables({ ...location, ...protectionOf(invocation) });
      if (findings.length === 0) await (await openDynamoDbStore(location)).close();
      return findings.map(
        ({ table, setting, expected, found }) => `${table}, ${setting}: expected ${expected}, found ${found}`,
      );
    }
  }
}
