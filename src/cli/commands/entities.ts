import type { PipelineState } from '../../domain/records.ts';
import type { EntityStatus, Runtime } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { labelHash } from '../output/label.ts';
import { printable } from '../output/text-width.ts';
import { type Listing, printPages } from '../print-pages.ts';

const NOTHING = 'There are no such entities here.';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const state = invocation.flags.text('state');
  return withRuntime(invocation, async (runtime) => {
    if (state === undefined) await printPages(invocation, listEntities(invocation, runtime));
    // The command line has checked it against the list of states.
    else await printPages(invocation, listByState(invocation, runtime, state as PipelineState));
    return EXIT_DONE;
  });
}

/** With `--json` an entity is an object too, so that both listings read alike. */
function listEntities({ settings, flags }: Invocation, runtime: Runtime): Listing<{ readonly entityKey: string }> {
  const { tenantId } = settings;
  const prefix = flags.text('prefix');
  return {
    fetch: async (page) => {
      const { items, cursor } = await runtime.listEntities({
        tenantId,
        ...(prefix !== undefined && { prefix }),
        ...page,
      });
      return { items: items.map((entityKey) => ({ entityKey })), cursor };
    },
    columns: [{ title: 'entity' }],
    toRow: ({ entityKey }) => [printable(entityKey)],
    whenEmpty: NOTHING,
  };
}

function listByState({ settings, flags }: Invocation, runtime: Runtime, state: PipelineState): Listing<EntityStatus> {
  const { tenantId, hashes } = settings;
  const prefix = flags.text('prefix') ?? '';
  return {
    fetch: (page) => runtime.listByState({ tenantId, state, ...page }),
    keeps: ({ entityKey }) => entityKey.startsWith(prefix),
    columns: [
      { title: 'entity' },
      { title: 'version', align: 'right' },
      { title: 'raw hash' },
      { title: 'state' },
      { title: 'owed' },
    ],
    toRow: (item) => [
      printable(item.entityKey),
      String(item.version),
      labelHash(item.rawHash, hashes),
      item.state,
      describeOwed(item),
    ],
    whenEmpty: NOTHING,
  };
}

function describeOwed({ owed, version, fannedOutTo }: EntityStatus): string {
  const marks = Object.entries(owed).map(([ruleSetRef, mark]) =>
    mark.state === 'FAILED' ? `${ruleSetRef}: ${mark.lastError.code}` : ruleSetRef,
  );
  const debts = fannedOutTo < version ? [...marks, `fan-out ${fannedOutTo} → ${version}`] : marks;
  return debts.length === 0 ? '–' : debts.join(', ');
}
