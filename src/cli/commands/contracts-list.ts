import type { ContractRow } from '../../adapters/postgres/index.ts';
import { compareUtf8 } from '../../domain/canonical/key-order.ts';
import { compareSemver, formatRef } from '../../domain/contracts/contract-ref.ts';
import { withPublisher } from '../contracts/with-publisher.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { labelHash } from '../output/label.ts';
import { renderTable } from '../output/table.ts';
import { printResult } from '../print-result.ts';

export function run(invocation: Invocation): Promise<ExitCode> {
  const { flags } = invocation;
  const [kind, status] = [flags.text('kind'), flags.text('status')];
  return withPublisher(invocation, async (publisher) => {
    const rows = await publisher.list();
    const contracts = rows
      .filter((row) => (kind ?? row.kind) === row.kind && (status ?? row.status) === row.status)
      .toSorted(compareRows)
      .map(({ kind, ref, status, contentHash, publishedAt }) => ({
        kind,
        ref: formatRef(ref),
        status,
        contentHash,
        publishedAt,
      }));
    await printResult(invocation, { contracts }, () => renderContracts(invocation, contracts));
    return EXIT_DONE;
  });
}

function compareRows(left: ContractRow, right: ContractRow): number {
  return (
    compareUtf8(left.kind, right.kind) ||
    compareUtf8(left.ref.id, right.ref.id) ||
    compareSemver(left.ref.version, right.ref.version)
  );
}

type Listed = Pick<ContractRow, 'kind' | 'status' | 'contentHash' | 'publishedAt'> & { readonly ref: string };

function renderContracts({ settings, terminal }: Invocation, contracts: readonly Listed[]): string {
  if (contracts.length === 0) return 'There are no such contracts here.\n';
  return renderTable(
    [{ title: 'kind' }, { title: 'contract' }, { title: 'status' }, { title: 'hash' }, { title: 'published' }],
    contracts.map(({ kind, ref, status, contentHash, publishedAt }) => [
      kind,
      ref,
      status,
      labelHash(contentHash, settings.hashes),
      publishedAt,
    ]),
    (text) => terminal.out.paint('dim', text),
  );
}
