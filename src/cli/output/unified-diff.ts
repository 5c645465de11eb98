import type { Paint } from './terminal.ts';
import { printable } from './text-width.ts';

const CONTEXT_LINES = 3;

interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  /** With its line break, where it has one. */
  readonly text: string;
}

/** What becomes of a file, as `diff -u` shows it and `patch` reads it; nothing where it stays as it is. */
export function unifiedDiff(path: string, before: string, after: string, paint: Paint): string {
  if (before === after) return '';
  const lines = diffLines(linesOf(before), linesOf(after));
  const heads = [`--- ${path}`, `+++ ${path}`].map((head) => `${paint('bold', printable(head))}\n`);
  return [...heads, ...hunksOf(lines).map((hunk) => renderHunk(lines, hunk, paint))].join('');
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The shortest edit script (Myers 1986): its cost follows what differs, not how long the file is. */
function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const trace = traceEdits(before, after);
  const lines: DiffLine[] = [];
  let [x, y] = [before.length, after.length];
  for (const [edits, reached] of [...trace.entries()].reverse()) {
    const diagonal = x - y;
    const fromAbove = isFromAbove(reached, diagonal, edits);
    const previous = fromAbove ? diagonal + 1 : diagonal - 1;
    const startX = edits === 0 ? 0 : (reached.get(previous) ?? 0);
    const startY = edits === 0 ? 0 : startX - previous;
    while (x > startX && y > startY) {
      x -= 1;
      y -= 1;
      lines.push({ sign: ' ', text: before[x] ?? '' });
    }
    if (edits === 0) break;
    lines.push(fromAbove ? { sign: '+', text: after[startY] ?? '' } : { sign: '-', text: before[startX] ?? '' });
    [x, y] = [startX, startY];
  }
  return lines.reverse();
}

/** For each number of edits, how far along each diagonal one came with fewer. */
function traceEdits(before: readonly string[], after: readonly string[]): readonly ReadonlyMap<number, number>[] {
  const trace: ReadonlyMap<number, number>[] = [];
  let reached = new Map<number, number>();
  for (let edits = 0; ; edits += 1) {
    trace.push(reached);
    const further = new Map(reached);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = startOf(reached, diagonal, edits);
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      further.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return trace;
    }
    reached = further;
  }
}

function startOf(reached: ReadonlyMap<number, number>, diagonal: number, edits: number): number {
  if (edits === 0) return 0;
  return isFromAbove(reached, diagonal, edits)
    ? (reached.get(diagonal + 1) ?? 0)
    : (reached.get(diagonal - 1) ?? 0) + 1;
}

/** Whether the best way to a diagonal is to insert a line; deletions come first where both are as good. */
function isFromAbove(reached: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  if (diagonal === -edits) return true;
  if (diagonal === edits) return false;
  return (reached.get(diagonal - 1) ?? 0) < (reached.get(diagonal + 1) ?? 0);
}

interface Hunk {
  readonly start: number;
  readonly end: number;
}

/** Changes with the lines around them; those that touch are one. */
function hunksOf(lines: readonly DiffLine[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  for (const [index, { sign }] of lines.entries()) {
    if (sign === ' ') continue;
    const start = Math.max(0, index - CONTEXT_LINES);
    const end = Math.min(lines.length, index + 1 + CONTEXT_LINES);
    const last = hunks.at(-1);
    if (last !== undefined && start <= last.end) hunks[hunks.length - 1] = { start: last.start, end };
    else hunks.push({ start, end });
  }
  return hunks;
}

function renderHunk(lines: readonly DiffLine[], { start, end }: Hunk, paint: Paint): string {
  const [front, shown] = [lines.slice(0, start), lines.slice(start, end)];
  const range = (other: '-' | '+'): string => {
    const countIn = (some: readonly DiffLine[]): number => some.filter(({ sign }) => sign !== other).length;
    const count = countIn(shown);
    return `${countIn(front) + (count === 0 ? 0 : 1)},${count}`;
  };
  const head = paint('cyan', `@@ -${range('+')} +${range('-')} @@`);
  return `${head}\n${shown.map((line) => renderLine(line, paint)).join('')}`;
}

function renderLine({ sign, text }: DiffLine, paint: Paint): string {
  const hasBreak = text.endsWith('\n');
  const line = sign + showTabs(hasBreak ? text.slice(0, -1) : text);
  const painted = sign === ' ' ? line : paint(sign === '+' ? 'green' : 'red', line);
  return `${painted}\n${hasBreak ? '' : '\\ No newline at end of file\n'}`;
}

/** Tabs indent, and a carriage return ends a line of Windows; everything else that steers a terminal is escaped. */
function showTabs(text: string): string {
  const body = text.endsWith('\r') ? text.slice(0, -1) : text;
  return body.split('\t').map(printable).join('\t');
}
