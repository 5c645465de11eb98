import type { ViewResult } from '../../domain/view/view-result.ts';
import { SYSTEM_CLOCK } from '../../ports/clock.ts';
import { SILENT_LOGGER } from '../../ports/logger.ts';
import { NO_PAYLOAD_STORE } from '../../ports/payload-store.ts';
import { DEFAULT_RETRY_POLICY, retryingPayloadStore, retryingStore } from '../retry.ts';
import { type TracedOperation, traced } from '../telemetry.ts';
import { type BatchWork, runBatch } from './batch.ts';
import type { RuntimeContext } from './context.ts';
import { createContractCatalogue } from './contract-catalogue.ts';
import { createChangeSet } from './create-change-set.ts';
import { explain } from './explain.ts';
import { ingest } from './ingest.ts';
import { insertRawdata } from './insert-rawdata.ts';
import { activeVersion, getRawdata, listByState, listEntities, listManifests, listVersions } from './listings.ts';
import { queryView } from './query-view.ts';
import { createRecordCache } from './record-cache.ts';
import { resume } from './resume.ts';
import type { BatchCalls, BatchOptions, EntityInput, Items, QueryViewInput, Runtime } from './runtime.ts';
import type { CreateRuntimeOptions } from './runtime-options.ts';
import { slicing } from './slicing.ts';

const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;
const DEFAULT_CLAIM_TIMEOUT_MS = 5 * 60 * 1000;

/** The runtime itself, with all that it is made of; `createRuntime` loads this module with the first call. */
export function assembleRuntime(options: CreateRuntimeOptions): Runtime {
  const context = contextOf(options);
  return { ...callsOf(context), batch: batchCallsOf(context), close: () => context.store.close() };
}

function callsOf(context: RuntimeContext): Omit<Runtime, 'batch' | 'close'> {
  return {
    insertRawdata: (input, call) => traced('insertRawdata', input, () => insertRawdata(context, input, call?.signal)),
    createChangeSet: (input, call) =>
      traced('createChangeSet', input, () => createChangeSet(context, input, call?.signal)),
    slicing: (input, call) => traced('slicing', input, () => slicing(context, input, call?.signal)),
    queryView: (input, call) => traced('queryView', input, () => queryView(context, input, call?.signal)),
    ingest: (input, call) => traced('ingest', input, () => ingest(context, input, call?.signal)),
    getRawdata: (input, call) => traced('getRawdata', input, () => getRawdata(context, input, call?.signal)),
    listVersions: (input, call) => traced('listVersions', input, () => listVersions(context, input, call?.signal)),
    listManifests: (input, call) => traced('listManifests', input, () => listManifests(context, input, call?.signal)),
    listEntities: (input, call) => traced('listEntities', input, () => listEntities(context, input, call?.signal)),
    listByState: (input, call) => traced('listByState', input, () => listByState(context, input, call?.signal)),
    activeVersion: (input, call) => traced('activeVersion', input, () => activeVersion(context, input, call?.signal)),
    resume: (input, call) => traced('resume', input, () => resume(context, input, call)),
    explain: (input, call) => traced('explain', input, () => explain(context, input, call?.signal)),
  };
}

function contextOf(options: CreateRuntimeOptions): RuntimeContext {
  const retry = { ...DEFAULT_RETRY_POLICY, ...options.retry };
  const store = retryingStore(options.store, retry);
  const clock = options.clock ?? SYSTEM_CLOCK;
  const timestamp = () => new Date(clock.now()).toISOString();
  return {
    store,
    payloads: retryingPayloadStore(options.payloadStore ?? NO_PAYLOAD_STORE, retry),
    contracts: createContractCatalogue({ registry: options.registry, store, timestamp }),
    cache: createRecordCache(options.cache?.maxBytes ?? DEFAULT_CACHE_BYTES),
    clock,
    logger: options.logger ?? SILENT_LOGGER,
    retry,
    claimTimeoutMs: options.claimTimeoutMs ?? DEFAULT_CLAIM_TIMEOUT_MS,
    awaitEarlier: () => Promise.resolve(),
  };
}

function batchCallsOf(context: RuntimeContext): BatchCalls {
  const over = <Input extends EntityInput, Result>(
    operation: TracedOperation,
    flow: (context: RuntimeContext, input: Input) => Promise<Result>,
  ): BatchWork<Input, Result> => ({
    laneOf,
    run: (input, awaitEarlier) => {
      const ordered = { ...context, awaitEarlier: (address: EntityInput) => awaitEarlier(laneOf(address)) };
      return traced(operation, input, () => flow(ordered, input));
    },
  });
  return {
    insertRawdata: (items, options) => runBatch(items, over('insertRawdata', insertRawdata), options),
    createChangeSet: (items, options) => runBatch(items, over('createChangeSet', createChangeSet), options),
    slicing: (items, options) => runBatch(items, over('slicing', slicing), options),
    queryView: <Data>(items: Items<QueryViewInput>, options?: BatchOptions) =>
      runBatch(items, over<QueryViewInput, ViewResult<Data>>('queryView', queryView), options),
    ingest: (items, options) => runBatch(items, over('ingest', ingest), options),
  };
}

function laneOf({ tenantId, entityKey }: EntityInput): string {
  return `${tenantId}\n${entityKey}`;
}
