import { padEnd, padStart, textWidth } from './text-width.ts';

export interface Column {
  readonly title: string;
  /** Default `left`. */
  readonly align?: 'left' | 'right';
}

/**
 * Rows under titles, columns aligned, two spaces apart, no trailing spaces.
 *
 * @param styleTitle how the line of titles looks; the cells come styled or plain as they are.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  styleTitle: (text: string) => string,
): string {
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[index] ?? ''))),
  );
  const renderRow = (cells: readonly string[]) =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? '';
        return column.align === 'right' ? padStart(cell, widths[index] ?? 0) : padEnd(cell, widths[index] ?? 0);
      })
      .join('  ')
      .trimEnd();
  const lines = [styleTitle(renderRow(columns.map((column) => column.title))), ...rows.map(renderRow)];
  return `${lines.join('\n')}\n`;
}

/** Names and values, the values aligned. */
export function renderPairs(
  pairs: readonly (readonly [name: string, value: string])[],
  styleName: (text: string) => string,
): string {
  const width = Math.max(0, ...pairs.map(([name]) => textWidth(name)));
  return pairs.map(([name, value]) => `${styleName(padEnd(name, width))}  ${value}\n`).join('');
}
