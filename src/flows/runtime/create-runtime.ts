import type { BatchCalls, Runtime } from './runtime.ts';
import { type CreateRuntimeOptions, settingsOf } from './runtime-options.ts';

/**
 * A runtime over a store and a contract registry (rfc-v4-001 §2-1). What it is made of is loaded with the first call,
 * so importing slicewise costs a service's start next to nothing.
 * @throws `input.invalid` where an option is out of its range
 */
export function createRuntime(options: CreateRuntimeOptions): Runtime {
  const settings = settingsOf(options);
  let loading: Promise<Runtime> | undefined;
  let loaded: Runtime | undefined;
  const load = (): Promise<Runtime> => {
    loading ??= import('./assemble-runtime.ts').then(({ assembleRuntime }) => {
      loaded = assembleRuntime(options, settings);
      return loaded;
    });
    return loading;
  };
  const pass = <Result>(call: (runtime: Runtime) => Promise<Result>): Promise<Result> =>
    loaded === undefined ? load().then(call) : call(loaded);
  return {
    insertRawdata: (input, call) => pass((runtime) => runtime.insertRawdata(input, call)),
    createChangeSet: (input, call) => pass((runtime) => runtime.createChangeSet(input, call)),
    slicing: (input, call) => pass((runtime) => runtime.slicing(input, call)),
    queryView: (input, call) => pass((runtime) => runtime.queryView(input, call)),
    ingest: (input, call) => pass((runtime) => runtime.ingest(input, call)),
    planFanOut: (input, call) => pass((runtime) => runtime.planFanOut(input, call)),
    planFanOuts: (input, call) => pass((runtime) => runtime.planFanOuts(input, call)),
    applyFanOut: (plan, call) => pass((runtime) => runtime.applyFanOut(plan, call)),
    batch: batchCallsOf(async () => (await load()).batch),
    getRawdata: (input, call) => pass((runtime) => runtime.getRawdata(input, call)),
    listVersions: (input, call) => pass((runtime) => runtime.listVersions(input, call)),
    listManifests: (input, call) => pass((runtime) => runtime.listManifests(input, call)),
    listEntities: (input, call) => pass((runtime) => runtime.listEntities(input, call)),
    listByState: (input, call) => pass((runtime) => runtime.listByState(input, call)),
    getStatus: (input, call) => pass((runtime) => runtime.getStatus(input, call)),
    lookUpIndex: (input, call) => pass((runtime) => runtime.lookUpIndex(input, call)),
    sweepIndex: (input, call) => pass((runtime) => runtime.sweepIndex(input, call)),
    activeVersion: (input, call) => pass((runtime) => runtime.activeVersion(input, call)),
    resume: (input, call) => pass((runtime) => runtime.resume(input, call)),
    reindex: (input, call) => pass((runtime) => runtime.reindex(input, call)),
    markIndexIncomplete: (input, call) => pass((runtime) => runtime.markIndexIncomplete(input, call)),
    collectPayloads: (input, call) => pass((runtime) => runtime.collectPayloads(input, call)),
    collectSlices: (input, call) => pass((runtime) => runtime.collectSlices(input, call)),
    eraseEntity: (input, call) => pass((runtime) => runtime.eraseEntity(input, call)),
    listErasures: (input, call) => pass((runtime) => runtime.listErasures(input, call)),
    explain: (input, call) => pass((runtime) => runtime.explain(input, call)),
    close: async () => (loading === undefined ? options.store.close() : (await loading).close()),
  };
}

function batchCallsOf(load: () => Promise<BatchCalls>): BatchCalls {
  return {
    insertRawdata: (items, options) => later(async () => (await load()).insertRawdata(items, options)),
    createChangeSet: (items, options) => later(async () => (await load()).createChangeSet(items, options)),
    slicing: (items, options) => later(async () => (await load()).slicing(items, options)),
    queryView: (items, options) => later(async () => (await load()).queryView(items, options)),
    ingest: (items, options) => later(async () => (await load()).ingest(items, options)),
  };
}

/** Passes the items on as they are, which a generator of generators would wait for twice. */
function later<Item>(start: () => Promise<AsyncIterable<Item>>): AsyncIterable<Item> {
  return { [Symbol.asyncIterator]: () => laterIterator(start) };
}

function laterIterator<Item>(start: () => Promise<AsyncIterable<Item>>): AsyncIterator<Item> {
  let started: Promise<AsyncIterator<Item>> | undefined;
  let iterator: AsyncIterator<Item> | undefined;
  const begin = async () => {
    started ??= start().then((items) => items[Symbol.asyncIterator]());
    iterator = await started;
    return iterator;
  };
  return {
    next: () => (iterator === undefined ? begin().then((begun) => begun.next()) : iterator.next()),
    // Whoever leaves before the first item has started nothing.
    return: async () =>
      (started === undefined ? undefined : (await started).return?.()) ?? { done: true, value: undefined },
  };
}
