import type { ResumeResult, Runtime } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, EXIT_REFUSED, EXIT_RETRY, type ExitCode } from '../exit-code.ts';
import type { Flags } from '../flags.ts';
import { groupDigits } from '../ingest/progress.ts';
import type { Invocation } from '../invocation.ts';
import { nextCommand } from '../next-command.ts';
import { withRuntime } from '../open-runtime.ts';
import { renderPairs } from '../output/table.ts';
import { printResult } from '../print-result.ts';
import { watchCall } from '../watch-call.ts';
import { withStop } from '../with-stop.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  return withRuntime(invocation, (runtime) =>
    withStop(async (stop) => {
      const { result, isStopped } = await resumeAll(invocation, runtime, stop.signal);
      await printResult(invocation, result, () => renderCounts(invocation, result));
      if (isStopped) return EXIT_RETRY;
      return result.refused + result.leftRefused > 0 ? EXIT_REFUSED : EXIT_DONE;
    }),
  );
}

const NOTHING_YET: ResumeResult = {
  entities: 0,
  owed: 0,
  settled: 0,
  leftRefused: 0,
  refused: 0,
  droppedArchived: 0,
  leftToOthers: 0,
  fannedOut: 0,
  fanOutOwed: 0,
};

async function resumeAll(invocation: Invocation, runtime: Runtime, signal: AbortSignal) {
  const input = {
    tenantId: invocation.settings.tenantId,
    refused: invocation.flags.has('retryRefused') ? ('retry' as const) : ('leave' as const),
  };
  const end = await watchCall<ResumeResult, ResumeResult>(invocation, signal, {
    call: (watch) => runtime.resume(input, watch),
    stateOf: ({ entities, refused }) => ({ unit: 'entities', done: entities, refused, reached: 0, total: null }),
  });
  if ('result' in end) return { result: end.result, isStopped: false };
  return { result: end.stoppedAt ?? NOTHING_YET, isStopped: true };
}

function renderCounts({ terminal, flags }: Invocation, result: ResumeResult): string {
  const { paint } = terminal.out;
  const rows: readonly (readonly [string, number])[] = [
    ['entities visited', result.entities],
    ['slicings owed', result.owed],
    ['  settled', result.settled],
    ['  refused', result.refused],
    ['  refused before, left alone', result.leftRefused],
    ['  of archived rule sets, dropped', result.droppedArchived],
    ['  left to others', result.leftToOthers],
    ['  changes that others have followed', result.fannedOut],
    ['  changes that are still to be followed', result.fanOutOwed],
  ];
  const shown = rows.filter(([name, count]) => count > 0 || !name.startsWith(' '));
  const counts = renderPairs(
    shown.map(([name, count]) => [name, groupDigits(count)] as const),
    (name) => paint('dim', name),
  );
  return counts + adviseNext(result, flags);
}

function adviseNext({ refused, leftRefused }: ResumeResult, flags: Flags): string {
  if (refused + leftRefused === 0) return '';
  const retry = nextCommand(flags, ['resume', '--retry-refused']);
  const again = leftRefused > 0 ? `Once the reasons are gone: ${retry}\n` : '';
  return `Which ones, and why: ${nextCommand(flags, ['entities', '--state', 'FAILED'])}\n${again}`;
}
