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
  const load = (): Promise<Runtime> => {
    loading ??= import('./assemble-runtime.ts').then(({ assembleRuntime }) => assembleRuntime(options, settings));
    return loading;
  };
  return {
    insertRawdata: async (input, call) => (await load()).insertRawdata(input, call),
    createChangeSet: async (input, call) => (await load()).createChangeSet(input, call),
    slicing: async (input, call) => (await load()).slicing(input, call),
    queryView: async (input, call) => (await load()).queryView(input, call),
    ingest: async (input, call) => (await load()).ingest(input, call),
    batch: batchCallsOf(async () => (await load()).batch),
    getRawdata: async (input, call) => (await load()).getRawdata(input, call),
    listVersions: async (input, call) => (await load()).listVersions(input, call),
    listManifests: async (input, call) => (await load()).listManifests(input, call),
    listEntities: async (input, call) => (await load()).listEntities(input, call),
    listByState: async (input, call) => (await load()).listByState(input, call),
    activeVersion: async (input, call) => (await load()).activeVersion(input, call),
    resume: async (input, call) => (await load()).resume(input, call),
    explain: async (input, call) => (await load()).explain(input, call),
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
