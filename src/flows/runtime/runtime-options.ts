import type { Clock } from '../../ports/clock.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import type { Logger } from '../../ports/logger.ts';
import type { PayloadStore } from '../../ports/payload-store.ts';
import type { Store } from '../../ports/store.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../retry.ts';
import { parseAdapter, parseNumberFrom } from './parse-input.ts';

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

/** The options with their defaults, checked. */
export interface RuntimeSettings {
  readonly retry: RetryPolicy;
  readonly cacheBytes: number;
  readonly claimTimeoutMs: number;
}

const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;
const DEFAULT_CLAIM_TIMEOUT_MS = 5 * 60 * 1000;

/** @throws `input.invalid` */
export function settingsOf({
  store,
  registry,
  retry = {},
  cache,
  claimTimeoutMs,
}: CreateRuntimeOptions): RuntimeSettings {
  parseAdapter('store', store, 'batchGet');
  parseAdapter('registry', registry, 'list');
  const { maxAttempts, baseDelayMs, maxDelayMs, random, wait } = DEFAULT_RETRY_POLICY;
  return {
    retry: {
      maxAttempts: parseNumberFrom('retry.maxAttempts', retry.maxAttempts ?? maxAttempts, 1),
      baseDelayMs: parseNumberFrom('retry.baseDelayMs', retry.baseDelayMs ?? baseDelayMs, 0),
      maxDelayMs: parseNumberFrom('retry.maxDelayMs', retry.maxDelayMs ?? maxDelayMs, 0),
      random: retry.random ?? random,
      wait: retry.wait ?? wait,
    },
    cacheBytes: parseNumberFrom('cache.maxBytes', cache?.maxBytes ?? DEFAULT_CACHE_BYTES, 0),
    claimTimeoutMs: parseNumberFrom('claimTimeoutMs', claimTimeoutMs ?? DEFAULT_CLAIM_TIMEOUT_MS, 0),
  };
}
