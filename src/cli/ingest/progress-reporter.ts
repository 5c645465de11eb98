import type { Sink } from '../output/terminal.ts';
import { type ProgressState, renderProgressBar, renderProgressLine } from './progress.ts';

/** Shows how far a run is, on stderr: a bar where that is a terminal, a line every few seconds elsewhere. */
export interface ProgressReporter {
  update(state: Omit<ProgressState, 'elapsedMs'>): Promise<void>;
  /** Text between two updates, which must not run into the bar. */
  interrupt(text: string): Promise<void>;
  /** Takes the bar away. */
  close(): Promise<void>;
}

const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;
const CLEAR_LINE = '\r\u001b[2K';

export interface ProgressOptions {
  readonly sink: Sink;
  readonly now: () => number;
  /** `bar-only`: machines read stderr too, so nothing but a terminal gets progress. */
  readonly show: 'always' | 'bar-only';
}

export function createProgressReporter({ sink, now, show }: ProgressOptions): ProgressReporter {
  const startedAt = now();
  const everyMs = sink.isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS;
  let shownAt = startedAt;
  let isBarVisible = false;
  const clear = async () => {
    if (isBarVisible) await sink.write(CLEAR_LINE);
    isBarVisible = false;
  };
  return {
    async update(state) {
      const at = now();
      if (at - shownAt < everyMs || (!sink.isTerminal && show === 'bar-only')) return;
      shownAt = at;
      const timed = { ...state, elapsedMs: at - startedAt };
      if (!sink.isTerminal) return sink.write(`${renderProgressLine(timed)}\n`);
      isBarVisible = true;
      await sink.write(CLEAR_LINE + renderProgressBar(timed, sink.columns - 1));
    },
    async interrupt(text) {
      await clear();
      await sink.write(text);
    },
    close: clear,
  };
}
