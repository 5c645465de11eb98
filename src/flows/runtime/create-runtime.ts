import { type Clock, SYSTEM_CLOCK } from '../../ports/clock.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import { type Logger, SILENT_LOGGER } from '../../ports/logger.ts';
import { NO_PAYLOAD_STORE, type PayloadStore } from '../../ports/payload-store.ts';
import type { Store } from '../../ports/store.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy, retryingPayloadStore, retryingStore } from '../retry.ts';
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
import type { BatchCalls, EntityInput, Runtime } from './runtime.ts';
import { slicing } from './slicing.ts';

export interface CreateRuntimeOptions {
  /** Where records live. The runtime closes it. */
  readonly store: Store;
  /** Where contracts come from. */
  readonly registry: ContractRegistry;
  /** Where RawData payloads from 100 KB live. Without one, such a payload is refused. */
  readonly payloadStore?: PayloadStore;
  /** In pino's shape; silent by default. Payloads are never logged. */
  readonly logger?: Logger;
  /** How soft errors are retried. */
  readonly retry?: Partial<RetryPolicy>;
  readonly cache?: {
    /** For committed manifests and slices, which never change. 0 turns it off. Default 32 MB. */
    readonly maxBytes?: number;
  };
  /** How old the claim of another `resume` must be to be taken over. Default 5 minutes. */
  readonly claimTimeoutMs?: number;
  /** For tests; metadata only. */
  readonly clock?: Clock;
}

const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;
const DEFAULT_CLAIM_TIMEOUT_MS = 5 * 60 * 1000;

/** Assembles a runtime over a store and a contract registry (rfc-v4-001 §2-1). Loads nothing until it is called. */
export function createRuntime(options: CreateRuntimeOptions): Runtime {
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
