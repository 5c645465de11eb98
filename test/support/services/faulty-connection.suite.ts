/** The connection to a server fails in every way: errors are soft and typed, and the same calls complete. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryPayloadStore, createMemoryStore } from '../../../src/adapters/memory/index.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { parseRef } from '../../../src/domain/contracts/contract-ref.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { type RetryPolicy, retryingStore, withRetries } from '../../../src/flows/retry.ts';
import type { IngestInput, IngestResult, Runtime } from '../../../src/flows/runtime/runtime.ts';
import type { PayloadStore } from '../../../src/ports/payload-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_RULES } from '../product-catalogue.ts';
import { newTenantId, openRuntime, PROMPT_RETRY } from '../runtime-fixture.ts';
import { contentsOf } from '../store-contents.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';

const WRITERS = 8;
const VERSIONS = 3;
const FAULT_AFTER = 2;
/** So that a fault which nobody meets ends the test. */
const VERSIONS_MAX = 10_000;
/** A busy machine may be slow without a fault. */
export const UNTIRING: RetryPolicy = { ...PROMPT_RETRY, maxAttempts: 20 };

type VersionInput = IngestInput & { readonly version: number };

export interface Stores {
  readonly store: Store;
  readonly payloadStore: PayloadStore;
}

export interface ConnectedStores {
  /** Opens empty ones that reach their server by this URL, and wait for it no longer than a fraction of a second. */
  open(url: string): Promise<Stores>;
  /** After how many bytes of answers a connection is cut again and again: those of an ingest or two. */
  readonly cutAfterBytes: number;
  /** Where every answer has begun, and few are over. */
  readonly beginningBytes: number;
  /** What every payload holds beside the rest. */
  readonly padding?: JsonObject;
}

export function describeFaultyConnection(serverUrl: string, connected: ConnectedStores): void {
  const { open, cutAfterBytes, beginningBytes, padding = {} } = connected;

  describe('over a connection that fails', () => {
    let proxy: FaultyProxy;
    let stores: Stores;
    beforeAll(async () => {
      proxy = await startFaultyProxy(serverUrl);
      stores = await withRetries(UNTIRING, () => open(proxy.url));
    });
    afterAll(async () => {
      await stores.store.close();
      await proxy.stop();
    });

    const world = () => {
      const tenantId = newTenantId();
      const inputOf = (entityKey: string, version: number): VersionInput => {
        const payload = { ...LAMP, ...padding, title: `${entityKey}.${version}` };
        return { tenantId, entityKey, version, payload };
      };
      const brand: VersionInput = { tenantId, entityKey: 'brand#ACME', version: 1, payload: ACME };
      const untiring = openRuntime(PRODUCT_CATALOGUE, { ...stores, retry: UNTIRING });
      return {
        inputOf,
        brand,
        untiring,
        /** Its calls fail where one request fails. */
        fragile: openRuntime(PRODUCT_CATALOGUE, { ...stores, retry: { maxAttempts: 1 } }),
        expectHoldingsOf: async (inputs: readonly VersionInput[]) => {
          const store = retryingStore(stores.store, UNTIRING);
          const found = await holdingsOf({ runtime: untiring, store, inputs });
          expect(found).toEqual(await holdingsWithoutFaults(inputs));
        },
      };
    };

    it('is cut again and again, in the middle of answers too: the same calls complete', async () => {
      const { inputOf, brand, untiring, fragile, expectHoldingsOf } = world();
      await untiring.ingest(brand);
      const failures: unknown[] = [];
      const inputs: VersionInput[] = [];
      proxy.cutAfter(cutAfterBytes);
      // However its answers spread over connections, one of them comes to the cut.
      const goesOn = (version: number) => version <= VERSIONS || (failures.length === 0 && version <= VERSIONS_MAX);
      const writeOn = async (writer: number) => {
        for (let version = 1; goesOn(version); version += 1) {
          const input = inputOf(`product#P${writer}`, version);
          inputs.push(input);
          await untilDone(failures, () => fragile.ingest(input));
        }
      };
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeOn(writer)));
      proxy.heal();
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures) expect(failure).toMatchObject(LOST);
      await untiring.resume({ tenantId: brand.tenantId });
      await expectHoldingsOf([brand, ...inputs]);
    });

    for (const { what, begin, failure } of [
      { what: 'answers nothing any more', begin: () => proxy.withholdAfter(0), failure: TIMED_OUT },
      { what: 'stops in the middle of answers', begin: () => proxy.withholdAfter(beginningBytes), failure: TIMED_OUT },
      { what: 'is cut, and no other is to be had', begin: () => proxy.refuse(), failure: LOST },
    ]) {
      it(`${what}: all who write are told so in time, and once it is back the same calls complete`, async () => {
        const { inputOf, brand, untiring, fragile, expectHoldingsOf } = world();
        await untiring.ingest(brand);
        const load = await writeUntilFault({ runtime: fragile, inputOf, begin });
        proxy.heal();
        expect(load.failures).toHaveLength(WRITERS);
        for (const error of load.failures) expect(error).toMatchObject(failure);
        for (const input of load.answered) {
          await expect(untiring.ingest(input)).resolves.toMatchObject({ outcome: 'unchanged' });
        }
        for (const input of load.attempted) await untiring.ingest(input);
        await untiring.resume({ tenantId: brand.tenantId });
        await expectHoldingsOf([brand, ...load.attempted]);
      });
    }

    it('loses the answer to any one request: what it did is found, and the same call completes', async () => {
      const { inputOf, brand, untiring, fragile, expectHoldingsOf } = world();
      await untiring.ingest(brand);
      const inputs: VersionInput[] = [];
      const outcomes: string[] = [];
      for (let isDone = false; !isDone; ) {
        const input = inputOf(`product#P${inputs.length}`, 1);
        inputs.push(input);
        proxy.withholdFromRequest(inputs.length);
        const answer = await answerOf(fragile.ingest(input));
        proxy.heal();
        isDone = 'outcome' in answer;
        if (!isDone) expect(answer).toMatchObject(TIMED_OUT);
        outcomes.push((await untiring.ingest(input)).outcome);
      }
      // Not put at all, and put without having been told so.
      expect(new Set(outcomes)).toEqual(new Set(['inserted', 'unchanged']));
      await untiring.resume({ tenantId: brand.tenantId });
      await expectHoldingsOf([brand, ...inputs]);
    });
  });
}

