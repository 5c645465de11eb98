import type { Clock } from '../../ports/clock.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import type { Logger } from '../../ports/logger.ts';
import type { PayloadStore } from '../../ports/payload-store.ts';
import type { Store } from '../../ports/store.ts';
import type { RetryPolicy } from '../retry.ts';

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
