import { describe, expect, it } from 'vitest';
import { createMemoryPayloadStore } from '../../../../src/adapters/memory/memory-payload-store.ts';
import type { CollectPayloadsResult } from '../../../../src/flows/runtime/collection/collection-calls.ts';
import type { Runtime } from '../../../../src/flows/runtime/runtime.ts';
import type { PayloadStore } from '../../../../src/ports/payload-store.ts';
import type { Store } from '../../../../src/ports/store.ts';
import { schemaContract } from '../../../support/product-catalogue.ts';
import { addressIn } from '../../../support/record-keys.ts';
import { openRuntime, TENANT } from '../../../support/runtime-fixture.ts';
import { onStore, STORE_KINDS } from '../../../support/store-kinds.ts';

const CONTRACTS = [schemaContract('note', '1.0.0', { text: { type: 'string' } })];
const DAY_MS = 24 * 60 * 60 * 1_000;
const NOW = Date.parse('2026-06-01T00:00:00.000Z');

/** Different for every text, and large. */
function large(text: string) {
  return { text: text.padEnd(100_000, '.') };
}

interface Bench {
  readonly store: Store;
  readonly payloads: PayloadStore;
  readonly runtime: Runtime;
  /** Puts a payload that no version comes to refer to. */
  readonly leave: (entityKey: string, text: string) => Promise<void>;
  /** Moves the clock of all. */
  readonly passMs: (ms: number) => void;
}

async function onBench(prepare: (typeof STORE_KINDS)[number]['prepare'], run: (bench: Bench) => Promise<void>) {
  await onStore(await prepare(async () => undefined), async (store) => {
    let nowMs = NOW;
    const clock = { now: () => nowMs };
    const payloads = createMemoryPayloadStore({ clock });
    const runtime = openRuntime(CONTRACTS, { store, payloadStore: payloads, clock });
    const leave = async (entityKey: string, text: string) => {
      const noStore = openRuntime(CONTRACTS, { payloadStore: payloads, clock });
      await noStore.insertRawdata({ tenantId: TENANT, entityKey, version: 1, payload: large(text) });
    };
    await run({ store, payloads, runtime, leave, passMs: (ms) => (nowMs += ms) });
  });
}

async function countIn(payloads: PayloadStore, entityKey: string): Promise<number> {
  return (await payloads.list({ ...addressIn(entityKey), limit: 1_000 })).items.length;
}

const insert = (runtime: Runtime, entityKey: string, text: string) =>
  runtime.insertRawdata({ tenantId: TENANT, entityKey, version: 'next', payload: large(text) });

