import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { loadDynamoDb } from '../load-adapter.ts';
import type { StoreLocation } from '../locations.ts';
import { requireStoreFile } from '../open-store.ts';
import { printable } from '../output/text-width.ts';
import { printResult } from '../print-result.ts';

interface Upgrade {
  readonly from: number;
  readonly to: number;
  readonly steps: readonly string[];
}

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { name, report } = await upgrade(invocation.settings.store);
  await printResult(invocation, report, ({ from, to, steps }) =>
    steps.length === 0
      ? `${printable(name)} is up to date: format ${to}\n`
      : `${printable(name)}: format ${from} → ${to}\n${steps.map((step) => `  ${step}\n`).join('')}`,
  );
  return EXIT_DONE;
}

async function upgrade(location: StoreLocation): Promise<{ readonly name: string; readonly report: Upgrade }> {
  if (location.kind === 'postgres') {
    const { migratePostgres, parsePostgresUrl } = await import('../../adapters/postgres/index.ts');
    return { name: 'the database', report: await migratePostgres(parsePostgresUrl(location.url)) };
  }
  if (location.kind === 'dynamodb') {
    const { DYNAMODB_FORMAT_VERSION: format, openDynamoDbStore } = await loadDynamoDb();
    const store = await openDynamoDbStore(location);
    await store.close();
    // There is one format so far, and opening refuses any other.
    return { name: store.name, report: { from: format, to: format, steps: [] } };
  }
  const path = requireStoreFile(location);
  const { upgradeSqliteStore } = await import('../../adapters/sqlite/index.ts');
  return { name: path, report: await upgradeSqliteStore(path) };
}
