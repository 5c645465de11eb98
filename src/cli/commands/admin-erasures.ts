import type { ErasureOrder } from '../../flows/runtime/erasure/erasure-calls.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { groupDigits } from '../ingest/progress.ts';
import type { Invocation } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { printable } from '../output/text-width.ts';
import { printPages } from '../print-pages.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { tenantId } = invocation.settings;
  const [entityKey] = invocation.positionals;
  return withRuntime(invocation, async (runtime) => {
    await printPages<ErasureOrder>(invocation, {
      fetch: (page) => runtime.listErasures({ tenantId, ...(entityKey !== undefined && { entityKey }), ...page }),
      columns: [
        { title: 'entity' },
        { title: 'order', align: 'right' },
        { title: 'ordered' },
        { title: 'by' },
        { title: 'reason' },
        { title: 'erased' },
      ],
      toRow: (erasure) => [
        printable(erasure.entityKey),
        String(erasure.order),
        erasure.orderedAt,
        printable(erasure.by),
        printable(erasure.reason),
        describeCompleted(erasure),
      ],
      whenEmpty: 'Nobody has ordered anything to be erased here.',
    });
    return EXIT_DONE;
  });
}

function describeCompleted({ completed }: ErasureOrder): string {
  if (completed === null) return 'not completed';
  const { version, counts, at } = completed;
  const found = `${groupDigits(counts.versions)} versions, ${groupDigits(counts.slices)} slices`;
  return `${at}, up to version ${version}: ${found}, copies of ${groupDigits(counts.parents)} entities`;
}
