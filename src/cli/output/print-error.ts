import { type ErrorReport, isSlicewiseError } from '../../domain/errors.ts';
import { formatJson } from './format-json.ts';
import type { Paint, Sink } from './terminal.ts';
import { printable } from './text-width.ts';

export interface ErrorPrinting {
  readonly format: 'human' | 'json';
  /** Whether to show where in the code it came from (SLICEWISE_DEBUG=1). */
  readonly detail: 'message' | 'stack';
}

/** Writes the error that ended a command: two lines for people, or `{"error":…}` on one line. */
export async function printError(error: unknown, sink: Sink, { format, detail }: ErrorPrinting): Promise<void> {
  const report = reportOf(error);
  const stack = detail === 'stack' && error instanceof Error ? `${stackOf(error)}\n` : '';
  if (format === 'json') {
    await sink.write(`${formatJson({ error: report })}\n${stack}`);
  } else {
    await sink.write(renderError(report, sink.paint) + stack);
  }
}

/** `error CODE` and, below it, the message: where, what was expected, what was found, what to do. */
export function renderError(report: ErrorReport, paint: Paint): string {
  const softly = report.retryable ? paint('dim', ' (the same command again may succeed)') : '';
  const message = report.message.split('\n').map((line) => `  ${printable(line)}\n`);
  return `${paint('red', 'error')} ${paint('bold', report.code)}${softly}\n${message.join('')}`;
}

/** What a command says of any error; one that is not a `SlicewiseError` is a bug of ours. */
export function reportOf(error: unknown): ErrorReport {
  if (isSlicewiseError(error)) return error.toJSON();
  const found = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal.unexpected',
    category: 'InvariantViolation',
    retryable: false,
    message: `slicewise: expected no failure of its own, found: ${found}. Run it with SLICEWISE_DEBUG=1 and report it.`,
    details: {},
  };
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return (error.stack ?? error.message) + cause;
}
