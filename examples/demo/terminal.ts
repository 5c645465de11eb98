import { styleText } from 'node:util';

/**
 * How the demo speaks: chapters, sentences, small tables, and claims that are checked while they are printed.
 * Colours follow the terminal and NO_COLOR, as `styleText` does.
 */

const WIDTH = 88;

let chapters = 0;
let isLastLineEmpty = true;
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
  const [first = '', ...others] = wrap(text, WIDTH - 4);
  print(holds ? ` ${styleText('green', '✓')} ${first}` : ` ${styleText('red', `✗ ${first}`)}`);
  for (const line of others) print(`   ${line}`);
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

/** A message, broken into lines; those of a list keep their indent. */
export function quote(text: string): void {
  for (const line of text.split('\n')) {
    const indent = /^ */.exec(line)?.[0] ?? '';
    for (const part of wrap(line.trimStart(), WIDTH - 5 - indent.length)) printQuoted(indent + part);
  }
  print();
}

/** The members of an object, one a line; a long value is cut. */
export function show(data: object): void {
  const members = Object.entries(data);
  const width = Math.max(...members.map(([name]) => name.length));
  const room = WIDTH - 8 - width;
  for (const [name, value] of members) {
    const text = JSON.stringify(value);
    printQuoted(
      `${styleText('dim', name.padEnd(width))}  ${text.length > room ? `${text.slice(0, room - 1)}…` : text}`,
    );
  }
  print();
}

function printQuoted(line: string): void {
  print(`   ${styleText('dim', '│')} ${line}`);
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

/** The same in whole milliseconds, for what takes few of them. */
export async function timedMs<Result>(step: () => Promise<Result>): Promise<readonly [Result, number]> {
  const startedAtMs = performance.now();
  const result = await step();
  return [result, Math.round(performance.now() - startedAtMs)];
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

/** One line; empty ones never follow each other. */
export function print(line = ''): void {
  if (line === '' && isLastLineEmpty) return;
  isLastLineEmpty = line === '';
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
