import type { ReindexCounts } from '../../flows/runtime/inverted-index/reindex-calls.ts';
import type { Runtime } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, EXIT_RETRY, type ExitCode } from '../exit-code.ts';
import { groupDigits } from '../ingest/progress.ts';
import { type Invocation, positional } from '../invocation.ts';
import { nextCommand } from '../next-command.ts';
import { withRuntime } from '../open-runtime.ts';
import { renderPairs } from '../output/table.ts';
import { printable } from '../output/text-width.ts';
import { usageError } from '../output/usage-error.ts';
import { printResult } from '../print-result.ts';
import { watchCall } from '../watch-call.ts';
import { withStop } from '../with-stop.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { flags } = invocation;
  if (flags.has('markOnly') && flags.has('goOn')) {
    throw usageError('--mark-only: expected it without --go-on, found both. Choose one of them.');
  }
  return withRuntime(invocation, (runtime) =>
    flags.has('markOnly') ? mark(invocation, runtime) : withStop(({ signal }) => rebuild(invocation, runtime, signal)),
  );
}

async function mark(invocation: Invocation, runtime: Runtime): Promise<ExitCode> {
  const { tenantId } = invocation.settings;
  const marked = await runtime.markIndexIncomplete({ tenantId, ruleSetRef: positional(invocation, 0) });
  const rebuild = nextCommand(invocation.flags, ['admin', 'reindex', marked.ruleSetRef]);
  await printResult(
    invocation,
    { ...marked, state: 'incomplete' },
    () =>
      `${marked.ruleSetRef}, tenant ${printable(tenantId)}: its index is not trusted any more\nTo rebuild it: ${rebuild}\n`,
  );
  return EXIT_DONE;
}

async function rebuild(invocation: Invocation, runtime: Runtime, signal: AbortSignal): Promise<ExitCode> {
  const { settings, flags } = invocation;
  const index = { tenantId: settings.tenantId, ruleSetRef: positional(invocation, 0) };
  const from = flags.has('goOn') ? 'where_stopped' : 'start';
  const end = await watchCall<ReindexCounts, ReindexCounts>(invocation, signal, {
    call: (watch) => runtime.reindex({ ...index, from }, watch),
    stateOf: ({ entities }) => ({ unit: 'entities', done: entities, refused: 0, reached: 0, total: null }),
  });
  const isDone = 'result' in end;
  const { entities, entries, unreadable } = isDone ? end.result : (end.stoppedAt ?? NOTHING_YET);
  const result = { ...index, state: isDone ? 'complete' : 'incomplete', entities, entries, unreadable };
  await printResult(invocation, result, () => renderCounts(result, invocation) + adviseNext(invocation, isDone));
  return isDone ? EXIT_DONE : EXIT_RETRY;
}

const NOTHING_YET: ReindexCounts = { entities: 0, entries: 0, unreadable: 0 };

function renderCounts(counts: ReindexCounts & { readonly state: string }, { terminal }: Invocation): string {
  const rows: readonly (readonly [string, string])[] = [
    ['index', counts.state],
    ['entities looked at', groupDigits(counts.entities)],
    ['entries put', groupDigits(counts.entries)],
    ...(counts.unreadable === 0 ? [] : [['damaged entities', groupDigits(counts.unreadable)] as const]),
  ];
  return renderPairs(rows, (name) => terminal.out.paint('dim', name));
}

function adviseNext({ flags, positionals }: Invocation, isDone: boolean): string {
  if (isDone) return `What waited for it goes on with: ${nextCommand(flags, ['resume'])}\n`;
  const goOn = nextCommand(flags, ['admin', 'reindex', ...positionals, '--go-on']);
  return `To go on, if nothing was lost since: ${goOn}\n`;
}
