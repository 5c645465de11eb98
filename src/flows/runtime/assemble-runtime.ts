import type { ViewResult } from '../../domain/view/view-result.ts';
import { SYSTEM_CLOCK } from '../../ports/clock.ts';
import { SILENT_LOGGER } from '../../ports/logger.ts';
import { NO_PAYLOAD_STORE } from '../../ports/payload-store.ts';
import { retryingPayloadStore, retryingStore } from '../retry.ts';
import { type TracedOperation, traced } from '../telemetry.ts';
import { type BatchWork, runBatch } from './batch.ts';
import { collectPayloads } from './collection/collect-payloads.ts';
import { collectSlices } from './collection/collect-slices.ts';
import { type RuntimeContext, timestamper } from './context.ts';
import { createContractCatalogue } from './contract-catalogue.ts';
import { createChangeSet } from './create-change-set.ts';
import type { EntityInput } from './entity-input.ts';
import { eraseEntity } from './erasure/erase-entity.ts';
import { listErasures } from './erasure/list-erasures.ts';
import { explain } from './explain.ts';
import { applyFanOut } from './fan-out/apply-fan-out.ts';
import { planFanOuts } from './fan-out/plan-fan-out.ts';
import { gatheringStore } from './gathered-reads.ts';
import { ingest } from './ingest.ts';
import { insertRawdata } from './insert-rawdata.ts';
import { lookUpIndex } from './inverted-index/look-up-index.ts';
import { markIndexIncomplete, reindex } from './inverted-index/reindex.ts';
import { sweepIndex } from './inverted-index/sweep-index.ts';
import {
  activeVersion,
  getRawdata,
  getStatus,
  listByState,
  listEntities,
  listManifests,
  listVersions,
} from './listings.ts';
import { assertInput } from './parse-input.ts';
import { queryView } from './query-view.ts';
import { createRecordCache } from './record-cache.ts';
import { resume } from './resume.ts';
import type { BatchCalls, BatchOptions, Items, QueryViewInput, Runtime } from './runtime.ts';
import type { CreateRuntimeOptions, RuntimeSettings } from './runtime-options.ts';
import { slicing } from './slicing.ts';

/** The runtime itself, with all that it is made of; `createRuntime` loads this module with the first call. */
export function assembleRuntime(options: CreateRuntimeOptions, settings: RuntimeSettings): Runtime {
  const context = contextOf(options, settings);
  const underWay = new CallsUnderWay();
  return {
    ...callsOf(context, underWay),
    batch: batchCallsOf(context, underWay),
    close: () => underWay.drain().then(() => context.store.close()),
  };
}

/** Every call passes here: checked, traced, and waited for by `close`. */
class CallsUnderWay {
  readonly #running = new Set<Promise<unknown>>();

  run<Result>(operation: TracedOperation, input: object, call: () => Promise<Result>): Promise<Result> {
    const running = traced(operation, input, () => {
      assertInput(operation, input);
      return call();
    });
    this.#running.add(running);
    const leave = () => this.#running.delete(running);
    running.then(leave, leave);
    return running;
  }

