import type { FanOutPlan, FanOutResult, RefusedFollower } from '../../flows/runtime/fan-out/fan-out-calls.ts';
import type { Flags } from '../flags.ts';
import { groupDigits } from '../ingest/progress.ts';
import { nextCommand } from '../next-command.ts';
import { renderPairs } from '../output/table.ts';
import type { Paint } from '../output/terminal.ts';
import { printable } from '../output/text-width.ts';

/** Refused followers that are shown; the rest is counted. */
const REFUSED_SHOWN_MAX = 10;

export interface AppliedPlan {
  readonly plan: FanOutPlan;
  readonly result: FanOutResult;
  /** Of this run, for the commands that go on with it. */
  readonly flags: Flags;
}

/** What became of those that a plan names, and how to go on. */
export function renderFanOutResult({ plan, result, flags }: AppliedPlan, paint: Paint): string {
  const { revised, sliced, unchanged, refused, sweptHints, settled } = result;
  const rows: readonly (readonly [string, number])[] = [
    ['revised', revised],
    ['sliced', sliced],
    ['unchanged', unchanged],
    ['refused', refused.length],
    ['swept', sweptHints],
  ];
  const always = 3;
  const shown = rows.filter(([, count], index) => index < always || count > 0);
  const pairs = [
    ...shown.map(([name, count]) => [name, groupDigits(count)] as const),
    ['settled', `${groupDigits(settled)} of ${groupDigits(plan.changes.length)}`] as const,
  ];
  const counts = renderPairs(pairs, (name) => paint('dim', name));
  return counts + listRefused(refused, paint) + adviseRefused(refused, flags) + adviseOwed({ plan, result, flags });
}

function listRefused(refused: readonly RefusedFollower[], paint: Paint): string {
  const lines = refused
    .slice(0, REFUSED_SHOWN_MAX)
    .map(
      ({ entityKey, ruleSetRef, error }) =>
        `${paint('red', 'refused')} ${printable(entityKey)} under ${ruleSetRef}: ${paint('bold', error.code)}\n` +
        `  ${printable(error.message)}\n`,
    );
  const others = refused.length - REFUSED_SHOWN_MAX;
  return lines.join('') + (others > 0 ? `… and ${groupDigits(others)} more, with --json\n` : '');
}

function adviseRefused(refused: readonly RefusedFollower[], flags: Flags): string {
  if (refused.length === 0) return '';
  const retry = nextCommand(flags, ['resume', '--retry-refused']);
  return `They keep what they last were. Once the reasons are gone: ${retry}\n`;
}

/** A range that did not begin at the mark, a source whose own slices are behind, a newer version: `resume` does them all. */
function adviseOwed({ plan, result, flags }: AppliedPlan): string {
  if (result.settled === plan.changes.length) return '';
  return `Something is still owed. To go on: ${nextCommand(flags, ['resume'])}\n`;
}
