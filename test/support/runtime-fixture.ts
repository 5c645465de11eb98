/** Runtimes for tests: no waits, contracts as objects, every option in one place. */
import { createObjectRegistry } from '../../src/adapters/memory/contract-objects.ts';
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import type { RetryPolicy } from '../../src/flows/retry.ts';
import { createRuntime } from '../../src/flows/runtime/create-runtime.ts';
import type { IngestInput, Runtime } from '../../src/flows/runtime/runtime.ts';
import type { CreateRuntimeOptions } from '../../src/flows/runtime/runtime-options.ts';
import type { Step } from './arbitraries/worlds.ts';
import { createTestStore } from './test-store.ts';

export const TENANT = 'acme';

let tenants = 0;

/** A tenant that nobody had before, for a store that several runs share. */
export function newTenantId(): string {
  tenants += 1;
  return `tenant-${tenants}`;
}

/** Retries at once, so that no test waits. */
export const PROMPT_RETRY: RetryPolicy = {
  maxAttempts: 5,
  baseDelayMs: 0,
  maxDelayMs: 0,
  random: () => 0,
  wait: () => Promise.resolve(),
};

export type RuntimeOverrides = Partial<Omit<CreateRuntimeOptions, 'retry'>> & {
  readonly retry?: Partial<RetryPolicy>;
};

export function openRuntime(contracts: readonly JsonObject[], overrides: RuntimeOverrides = {}): Runtime {
  return createRuntime({
    ...overrides,
    store: overrides.store ?? createTestStore(),
    registry: overrides.registry ?? createObjectRegistry(contracts),
    retry: { ...PROMPT_RETRY, ...overrides.retry },
  });
}

export function inputOf({ entityKey, version, payload }: Step): IngestInput {
  const address = { tenantId: TENANT, entityKey, version };
  return payload === null ? { ...address, deleted: true } : { ...address, payload };
}

/** The same contracts with another status for some of them. */
export function withStatus(
  contracts: readonly JsonObject[],
  status: string,
  isMeant: (contract: JsonObject) => boolean = () => true,
): readonly JsonObject[] {
  return contracts.map((contract) => (isMeant(contract) ? { ...contract, status } : contract));
}