  async drain(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}

function callsOf(context: RuntimeContext, underWay: CallsUnderWay): Omit<Runtime, 'batch' | 'close'> {
  return {
    insertRawdata: (input, call) => underWay.run('insertRawdata', input, () => insertRawdata(context, input, call)),
    createChangeSet: (input, call) =>
      underWay.run('createChangeSet', input, () => createChangeSet(context, input, call?.signal)),
    slicing: (input, call) => underWay.run('slicing', input, () => slicing(context, input, call?.signal)),
    queryView: (input, call) => underWay.run('queryView', input, () => queryView(context, input, call?.signal)),
    ingest: (input, call) => underWay.run('ingest', input, () => ingest(context, input, call)),
    planFanOut: (input, call) =>
      underWay.run('planFanOut', input, () =>
        planFanOuts(context, { tenantId: input.tenantId, changes: [input] }, call?.signal),
      ),
    planFanOuts: (input, call) => underWay.run('planFanOut', input, () => planFanOuts(context, input, call?.signal)),
    applyFanOut: (plan, call) => underWay.run('applyFanOut', plan, () => applyFanOut(context, plan, call)),
    getRawdata: (input, call) => underWay.run('getRawdata', input, () => getRawdata(context, input, call?.signal)),
    listVersions: (input, call) =>
      underWay.run('listVersions', input, () => listVersions(context, input, call?.signal)),
    listManifests: (input, call) =>
      underWay.run('listManifests', input, () => listManifests(context, input, call?.signal)),
    listEntities: (input, call) =>
      underWay.run('listEntities', input, () => listEntities(context, input, call?.signal)),
    listByState: (input, call) => underWay.run('listByState', input, () => listByState(context, input, call?.signal)),
    getStatus: (input, call) => underWay.run('getStatus', input, () => getStatus(context, input, call?.signal)),
    lookUpIndex: (input, call) => underWay.run('lookUpIndex', input, () => lookUpIndex(context, input, call?.signal)),
    sweepIndex: (input, call) => underWay.run('sweepIndex', input, () => sweepIndex(context, input, call?.signal)),
    activeVersion: (input, call) =>
      underWay.run('activeVersion', input, () => activeVersion(context, input, call?.signal)),
    resume: (input, call) => underWay.run('resume', input, () => resume(context, input, call)),
    reindex: (input, call) => underWay.run('reindex', input, () => reindex(context, input, call)),
    markIndexIncomplete: (input, call) =>
      underWay.run('markIndexIncomplete', input, () => markIndexIncomplete(context, input, call?.signal)),
    collectPayloads: (input, call) =>
      underWay.run('collectPayloads', input, () => collectPayloads(context, input, call)),
    collectSlices: (input, call) => underWay.run('collectSlices', input, () => collectSlices(context, input, call)),
    eraseEntity: (input, call) => underWay.run('eraseEntity', input, () => eraseEntity(context, input, call)),
    listErasures: (input, call) =>
      underWay.run('listErasures', input, () => listErasures(context, input, call?.signal)),
    explain: (input, call) => underWay.run('explain', input, () => explain(context, input, call?.signal)),
  };
}

function contextOf(options: CreateRuntimeOptions, settings: RuntimeSettings): RuntimeContext {
  const { retry, cacheBytes, claimTimeoutMs } = settings;
  const store = retryingStore(options.store, retry);
  const clock = options.clock ?? SYSTEM_CLOCK;
  const timestamp = timestamper(clock);
  const logger = options.logger ?? SILENT_LOGGER;
  return {
    store,
    payloads: retryingPayloadStore(options.payloadStore ?? NO_PAYLOAD_STORE, retry),
    contracts: createContractCatalogue({ registry: options.registry, store, logger, timestamp }),
    cache: createRecordCache(cacheBytes),
    clock,
    timestamp,
    logger,
    retry,
    claimTimeoutMs,
    awaitEarlier: () => Promise.resolve(),
  };
}

function batchCallsOf(single: RuntimeContext, underWay: CallsUnderWay): BatchCalls {
  const context = { ...single, store: gatheringStore(single.store) };
  const over = <Input extends EntityInput, Result>(
    operation: TracedOperation,
    flow: (context: RuntimeContext, input: Input) => Promise<Result>,
  ): BatchWork<Input, Result> => ({
    laneOf,
    run: (input, awaitEarlier) => {
      const ordered = { ...context, awaitEarlier: (address: EntityInput) => awaitEarlier(laneOf(address)) };
      return underWay.run(operation, input, () => flow(ordered, input));
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

/** An input that is no object has no lane to wait in; its call refuses it. */
function laneOf(input: EntityInput | null | undefined): string {
  return `${input?.tenantId}\n${input?.entityKey}`;
}
