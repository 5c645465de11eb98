import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { loadDynamoDb } from '../load-adapter.ts';
import type { DynamoDbLocation } from '../locations.ts';
import { usageError } from '../output/usage-error.ts';
import { printResult } from '../print-result.ts';
import { protectionOf } from '../table-protection.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { store } = invocation.settings;
  switch (store.kind) {
    case 'postgres':
      return createInPostgres(invocation, store.url);
    case 'dynamodb':
      return createInDynamoDb(invocation, store);
    default:
      throw usageError('--store: expected a store on a server, found another. A file is made by what puts data in.');
  }
}

async function createInPostgres(invocation: Invocation, url: string): Promise<ExitCode> {
  if (invocation.flags.has('unprotected')) {
    throw usageError('--unprotected: expected a store in DynamoDB, found postgres. Leave it out.');
  }
  const { migratePostgres, parsePostgresUrl } = await import('../../adapters/postgres/index.ts');
  const report = await migratePostgres(parsePostgresUrl(url));
  await printResult(invocation, report, ({ to, steps }) =>
    steps.length === 0
      ? `everything is there: format ${to}\n`
      : `${steps.map((step) => `made ${step}\n`).join('')}format ${to}\n`,
  );
  return EXIT_DONE;
}

async function createInDynamoDb(invocation: Invocation, location: DynamoDbLocation): Promise<ExitCode> {
  const { createTables } = await loadDynamoDb();
  const report = await createTables({ ...location, ...protectionOf(invocation) });
  await printResult(invocation, report, ({ created, existing }) =>
    [...created.map((table) => `made ${table}\n`), ...existing.map((table) => `there ${table}\n`)].join(''),
  );
  return EXIT_DONE;
}
