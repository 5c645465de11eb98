import { SYSTEM_CLOCK } from '../../ports/clock.ts';
import { SILENT_LOGGER } from '../../ports/logger.ts';
import { NO_PAYLOAD_STORE } from '../../ports/payload-store.ts';
import { DEFAULT_RETRY_POLICY, retryingPayloadStore, retryingStore } from '../retry.ts';
import { type BatchWork, runBatch } from './batch.ts';
import type { RuntimeContext } from './context.ts';
import { createContractCatalogue } from './contract-catalogue.ts';
import { createChangeSet } from './create-change-set.ts';
import type { CreateRuntimeOptions } from './create-runtime.ts';
import { explain } from './explain.ts';
import { ingest } from './ingest.ts';
import { insertRawdata } from './insert-rawdata.ts';
import { activeVersion, getRawdata, listByState, listEntities, listManifests, listVersions } from './listings.ts';
import { queryView } from './query-view.ts';
import { createRecordCache } from './record-cache.ts';
import { resume } from './resume.ts';
import type { BatchCalls, EntityInput, Runtime } from './runtime.ts';
import { slicing } from './slicing.ts';

const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;
const DEFAULT_CLAIM_TIMEOUT_MS = 5 * 60 * 1000;

/** The runtime itself, with all that it is made of; `createRuntime` loads this module with the first call. */
export function assembleRuntime(options: CreateRuntimeOptions): Runtime {
  const context = contextOf(options);
  return {
    insertRawdata: (input, call) => insertRawdata(context, input, call?.signal),
    createChangeSet: (input, call) => createChangeSet(context, input, call?.signal),
    slicing: (input, call) => slicing(context, input, call?.signal),
    queryView: (input, call) => queryView(context, input, call?.signal),
    ingest: (input, call) => ingest(context, input, call?.signal),
    batch: batchCallsOf(context),
    getRawdata: (input, call) => getRawdata(context, input, call?.signal),
    listVersions: (input, call) => listVersions(context, input, call?.signal),
    listManifests: (input, call) => listManifests(context, input, call?.signal),
    listEntities: (input, call) => listEntities(context, input, call?.signal),
    listByState: (input, call) => listByState(context, input, call?.signal),
    activeVersion: (input, call) => activeVersion(context, input, call?.signal),
    resume: (input, call) => resume(context, input, call),
    explain: (input, call) => explain(context, input, call?.signal),
    close: () => context.store.close(),
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
  };
}

function batchCallsOf(context: RuntimeContext): BatchCalls {
  return {
    insertRawdata: (items, options) =>
      runBatch(
        items,
        perEntity((input) => insertRawdata(context, input)),
        options,
      ),
    createChangeSet: (items, options) =>
      runBatch(
        items,
        perEntity((input) => createChangeSet(context, input)),
        options,
      ),
    slicing: (items, options) =>
      runBatch(
        items,
        perEntity((input) => slicing(context, input)),
        options,
      ),
    queryView: (items, options) =>
      runBatch(
        items,
        perEntity((input) => queryView(context, input)),
        options,
      ),
    ingest: (items, options) =>
      runBatch(
        items,
        perEntity((input) => ingest(context, input)),
        options,
      ),
  };
}

function perEntity<Input extends EntityInput, Result>(
  run: (input: Input) => Promise<Result>,
): BatchWork<Input, Result> {
  return { run, laneOf: ({ tenantId, entityKey }) => `${tenantId}\n${entityKey}` };
}
