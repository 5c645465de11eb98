import type { Runtime } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, EXIT_REFUSED, EXIT_RETRY, type ExitCode } from '../exit-code.ts';
import { parseCount } from '../flags.ts';
import { ingestRecords } from '../ingest/ingest-records.ts';
import { openRecords } from '../ingest/open-records.ts';
import { createProgressReporter } from '../ingest/progress-reporter.ts';
import { RECORD_BYTES_MAX } from '../ingest/record-limit.ts';
import { addOutcome, EMPTY_TALLY, type IngestTally, type RecordOutcome } from '../ingest/record-outcome.ts';
import { createRefusalPrinter } from '../ingest/refusal-printer.ts';
import { openRejectsFile } from '../ingest/rejects-file.ts';
import { renderTally } from '../ingest/render-tally.ts';
import { type Invocation, positional } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { formatJson } from '../output/format-json.ts';
import { withStop } from '../with-stop.ts';

const CONCURRENCY = 100;

export async function run(invocation: Invocation): Promise<ExitCode> {
  return withRuntime(
    invocation,
    (runtime) =>
      withStop(async (stop) => {
        const run = await ingestInput(invocation, runtime, stop);
        await printSummary(invocation, run);
        if (run.failure !== null) throw run.failure;
        return exitCodeFor(run);
      }),
    { whenStoreAbsent: 'create' },
  );
}

interface FinishedRun {
  readonly tally: IngestTally;
  readonly isStopped: boolean;
  readonly rejectsPath: string | null;
  /** What ended the reading early, told after the counts of what came before it. */
  readonly failure: unknown;
}

async function ingestInput(invocation: Invocation, runtime: Runtime, stop: AbortController): Promise<FinishedRun> {
  const { flags, settings, terminal } = invocation;
  const path = positional(invocation, 0);
  const recordBytesMax = parseCount(flags.text('maxRecordBytes') ?? String(RECORD_BYTES_MAX), '--max-record-bytes');
  // Nobody reads the outcomes any more: what is under way is finished, nothing new is begun.
  terminal.out.closed.addEventListener('abort', () => stop.abort());
  const records = await openRecords(path, { recordBytesMax, stop: stop.signal });
  const rejectsPath = flags.text('rejects') ?? null;
  const rejects = rejectsPath === null ? null : await openRejectsFile(rejectsPath, path);
  const report = createReporter(invocation, records.name);
  const outcomes = ingestRecords(records.iterator, {
    runtime,
    tenantId: settings.tenantId,
    schemaRef: flags.text('schema') ?? null,
    mode: flags.has('insertOnly') ? 'insert' : 'ingest',
    recordBytesMax,
    concurrency: CONCURRENCY,
    stop,
  });
  let tally = EMPTY_TALLY;
  let failure: unknown = null;
  try {
    for await (const outcome of outcomes) {
      tally = addOutcome(tally, outcome);
      await rejects?.write(outcome);
      await report.outcome(outcome);
      await report.progress({ ...tally, reached: records.bytesRead(), total: records.bytesTotal });
    }
  } catch (error) {
    failure = error;
  }
  await report.close();
  await rejects?.close();
  return { tally, isStopped: stop.signal.aborted, rejectsPath, failure };
}

/** What is shown while it runs. */
function createReporter(invocation: Invocation, source: string) {
  const { out, err } = invocation.terminal;
  const isJson = invocation.settings.format === 'json';
  const progress = createProgressReporter({
    sink: err,
    now: () => performance.now(),
    show: isJson ? 'bar-only' : 'always',
  });
  const refusals = createRefusalPrinter(invocation, source, progress);
  return {
    outcome: (outcome: RecordOutcome) =>
      isJson ? out.write(`${formatJson(describeOutcome(outcome))}\n`) : refusals.print(outcome),
    progress: ({ read, refused, reached, total }: IngestTally & { reached: number; total: number | null }) =>
      progress.update({ unit: 'records', done: read, refused, reached, total }),
    close: () => progress.close(),
  };
}

function describeOutcome(outcome: RecordOutcome): object {
  if (!('error' in outcome)) return outcome;
  return { line: outcome.line, outcome: outcome.outcome, error: outcome.error };
}

async function printSummary({ settings, terminal, flags }: Invocation, run: FinishedRun): Promise<void> {
  if (settings.format === 'json') {
    await terminal.out.write(`${formatJson({ summary: { ...run.tally, stopped: run.isStopped } })}\n`);
  } else {
    await terminal.out.write(renderTally({ ...run, flags }, terminal.out.paint));
  }
}

function exitCodeFor({ tally, isStopped }: FinishedRun): ExitCode {
  if (isStopped || tally.failed > 0) return EXIT_RETRY;
  return tally.refused + tally.slicingRefused > 0 ? EXIT_REFUSED : EXIT_DONE;
}
