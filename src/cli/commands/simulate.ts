import { createMemoryPayloadStore, createMemoryStore } from '../../adapters/memory/index.ts';
import { createRuntime } from '../../flows/runtime/create-runtime.ts';
import type { InsertRawdataResult, Runtime } from '../../flows/runtime/runtime.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import { withDraftsActive } from '../contracts/drafts-active.ts';
import { EXIT_DONE, EXIT_REFUSED, EXIT_RETRY, type ExitCode } from '../exit-code.ts';
import { ingestRecords } from '../ingest/ingest-records.ts';
import { openRecords } from '../ingest/open-records.ts';
import { RECORD_BYTES_MAX } from '../ingest/record-limit.ts';
import type { RecordOutcome } from '../ingest/record-outcome.ts';
import { renderRefusal } from '../ingest/refusal-printer.ts';
import type { Invocation } from '../invocation.ts';
import { openLogger } from '../open-logger.ts';
import { withRegistry } from '../open-registry.ts';
import { formatJson } from '../output/format-json.ts';
import { renderSimulation } from '../simulate/render-simulation.ts';
import { type SimulatedVersion, simulateVersions } from '../simulate/simulate-versions.ts';
import { withStop } from '../with-stop.ts';

const CONCURRENCY = 100;

export function run(invocation: Invocation): Promise<ExitCode> {
  return withRegistry(invocation.settings, (registry) => simulate(invocation, withDraftsActive(registry)));
}

async function simulate(invocation: Invocation, registry: ContractRegistry): Promise<ExitCode> {
  const logger = await openLogger(invocation.settings.logLevel);
  const runtime = createRuntime({
    store: createMemoryStore(),
    payloadStore: createMemoryPayloadStore(),
    registry,
    logger,
  });
  return withStop(async (stop) => {
    const { inserted, refused } = await insertAll(invocation, runtime, stop);
    let hasRefusals = refused > 0;
    for await (const version of simulateVersions(runtime, registry, inserted)) {
      if (stop.signal.aborted || invocation.terminal.out.isClosed) return EXIT_RETRY;
      await printVersion(invocation, version);
      hasRefusals ||= version.ruleSets.some(({ changeset, slices }) => 'error' in changeset || 'error' in slices);
    }
    return hasRefusals ? EXIT_REFUSED : EXIT_DONE;
  });
}

/** All RawData first, so that a join finds its source in whichever file it stands. */
async function insertAll(invocation: Invocation, runtime: Runtime, stop: AbortController) {
  const { flags, settings, positionals } = invocation;
  const inserted: InsertRawdataResult[] = [];
  let refused = 0;
  for (const path of positionals) {
    const records = await openRecords(path, { recordBytesMax: RECORD_BYTES_MAX, stop: stop.signal });
    const outcomes = ingestRecords(records.iterator, {
      runtime,
      tenantId: settings.tenantId,
      schemaRef: flags.text('schema') ?? null,
      mode: 'insert',
      recordBytesMax: RECORD_BYTES_MAX,
      concurrency: CONCURRENCY,
      stop,
    });
    for await (const outcome of outcomes) {
      if ('result' in outcome) inserted.push(outcome.result);
      else {
        refused += 1;
        await printRefusal(invocation, records.name, outcome);
      }
    }
  }
  return { inserted, refused };
}

async function printVersion({ settings, terminal }: Invocation, version: SimulatedVersion): Promise<void> {
  const { out } = terminal;
  if (settings.format === 'json') return out.write(`${formatJson(version)}\n`);
  const style = { paint: out.paint, columns: out.columns, hashes: settings.hashes };
  return out.write(`${renderSimulation(version, style)}\n`);
}

type Refusal = Extract<RecordOutcome, { readonly error: unknown }>;

async function printRefusal({ settings, terminal }: Invocation, source: string, refusal: Refusal): Promise<void> {
  const { line, outcome, error } = refusal;
  if (settings.format === 'json') return terminal.out.write(`${formatJson({ source, line, outcome, error })}\n`);
  return terminal.err.write(renderRefusal({ source, line, what: outcome, report: error }, terminal.err.paint));
}
