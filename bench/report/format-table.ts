import type { BenchRow } from './bench-row.ts';

const HEADINGS = ['id', 'ours', 'reference', 'ratio', 'spread', 'target', ''] as const;

/** The rows as an aligned table, each over a line that says what is measured against what. */
export function formatTable(rows: readonly BenchRow[]): string {
  const cells = rows.map(cellsOf);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  const body = rows.flatMap((row, index) => [line(cells[index] ?? []), `  ${row.title}, against ${row.against}`]);
  return [line(HEADINGS), rule, ...body].map((text) => text.trimEnd()).join('\n');
}

function cellsOf(row: BenchRow): readonly string[] {
  const { id, unit, ours, reference, ratio, spread, target, ok } = row;
  return [
    id,
    `${formatAmount(ours)} ${unit}`,
    `${formatAmount(reference)} ${unit}`,
    `${ratio.toFixed(2)}×`,
    spread === undefined ? '' : `${spread[0].toFixed(2)}–${spread[1].toFixed(2)}`,
    target === undefined ? '–' : `≤ ${target.toFixed(2)}×`,
    ok === undefined ? '' : ok ? 'ok' : 'MISSED',
  ];
}

function formatAmount(amount: number): string {
  return amount >= 100 ? amount.toFixed(0) : amount >= 10 ? amount.toFixed(1) : amount.toFixed(2);
}
