import type { Flags } from '../flags.ts';
import { nextCommand, quoteWord } from '../next-command.ts';
import { renderPairs } from '../output/table.ts';
import type { Paint } from '../output/terminal.ts';
import { groupDigits } from './progress.ts';
import type { IngestTally, ReasonCounts } from './record-outcome.ts';

export interface TallyReport {
  readonly tally: IngestTally;
  readonly isStopped: boolean;
  readonly rejectsPath: string | null;
  /** Of this run, for the commands that go on with it. */
  readonly flags: Flags;
}

/** The counts of a run, their reasons, and how to go on. */
export function renderTally(report: TallyReport, paint: Paint): string {
  const { tally } = report;
  const rows: (readonly [string, number, string])[] = [
    ['records read', tally.read, ''],
    ['  inserted', tally.inserted, ''],
    ['  unchanged', tally.unchanged, ''],
    ['  superseded', tally.superseded, 'a newer version is in, which is the one that is sliced'],
    ['  slicing refused', tally.slicingRefused, joinReasons(tally.reasons.slicingRefused)],
    ['  refused', tally.refused, joinReasons(tally.reasons.refused)],
    ['  failed', tally.failed, joinReasons(tally.reasons.failed)],
    ['followed by', tally.followed, 'entities that join what has changed'],
    ['  refused', tally.followersRefused, 'they keep what they last were'],
    ['still to follow', tally.fanOutOwed, 'changes that others have not followed so far'],
  ];
  const always = 3;
  const shown = rows.filter(([, count], index) => index < always || count > 0);
  const width = Math.max(...shown.map(([, count]) => groupDigits(count).length));
  const counts = renderPairs(
    shown.map(([name, count, note]) => {
      const number = groupDigits(count).padStart(width);
      return [name, note === '' ? number : `${number}  ${paint('dim', note)}`] as const;
    }),
    (name) => name,
  );
  return counts + adviseNext(report, paint);
}

function adviseNext({ tally, isStopped, rejectsPath, flags }: TallyReport, paint: Paint): string {
  const lines: string[] = [];
  if (isStopped || tally.failed > 0) {
    lines.push(
      paint('yellow', 'Not everything was done. Run the same command again: what is in is counted as unchanged.'),
    );
  }
  if (tally.refused > 0 && rejectsPath !== null) {
    const path = quoteWord(rejectsPath);
    const schemaRef = flags.text('schema');
    const ingest = nextCommand(flags, ['ingest', '-', ...(schemaRef === undefined ? [] : ['--schema', schemaRef])]);
    lines.push(`Refused records are in ${path}; mend them, then: jq -r .record ${path} | ${ingest}`);
  }
  if (tally.slicingRefused > 0) {
    const resume = nextCommand(flags, ['resume', '--retry-refused']);
    lines.push(`Records whose slicing was refused are in. Once the reasons are gone: ${resume}`);
  }
  if (tally.fanOutOwed > 0) {
    const resume = nextCommand(flags, ['resume']);
    const why = nextCommand(flags, ['entities', '--state', 'READY']);
    lines.push(`Let the others follow: ${resume}`, `Which changes they are: ${why}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** e.g. `canonical.unsafe_integer 3, rawdata.version_gap 1`, the most frequent first. */
function joinReasons(reasons: ReasonCounts): string {
  return Object.entries(reasons)
    .sort(([codeA, a], [codeB, b]) => b - a || (codeA < codeB ? -1 : 1))
    .map(([code, count]) => `${code} ${groupDigits(count)}`)
    .join(', ');
}
