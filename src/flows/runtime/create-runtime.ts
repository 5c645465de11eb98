import type { Clock } from '../../ports/clock.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import type { Logger } from '../../ports/logger.ts';
import type { PayloadStore } from '../../ports/payload-store.ts';
import type { Store } from '../../ports/store.ts';
import type { RetryPolicy } from '../retry.ts';
import type { BatchCalls, Runtime } from './runtime.ts';

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

/**
 * A runtime over a store and a contract registry (rfc-v4-001 §2-1). What it is made of is loaded with the first call,
 * so importing slicewise costs a service's start next to nothing.
 */
export function createRuntime(options: CreateRuntimeOptions): Runtime {
  let loading: Promise<Runtime> | undefined;
  const load = (): Promise<Runtime> => {
    loading ??= import('./assemble-runtime.ts').then(({ assembleRuntime }) => assembleRuntime(options));
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
    close: () => options.store.close(),
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

async function* later<Item>(start: () => Promise<AsyncIterable<Item>>): AsyncGenerator<Item> {
  yield* await start();
}
