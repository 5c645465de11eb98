/** How far a run is, as one line of text. Times come in as numbers, so that what is shown can be tested. */
export interface ProgressState {
  /** What `done` counts, e.g. `records`. */
  readonly unit: string;
  readonly done: number;
  readonly refused: number;
  /** How much of `total` lies behind: bytes of the input, say, or `done` itself. */
  readonly reached: number;
  /** `null` where nobody can know. */
  readonly total: number | null;
  readonly elapsedMs: number;
}

const BAR_COLUMNS = 24;
const BAR_STEPS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** e.g. `███████▌      31%  12,400 records  3,100/s  12 refused  about 9 s left`, at most `columns` wide. */
export function renderProgressBar(state: ProgressState, columns: number): string {
  const fraction = fractionOf(state);
  const parts = fraction === null ? [] : [`${renderBar(fraction)} ${`${Math.floor(fraction * 100)}%`.padStart(4)}`];
  return fit([...parts, ...describeProgress(state)], columns);
}

/** The same without a bar, for logs: `31%, 12,400 records, 3,100/s`. */
export function renderProgressLine(state: ProgressState): string {
  const fraction = fractionOf(state);
  const percent = fraction === null ? [] : [`${Math.floor(fraction * 100)}%`];
  return [...percent, ...describeProgress(state)].join(', ');
}

/** Digits in groups of three, the same in every locale. */
export function groupDigits(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function describeProgress(state: ProgressState): string[] {
  const { unit, done, refused, elapsedMs } = state;
  const parts = [`${groupDigits(done)} ${unit}`];
  if (elapsedMs > 0) parts.push(`${groupDigits(Math.round((done * 1_000) / elapsedMs))}/s`);
  if (refused > 0) parts.push(`${groupDigits(refused)} refused`);
  const fraction = fractionOf(state);
  if (fraction !== null && fraction > 0 && fraction < 1) {
    parts.push(`about ${renderDuration((elapsedMs * (1 - fraction)) / fraction)} left`);
  }
  return parts;
}

function fractionOf({ reached, total }: ProgressState): number | null {
  if (total === null || total === 0) return null;
  return Math.min(1, reached / total);
}

function renderBar(fraction: number): string {
  const steps = Math.floor(fraction * BAR_COLUMNS * 8);
  const bar = '█'.repeat(Math.floor(steps / 8)) + (BAR_STEPS[steps % 8] ?? '');
  return bar.padEnd(BAR_COLUMNS, '░');
}

export function renderDuration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function fit(parts: readonly string[], columns: number): string {
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}  ${part}`;
    if (longer.length > columns) break;
    line = longer;
  }
  return line;
}
