import type { PublishedContract } from '../../adapters/postgres/index.ts';
import { CONTRACT_KINDS, type RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import { contractError } from '../../domain/errors.ts';
import { readContractFile } from '../contracts/read-contract-file.ts';
import { readActor, withPublisher } from '../contracts/with-publisher.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { openFolder } from '../open-registry.ts';
import { labelHash } from '../output/label.ts';
import { renderTable } from '../output/table.ts';
import { printResult } from '../print-result.ts';

export function run(invocation: Invocation): Promise<ExitCode> {
  return withPublisher(invocation, async (publisher) => {
    const contracts = await readContracts(invocation);
    const published = await publisher.publish({ contracts, actor: readActor(invocation) });
    await printResult(invocation, { contracts: published }, () => renderOutcomes(invocation, published));
    return EXIT_DONE;
  });
}

/** The files that are named, or all of the folder. */
async function readContracts({ positionals, settings }: Invocation): Promise<readonly RegisteredContract[]> {
  if (positionals.length > 0) {
    const files = await Promise.all(positionals.map(readContractFile));
    return files.flat().map(({ registered }) => registered);
  }
  const folder = await openFolder(settings.contractsDir);
  const contracts = (await Promise.all(CONTRACT_KINDS.map((kind) => folder.list(kind)))).flat();
  if (contracts.length > 0) return contracts;
  // Nothing to publish is no success: a wrong folder would pass for a published one.
  const path = settings.contractsDir;
  const message = `${path}: expected contracts (.yaml, .yml or .json) in it or below, found none. Check --contracts.`;
  throw contractError('contract.none', message, { path });
}

function renderOutcomes({ settings, terminal }: Invocation, published: readonly PublishedContract[]): string {
  const { paint } = terminal.out;
  const table = renderTable(
    [{ title: 'kind' }, { title: 'contract' }, { title: 'status' }, { title: 'hash' }, { title: 'outcome' }],
    published.map(({ kind, ref, status, contentHash, outcome }) => [
      kind,
      ref,
      status,
      labelHash(contentHash, settings.hashes),
      outcome === 'unchanged' ? paint('dim', outcome) : paint('green', outcome),
    ]),
    (text) => paint('dim', text),
  );
  const changed = published.filter(({ outcome }) => outcome !== 'unchanged').length;
  return `${table}\n${published.length} contracts, ${changed} changed\n`;
}
