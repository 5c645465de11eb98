import type { ContractAuditEntry } from '../../adapters/postgres/index.ts';
import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { findPublished, withPublisher } from '../contracts/with-publisher.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { renderTable } from '../output/table.ts';
import { printable } from '../output/text-width.ts';
import { printResult } from '../print-result.ts';

export function run(invocation: Invocation): Promise<ExitCode> {
  return withPublisher(invocation, async (publisher) => {
    const { kind, ref, status, contentHash, content, publishedAt } = await findPublished(invocation, publisher);
    const history = await publisher.history(kind, ref);
    // Canonical text that we wrote ourselves.
    const document: unknown = JSON.parse(content);
    const shown = { kind, ref: formatRef(ref), status, contentHash, publishedAt, document, history };
    await printResult(invocation, shown, () =>
      [
        `${kind} ${shown.ref}  ${status}  ${contentHash}\n`,
        renderHistory(invocation, history),
        `${JSON.stringify(document, undefined, 2).split('\n').map(printable).join('\n')}\n`,
      ].join('\n'),
    );
    return EXIT_DONE;
  });
}

function renderHistory({ terminal }: Invocation, history: readonly ContractAuditEntry[]): string {
  return renderTable(
    [{ title: 'when' }, { title: 'who' }, { title: 'role' }, { title: 'what' }, { title: 'status' }],
    history.map(({ changedAt, actor, databaseRole, action, statusBefore, statusAfter }) => [
      changedAt,
      printable(actor),
      printable(databaseRole),
      action,
      statusBefore === null || statusBefore === statusAfter ? statusAfter : `${statusBefore} → ${statusAfter}`,
    ]),
    (text) => terminal.out.paint('dim', text),
  );
}