describe.each(STORE_KINDS)('collectPayloads on $kind', ({ prepare }) => {
  it('deletes what no version refers to, and nothing else', async () => {
    await onBench(prepare, async ({ payloads, runtime, leave, passMs }) => {
      for (const text of ['a', 'b']) await insert(runtime, 'note#1', text);
      for (const text of ['x', 'y']) await leave('note#1', text);
      passMs(2 * DAY_MS);
      const result = await runtime.collectPayloads({ tenantId: TENANT });
      expect(result).toMatchObject({ entities: 1, examined: 4, referenced: 2, young: 0, collected: 2, cursor: null });
      expect(result.collectedBytes).toBeGreaterThan(200_000);
      for (const version of [1, 2]) await runtime.getRawdata({ tenantId: TENANT, entityKey: 'note#1', version });
      expect(await countIn(payloads, 'note#1')).toBe(2);
    });
  });

  it('only counts in a dry run', async () => {
    await onBench(prepare, async ({ store, payloads, runtime, leave, passMs }) => {
      await insert(runtime, 'note#1', 'a');
      await leave('note#1', 'x');
      passMs(2 * DAY_MS);
      expect(await runtime.collectPayloads({ tenantId: TENANT, dryRun: true })).toMatchObject({ collected: 1 });
      const { items } = await payloads.list({ ...addressIn('note#1'), limit: 10 });
      expect(items).toHaveLength(2);
      const keys = items.map(({ location }) => ({ kind: 'collecting', ...location }) as const);
      expect(await store.batchGet(keys)).toEqual([undefined, undefined]);
    });
  });

  it('spares what is younger than asked for: a day where nobody asks', async () => {
    await onBench(prepare, async ({ runtime, leave, passMs }) => {
      await insert(runtime, 'note#1', 'a');
      await leave('note#1', 'x');
      passMs(DAY_MS);
      expect(await runtime.collectPayloads({ tenantId: TENANT })).toMatchObject({ young: 1, collected: 0 });
      expect(await runtime.collectPayloads({ tenantId: TENANT, olderThanMs: DAY_MS - 1 })).toMatchObject({
        young: 0,
        collected: 1,
      });
    });
  });

  it('lets the same content come in afterwards, in another generation', async () => {
    await onBench(prepare, async ({ payloads, runtime, leave, passMs }) => {
      await insert(runtime, 'note#1', 'a');
      await leave('note#1', 'x');
      passMs(1);
      expect(await runtime.collectPayloads({ tenantId: TENANT, olderThanMs: 0 })).toMatchObject({ collected: 1 });
      await insert(runtime, 'note#1', 'x');
      const { payload } = await runtime.getRawdata({ tenantId: TENANT, entityKey: 'note#1', version: 2 });
      expect(payload).toEqual(large('x'));
      // What the insert put where it could not stay is the next collection's.
      passMs(1);
      expect(await runtime.collectPayloads({ tenantId: TENANT, olderThanMs: 0 })).toMatchObject({ collected: 1 });
      expect(await countIn(payloads, 'note#1')).toBe(2);
      await runtime.getRawdata({ tenantId: TENANT, entityKey: 'note#1', version: 2 });
    });
  });

  it('goes on where it was stopped, with the cursor that it reported', async () => {
    await onBench(prepare, async ({ runtime, leave, passMs }) => {
      const entities = Array.from({ length: 130 }, (_, index) => `note#${String(index).padStart(3, '0')}`);
      for (const entityKey of entities) {
        await runtime.insertRawdata({ tenantId: TENANT, entityKey, version: 1, payload: { text: 'small' } });
        await leave(entityKey, 'x');
      }
      passMs(2 * DAY_MS);
      const stop = new AbortController();
      let reached: CollectPayloadsResult | undefined;
      const onProgress = (progress: CollectPayloadsResult) => {
        reached = progress;
        if (progress.entities === 110) stop.abort();
      };
      const stopped = runtime.collectPayloads({ tenantId: TENANT }, { signal: stop.signal, onProgress });
      await expect(stopped).rejects.toMatchObject({ code: 'call.aborted' });
      expect(reached).toMatchObject({ entities: 110, collected: 110 });
      const cursor = reached?.cursor ?? '';
      const rest = await runtime.collectPayloads({ tenantId: TENANT, cursor });
      expect(rest).toMatchObject({ entities: 30, collected: 20, cursor: null });
      await expect(runtime.collectSlices({ tenantId: TENANT, cursor })).rejects.toMatchObject({
        code: 'cursor.invalid',
      });
    });
  });

  it('loses to nobody: racing inserts of what it collects end readable', async () => {
    await onBench(prepare, async ({ runtime, leave, passMs }) => {
      const texts = ['a', 'b', 'c', 'd', 'e', 'f'];
      await insert(runtime, 'note#1', 'first');
      for (const text of texts) await leave('note#1', text);
      passMs(1);
      const collecting = { tenantId: TENANT, olderThanMs: 0 };
      const [{ collected }] = await Promise.all([
        runtime.collectPayloads(collecting),
        runtime.collectPayloads(collecting),
        (async () => {
          for (const text of texts) await insert(runtime, 'note#1', text);
        })(),
      ]);
      expect(collected).toBeGreaterThan(0);
      for (const [index, text] of texts.entries()) {
        const { payload } = await runtime.getRawdata({ tenantId: TENANT, entityKey: 'note#1', version: index + 2 });
        expect(payload).toEqual(large(text));
      }
    });
  });
});

describe('collectPayloads', () => {
  it('asks for a payload store', async () => {
    const runtime = openRuntime(CONTRACTS);
    await runtime.insertRawdata({ tenantId: TENANT, entityKey: 'note#1', version: 1, payload: { text: 'small' } });
    await expect(runtime.collectPayloads({ tenantId: TENANT })).rejects.toMatchObject({ code: 'payload_store.absent' });
  });

  it('refuses an age that is none', async () => {
    const runtime = openRuntime(CONTRACTS, { payloadStore: createMemoryPayloadStore() });
    for (const olderThanMs of [-1, Number.NaN]) {
      const collecting = runtime.collectPayloads({ tenantId: TENANT, olderThanMs });
      await expect(collecting).rejects.toMatchObject({ code: 'input.invalid' });
    }
  });
});
