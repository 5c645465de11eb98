import type { ErrorReport } from '../../domain/errors.ts';
import type { Invocation } from '../invocation.ts';
import type { Paint } from '../output/terminal.ts';
import { printable } from '../output/text-width.ts';
import type { ProgressReporter } from './progress-reporter.ts';
import { type RecordOutcome, slicingRefusalsOf } from './record-outcome.ts';

/** Tells people, on stderr, which records were refused and why: the first ones, the rest is counted. */
export interface RefusalPrinter {
  print(outcome: RecordOutcome): Promise<void>;
}

const PRINTED_MAX = 20;

export function createRefusalPrinter(
  { terminal, flags }: Invocation,
  source: string,
  progress: ProgressReporter,
): RefusalPrinter {
  const { paint } = terminal.err;
  let printed = 0;
  return {
    async print(outcome) {
      for (const refusal of refusalsOf(outcome)) {
        printed += 1;
        if (printed <= PRINTED_MAX)
          await progress.interrupt(renderRefusal({ source, line: outcome.line, ...refusal }, paint));
        if (printed === PRINTED_MAX) await progress.interrupt(`${paint('dim', hintAtTheRest())}\n`);
      }
    },
  };

  function hintAtTheRest(): string {
    return flags.text('rejects') === undefined
      ? '… further ones are only counted; --rejects FILE writes them all'
      : '… further ones are only counted here';
  }
}

export interface ShownRefusal {
  /** The input's name. */
  readonly source: string;
  readonly line: number;
  /** e.g. `refused`. */
  readonly what: string;
  readonly report: ErrorReport;
}

function refusalsOf(outcome: RecordOutcome): readonly Pick<ShownRefusal, 'what' | 'report'>[] {
  if ('error' in outcome) return [{ what: outcome.outcome, report: outcome.error }];
  return slicingRefusalsOf(outcome.result).map(({ ruleSetRef, error }) => ({
    what: `in, but not sliced under ${ruleSetRef}`,
    report: error,
  }));
}

/** `FILE:LINE refused CODE` and, below it, the message. */
export function renderRefusal({ source, line, what, report }: ShownRefusal, paint: Paint): string {
  const place = paint('yellow', `${printable(source)}:${line}`);
  const message = report.message.split('\n').map((line) => `  ${printable(line)}\n`);
  return `${place} ${what} ${paint('bold', report.code)}\n${message.join('')}`;
}
