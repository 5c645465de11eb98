import type { ResumeResult } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, EXIT_REFUSED, type ExitCode } from '../exit-code.ts';
import { groupDigits } from '../ingest/progress.ts';
import type { Invocation } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { renderPairs } from '../output/table.ts';
import { printResult } from '../print-result.ts';
import { withStop } from '../with-stop.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { tenantId } = invocation.settings;
  return withRuntime(invocation, (runtime) =>
    withStop(async (stop) => {
      const result = await runtime.resume({ tenantId }, { signal: stop.signal });
      await printResult(invocation, result, () => renderCounts(invocation, result));
      return result.refused + result.leftRefused > 0 ? EXIT_REFUSED : EXIT_DONE;
    }),
  );
}

function renderCounts({ terminal }: Invocation, result: ResumeResult): string {
  const { paint } = terminal.out;
  const rows: readonly (readonly [string, number])[] = [
    ['entities visited', result.entities],
    ['slicings owed', result.owed],
    ['  settled', result.settled],
    ['  refused', result.refused],
    ['  refused before, left alone', result.leftRefused],
    ['  of archived rule sets, dropped', result.droppedArchived],
    ['  left to others', result.leftToOthers],
  ];
  const shown = rows
    .filter(([name, count]) => count > 0 || !name.startsWith(' '))
    .map(([name, count]) => [name, groupDigits(count)] as const);
  const counts = renderPairs(shown, (name) => paint('dim', name));
  const isLeft = result.refused + result.leftRefused > 0;
  return isLeft ? `${counts}Which ones, and why: slicewise entities --state FAILED\n` : counts;
}
