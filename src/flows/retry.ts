import { isSlicewiseError, SlicewiseError } from '../domain/errors.ts';
import type { PayloadStore } from '../ports/payload-store.ts';
import type { Store } from '../ports/store.ts';

/** How soft errors are retried: exponential backoff with full jitter; a soft error that outlives it stays soft. */
export interface RetryPolicy {
  /** Tries of one storage call, the first included. 1: never retry. Default 5. */
  readonly maxAttempts: number;
  /** The first wait is at most this long; each next one at most twice the one before. Default 20. */
  readonly baseDelayMs: number;
  /** No wait is longer. Default 1,000. */
  readonly maxDelayMs: number;
  /** Between 0 and 1; decides each wait. Default `Math.random`. */
  readonly random: () => number;
  /** Default `setTimeout`. */
  readonly wait: (delayMs: number) => Promise<void>;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxAttempts: 5,
  baseDelayMs: 20,
  maxDelayMs: 1000,
  random: Math.random,
  wait: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
};

/** Runs a call until it succeeds, fails hard, or has been tried as often as the policy says. */
export async function withRetries<Result>(policy: RetryPolicy, call: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isSlicewiseError(error) || !error.retryable) throw error;
      if (attempt >= policy.maxAttempts) throw afterAttempts(error, attempt);
      await backOff(policy, attempt);
    }
  }
}

/** Waits before the next attempt: a random part of an exponentially growing span. */
export function backOff(policy: RetryPolicy, attempt: number): Promise<void> {
  const spanMs = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  return policy.wait(policy.random() * spanMs);
}

function afterAttempts(error: SlicewiseError, attempts: number): SlicewiseError {
  return new SlicewiseError({
    category: error.category,
    code: error.code,
    message: `${error.message} (tried ${attempts} ${attempts === 1 ? 'time' : 'times'})`,
    details: { ...error.details, attempts },
    cause: error,
  });
}

/** The same store, each of whose calls is retried: every one of them is safe to make again. */
export function retryingStore(store: Store, policy: RetryPolicy): Store {
  const writeTogether = store.writeTogether?.bind(store);
  const within = store.within?.bind(store);
  return {
    name: store.name,
    batchGet: (keys) => withRetries(policy, () => store.batchGet(keys)),
    range: (query) => withRetries(policy, () => store.range(query)),
    putOnce: (records) => withRetries(policy, () => store.putOnce(records)),
    putHints: (hints) => withRetries(policy, () => store.putHints(hints)),
    deleteHint: (hint) => withRetries(policy, () => store.deleteHint(hint)),
    updateStatus: (next, expectedCounter) => withRetries(policy, () => store.updateStatus(next, expectedCounter)),
    updateIndexState: (next, expectedCounter) =>
      withRetries(policy, () => store.updateIndexState(next, expectedCounter)),
    insert: (change) => withRetries(policy, () => store.insert(change)),
    commit: (change) => withRetries(policy, () => store.commit(change)),
    raiseGcEpoch: (address, expected) => withRetries(policy, () => store.raiseGcEpoch(address, expected)),
    deleteSlice: (key, belowEpoch) => withRetries(policy, () => store.deleteSlice(key, belowEpoch)),
    erase: (records) => withRetries(policy, () => store.erase(records)),
    completeErasure: (record) => withRetries(policy, () => store.completeErasure(record)),
    ...(writeTogether && { writeTogether: (writes) => withRetries(policy, () => writeTogether(writes)) }),
    // A call that failed has lost the caller's transaction: only the caller can begin it anew.
    ...(within && { within }),
    close: () => store.close(),
  };
}

/** The same payload store, each of whose calls is retried. */
export function retryingPayloadStore(payloads: PayloadStore, policy: RetryPolicy): PayloadStore {
  return {
    name: payloads.name,
    put: (location, bytes) => withRetries(policy, () => payloads.put(location, bytes)),
    get: (location) => withRetries(policy, () => payloads.get(location)),
    list: (query) => withRetries(policy, () => payloads.list(query)),
    delete: (location) => withRetries(policy, () => payloads.delete(location)),
  };
}
