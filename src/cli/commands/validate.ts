import { contractError } from '../../domain/errors.ts';
import { type ContractVerdict, validateContracts } from '../contracts/validate-contracts.ts';
import { EXIT_DONE, EXIT_REFUSED, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import type { RegistryLocation } from '../locations.ts';
import { withRegistry } from '../open-registry.ts';
import { labelHash } from '../output/label.ts';
import { renderError } from '../output/print-error.ts';
import { renderTable } from '../output/table.ts';
import { printable } from '../output/text-width.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const contracts = await withRegistry(invocation.settings, validateContracts);
  // Nothing to find fault with is no proof: a wrong folder would pass for a sound one.
  if (contracts.length === 0) throw noContracts(invocation.settings.registry);
  const isValid = contracts.every(({ error }) => error === null);
  await printResult(invocation, { isValid, contracts }, () => renderVerdicts(invocation, contracts));
  if (invocation.settings.format === 'human') await printRefusals(invocation, contracts);
  return isValid ? EXIT_DONE : EXIT_REFUSED;
}

function noContracts(location: RegistryLocation) {
  if (location.kind !== 'files') {
    return contractError('contract.none', 'the registry: expected contracts, found none. Check --registry.');
  }
  const { dir } = location;
  return contractError(
    'contract.none',
    `${dir}: expected contracts (.yaml, .yml or .json) in it or below, found none. Check --contracts.`,
    { path: dir },
  );
}

function renderVerdicts({ settings, terminal }: Invocation, contracts: readonly ContractVerdict[]): string {
  const { paint } = terminal.out;
  const table = renderTable(
    [
      { title: '' },
      { title: 'kind' },
      { title: 'contract' },
      { title: 'status' },
      { title: 'hash' },
      { title: 'file' },
    ],
    contracts.map((contract) => [
      contract.error === null ? paint('green', '✓') : paint('red', '✗'),
      contract.kind,
      contract.ref ?? '?',
      contract.status ?? '?',
      labelHash(contract.contentHash, settings.hashes),
      printable(contract.origin),
    ]),
    (text) => paint('dim', text),
  );
  const refused = contracts.filter(({ error }) => error !== null).length;
  const verdict = refused === 0 ? paint('green', 'all valid') : paint('red', `${refused} refused`);
  return `${table}\n${contracts.length} contracts, ${verdict}\n`;
}

async function printRefusals({ terminal }: Invocation, contracts: readonly ContractVerdict[]): Promise<void> {
  const { err } = terminal;
  // What refers to a contract that is refused is refused with the same words; they are said once.
  const said = new Set<string>();
  for (const { error, ref, warnings } of contracts) {
    for (const warning of warnings)
      await err.write(`${err.paint('yellow', 'warning')} ${ref}: ${printable(warning)}\n`);
    if (error === null || said.has(error.message)) continue;
    said.add(error.message);
    await err.write(renderError(error, err.paint));
  }
}
