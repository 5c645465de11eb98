import { styleText } from 'node:util';

/**
 * How the demo speaks: chapters, sentences, small tables, and claims that are checked while they are printed.
 * Colours follow the terminal and NO_COLOR, as `styleText` does.
 */

const WIDTH = 88;

let chapters = 0;
const broken: string[] = [];

export function chapter(title: string): void {
  chapters += 1;
  const heading = ` ${chapters}  ${title} `;
  print();
  print(styleText(['bold', 'cyan'], heading) + styleText('dim', '─'.repeat(WIDTH - heading.length)));
  print();
}

/** A paragraph, broken into lines. */
export function say(text: string): void {
  for (const line of wrap(text, WIDTH - 2)) print(` ${line}`);
  print();
}

/** Prints what the demo says of itself, and remembers it if it is not so. */
export function claim(text: string, holds: boolean): void {
  if (!holds) broken.push(text);
  print(holds ? ` ${styleText('green', '✓')} ${text}` : ` ${styleText('red', '✗')} ${styleText('red', text)}`);
}

/** Claims that did not hold, in order. */
export function brokenClaims(): readonly string[] {
  return broken;
}

export type Cell = string | number;

/** Numbers stand at the right and have separators; the first row is the heading. */
export function table(heading: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const texts = [heading, ...rows.map((row) => row.map(formatCell))];
  const widths = heading.map((_, column) => Math.max(...texts.map((row) => (row[column] ?? '').length)));
  const isNumeric = heading.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  texts.forEach((row, at) => {
    const cells = row.map((text, column) =>
      isNumeric[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0),
    );
    const line = cells.join('   ').trimEnd();
    print(`   ${at === 0 ? styleText('dim', line) : line}`);
  });
  print();
}

/** Lines that are quoted as they are, e.g. a message or a result. */
export function quote(text: string): void {
  const lines = text.split('\n').flatMap((line) => (line.startsWith(' ') ? [line] : wrap(line, WIDTH - 5)));
  for (const line of lines) print(`   ${styleText('dim', '│')} ${line}`);
  print();
}

export function lead(text: string): void {
  print(` ${styleText('bold', text)}`);
}

/** Runs a step and answers its result and how long it took, e.g. `1.2 s`. */
export async function timed<Result>(step: () => Promise<Result>): Promise<readonly [Result, string]> {
  const startedAtMs = performance.now();
  const result = await step();
  return [result, formatSeconds(performance.now() - startedAtMs)];
}

export function formatSeconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `sha256:0f3a…`, enough to compare by eye. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 'sha256:'.length + 12)}…`;
}

export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function formatCell(cell: Cell): string {
  return typeof cell === 'number' ? formatCount(cell) : cell;
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
