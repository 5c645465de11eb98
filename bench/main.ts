/**
 * What slicewise costs, against what the same work costs by hand: `npm run bench`.
 *
 *   --only ID     the rows that are measured together with that one (may be repeated)
 *   --quick       fewer rounds: to see that everything runs
 *   --full        the slow sizes too
 *   --json FILE   [{ id, ours, reference, ratio, target, ok }]
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { BenchGroup, BenchRow, BenchSettings } from './report/bench-row.ts';
import { formatTable } from './report/format-table.ts';
import { CANONICAL_ROWS } from './rows/canonical-rows.ts';
import { COLD_START_ROWS } from './rows/cold-start-rows.ts';
import { DYNAMODB_ROWS } from './rows/dynamodb-rows.ts';
import { FAN_OUT_GROWTH_ROWS } from './rows/fan-out-growth-rows.ts';
import { FAN_OUT_ROWS } from './rows/fan-out-rows.ts';
import { INGEST_ROWS } from './rows/ingest-rows.ts';
import { INSTALL_SIZE_ROWS } from './rows/install-size-rows.ts';
import { MEMORY_ROWS } from './rows/memory-rows.ts';
import { SLICING_ROWS } from './rows/slicing-rows.ts';
import { VIEW_ROWS } from './rows/view-rows.ts';

const GROUPS: readonly BenchGroup[] = [
  CANONICAL_ROWS,
  INGEST_ROWS,
  SLICING_ROWS,
  VIEW_ROWS,
  COLD_START_ROWS,
  FAN_OUT_ROWS,
  FAN_OUT_GROWTH_ROWS,
  DYNAMODB_ROWS,
  MEMORY_ROWS,
  INSTALL_SIZE_ROWS,
];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

const settings: BenchSettings = { isQuick: values.quick, isFull: values.full };
const rows: BenchRow[] = [];
const notes: string[] = [];
for (const group of chosenGroups(values.only)) {
  process.stderr.write(`measuring ${group.id} …\n`);
  const report = await group.run(settings);
  rows.push(...report.rows);
  notes.push(...report.notes);
}

const machine = `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
console.log(
  `\n${formatTable(rows)}\n\n${notes.join('\n')}\n\n${machine}${settings.isQuick ? ', --quick: not to be quoted' : ''}`,
);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows.map(recordOf), null, 2)}\n`);
process.exitCode = rows.some((row) => row.ok === false) ? 1 : 0;

function chosenGroups(only: readonly string[]): readonly BenchGroup[] {
  if (only.length === 0) return GROUPS.filter((group) => !group.isSlow || settings.isFull);
  return [...new Set(only.flatMap(groupsOf))];
}

/** The group of that name and those below it; of a row, the one that is named most like it. */
function groupsOf(id: string): readonly BenchGroup[] {
  const named = GROUPS.filter((group) => group.id === id || group.id.startsWith(`${id}-`));
  if (named.length > 0) return named;
  const holding = GROUPS.filter((group) => id.startsWith(`${group.id}-`));
  const group = holding.toSorted((left, right) => right.id.length - left.id.length)[0];
  if (group !== undefined) return [group];
  throw new Error(`--only: expected a row or one of ${GROUPS.map((known) => known.id).join(', ')}, found ${id}.`);
}

function recordOf({ id, ours, reference, ratio, target, ok }: BenchRow) {
  return { id, ours, reference, ratio, ...(target !== undefined && { target, ok }) };
}
