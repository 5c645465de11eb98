import { SlicewiseError } from '../../domain/errors.ts';
import type { EntityAddress } from '../../domain/records.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { PayloadStore } from '../../ports/payload-store.ts';
import type { Store } from '../../ports/store.ts';
import type { RetryPolicy } from '../retry.ts';
import type { ContractCatalogue } from './contract-catalogue.ts';
import type { RecordCache } from './record-cache.ts';

/** What every flow of the runtime works with. */
export interface RuntimeContext {
  readonly store: Store;
  readonly payloads: PayloadStore;
  readonly contracts: ContractCatalogue;
  readonly cache: RecordCache;
  readonly clock: Clock;
  /** Now, in ISO 8601. */
  readonly timestamp: () => string;
  readonly logger: Logger;
  readonly retry: RetryPolicy;
  /** A claim that is older may be taken over by another `resume`. */
  readonly claimTimeoutMs: number;
  /**
   * Resolves when what the same batch was given earlier for that entity is done: whoever reads another entity's newest
   * state calls it first, so that an input sees the inputs before it.
   */
  readonly awaitEarlier: (address: EntityAddress) => Promise<unknown>;
}

export function timestamp(context: RuntimeContext): string {
  return context.timestamp();
}

/** Now, in ISO 8601; made once per millisecond, within which many records are written. */
export function timestamper(clock: Clock): () => string {
  let latest = { ms: Number.NaN, text: '' };
  return () => {
    const ms = clock.now();
    if (ms !== latest.ms) latest = { ms, text: new Date(ms).toISOString() };
    return latest.text;
  };
}

/** @throws `call.aborted`; to be called between two store calls, never within one. */
export function ensureNotAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new SlicewiseError({
    category: 'Aborted',
    code: 'call.aborted',
    message:
      'call: expected to run to its end, found its AbortSignal aborted. What was written stays; the same call completes it.',
    cause: signal.reason,
  });
}
