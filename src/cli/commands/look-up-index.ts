import type { IndexedEntity, SweepIndexInput } from '../../flows/runtime/listing-calls.ts';
import type { Runtime } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { groupDigits } from '../ingest/progress.ts';
import { type Invocation, positional } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { renderPairs } from '../output/table.ts';
import type { Paint } from '../output/terminal.ts';
import { printable } from '../output/text-width.ts';
import { printPages } from '../print-pages.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const index = { tenantId: invocation.settings.tenantId, indexKey: positional(invocation, 0) };
  return withRuntime(invocation, async (runtime) => {
    await (invocation.flags.has('sweep') ? sweep(invocation, runtime, index) : list(invocation, runtime, index));
    return EXIT_DONE;
  });
}

type Index = SweepIndexInput;

async function list(invocation: Invocation, runtime: Runtime, index: Index): Promise<void> {
  const { paint } = invocation.terminal.out;
  await printPages(invocation, {
    fetch: (page) => runtime.lookUpIndex({ ...index, ...page }),
    columns: [
      { title: 'entity' },
      { title: 'rule set' },
      { title: 'slice' },
      { title: 'version', align: 'right' },
      { title: 'revision', align: 'right' },
      { title: 'standing' },
    ],
    toRow: (item: IndexedEntity) => [
      printable(item.entityKey),
      item.ruleSetRef,
      item.sliceType,
      String(item.version),
      String(item.revision),
      showStanding(item, paint),
    ],
    whenEmpty: `Nobody is under ${printable(index.indexKey)} here.`,
  });
}

async function sweep(invocation: Invocation, runtime: Runtime, index: Index): Promise<void> {
  const result = { ...index, ...(await runtime.sweepIndex(index)) };
  const rows = [
    ['entries read', groupDigits(result.entries)],
    ['stale, deleted', groupDigits(result.swept)],
  ] as const;
  await printResult(invocation, result, () => renderPairs(rows, (name) => invocation.terminal.out.paint('dim', name)));
}

function showStanding({ standing }: IndexedEntity, paint: Paint): string {
  return standing === 'true' ? standing : paint('yellow', standing);
}
