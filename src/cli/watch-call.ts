import { hasCode } from '../domain/errors.ts';
import type { ProgressState } from './ingest/progress.ts';
import { createProgressReporter } from './ingest/progress-reporter.ts';
import type { Invocation } from './invocation.ts';

/** A call of the runtime that reports how far it is, and that a signal may stop between two steps. */
export interface WatchedCall<Reached, Result> {
  readonly call: (watch: {
    readonly signal: AbortSignal;
    readonly onProgress: (reached: Reached) => void;
  }) => Promise<Result>;
  /** How that is shown. */
  readonly stateOf: (reached: Reached) => Omit<ProgressState, 'elapsedMs'>;
}

export type CallEnd<Reached, Result> =
  | { readonly result: Result }
  /** How far it had come; `undefined`: it had reported nothing. */
  | { readonly stoppedAt: Reached | undefined };

/** Shows on stderr how far a call is, until it ends or the signal stops it. */
export async function watchCall<Reached, Result>(
  { settings, terminal }: Invocation,
  signal: AbortSignal,
  { call, stateOf }: WatchedCall<Reached, Result>,
): Promise<CallEnd<Reached, Result>> {
  const progress = createProgressReporter({
    sink: terminal.err,
    now: () => performance.now(),
    show: settings.format === 'json' ? 'bar-only' : 'always',
  });
  let stoppedAt: Reached | undefined;
  // The runtime waits for no caller, so what is shown makes a queue of its own.
  let shown = Promise.resolve();
  const onProgress = (reached: Reached) => {
    stoppedAt = reached;
    shown = shown.then(() => progress.update(stateOf(reached)));
  };
  try {
    return { result: await call({ signal, onProgress }) };
  } catch (error) {
    if (!signal.aborted || !hasCode(error, 'call.aborted')) throw error;
    return { stoppedAt };
  } finally {
    await shown;
    await progress.close();
  }
}
