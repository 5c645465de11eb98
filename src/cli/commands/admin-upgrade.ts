import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { requireStoreFile } from '../open-store.ts';
import { printable } from '../output/text-width.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const path = requireStoreFile(invocation.settings.store);
  const { upgradeSqliteStore } = await import('../../adapters/sqlite/index.ts');
  const report = await upgradeSqliteStore(path);
  await printResult(invocation, report, ({ from, to, steps }) =>
    steps.length === 0
      ? `${printable(path)} is up to date: format ${to}\n`
      : `${printable(path)}: format ${from} → ${to}\n${steps.map((step) => `  ${step}\n`).join('')}`,
  );
  return EXIT_DONE;
}
