import type { IndexedEntity } from '../../flows/runtime/listing-calls.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { type Invocation, positional } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import type { Paint } from '../output/terminal.ts';
import { printable } from '../output/text-width.ts';
import { printPages } from '../print-pages.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { tenantId } = invocation.settings;
  const { paint } = invocation.terminal.out;
  const indexKey = positional(invocation, 0);
  return withRuntime(invocation, async (runtime) => {
    await printPages(invocation, {
      fetch: (page) => runtime.lookUpIndex({ tenantId, indexKey, ...page }),
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
      whenEmpty: `Nobody is under ${printable(indexKey)} here.`,
    });
    return EXIT_DONE;
  });
}

function showStanding({ standing }: IndexedEntity, paint: Paint): string {
  return standing === 'true' ? standing : paint('yellow', standing);
}
