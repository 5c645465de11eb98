import { isSlicewiseError } from '../domain/errors.ts';

/** What a shell learns from `slicewise`. */
export const EXIT_DONE = 0 as const;
/** Something was refused or is not valid; the same command again answers the same. */
export const EXIT_REFUSED = 1 as const;
/** The command line itself is wrong. */
export const EXIT_USAGE = 2 as const;
/** Stopped or failed softly; the same command again goes on. */
export const EXIT_RETRY = 3 as const;

export type ExitCode = typeof EXIT_DONE | typeof EXIT_REFUSED | typeof EXIT_USAGE | typeof EXIT_RETRY;

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!isSlicewiseError(error)) return EXIT_REFUSED;
  if (error.code === 'cli.usage') return EXIT_USAGE;
  return error.retryable || error.category === 'Aborted' ? EXIT_RETRY : EXIT_REFUSED;
}