const TIMED_OUT = { code: 'store.timeout', retryable: true };
const LOST = { code: expect.stringMatching(/^store\.(unavailable|timeout)$/), retryable: true };

function answerOf(call: Promise<IngestResult>): Promise<IngestResult | { readonly code: unknown }> {
  return call.catch((error: unknown) => {
    if (!isSlicewiseError(error)) throw error;
    return error;
  });
}

async function untilDone(failures: unknown[], call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      failures.push(error);
      if (!isSlicewiseError(error) || !error.retryable) throw error;
    }
  }
}

interface Loading {
  readonly runtime: Runtime;
  readonly inputOf: (entityKey: string, version: number) => VersionInput;
  readonly begin: () => void;
}

/** Writers that go on until the fault, which begins when a few were answered. */
async function writeUntilFault({ runtime, inputOf, begin }: Loading) {
  const load = { answered: [] as VersionInput[], attempted: [] as VersionInput[], failures: [] as unknown[] };
  const writeOn = async (writer: number) => {
    for (let version = 1; version <= VERSIONS_MAX; version += 1) {
      const input = inputOf(`product#P${writer}`, version);
      load.attempted.push(input);
      try {
        await runtime.ingest(input);
      } catch (error) {
        load.failures.push(error);
        return;
      }
      load.answered.push(input);
      if (load.answered.length === FAULT_AFTER) begin();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => writeOn(writer)));
  return load;
}

interface Holder {
  readonly runtime: Runtime;
  readonly store: Store;
  readonly inputs: readonly VersionInput[];
}

async function holdingsWithoutFaults(inputs: readonly VersionInput[]) {
  const store = createMemoryStore();
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store, payloadStore: createMemoryPayloadStore() });
  for (const input of inputs) await runtime.ingest(input);
  return holdingsOf({ runtime, store, inputs });
}

/** The records, and the payloads of all versions from wherever they lie. */
async function holdingsOf({ runtime, store, inputs }: Holder) {
  const tenantId = inputs[0]?.tenantId ?? '';
  const indexKeys = ['IDX#brand#ACME#product'];
  const payloads: unknown[] = [];
  for (const { entityKey, version } of inputs) {
    payloads.push((await runtime.getRawdata({ tenantId, entityKey, version })).payload);
  }
  return { payloads, ...(await contentsOf(store, { tenantId, ruleSets: [parseRef(PRODUCT_RULES)], indexKeys })) };
}
