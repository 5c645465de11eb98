import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import { BRAND_RULES, PRODUCT_RULES, PRODUCT_VIEW, type World, worldOf } from '../support/arbitraries/worlds.ts';
import { type Fault, faultyStore } from '../support/faulty-store.ts';
import { inputOf, openRuntime, PROMPT_RETRY, TENANT } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';

const TIMES = ['ingestedAt', 'slicedAt', 'updatedAt', 'lastDeployedAt'];

describe('L8: no clock and no randomness in the domain', () => {
  it(
    'two runs with different clocks and different retry jitter give the same answers but for their timestamps',
    async () => {
      const environment = fc.record({
        startMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
        stepMs: fc.integer({ min: -5_000, max: 100_000 }),
        jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      });
      const faults = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 6 });
      await assertLaw(
        fc.asyncProperty(worldOf({ steps: 4 }), environment, environment, faults, async (world, one, other, calls) => {
          expect(await answersOf(world, other, calls)).toEqual(await answersOf(world, one, calls));
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );
});

interface Environment {
  readonly startMs: number;
  readonly stepMs: number;
  readonly jitter: number;
}

async function answersOf(world: World, { startMs, stepMs, jitter }: Environment, calls: readonly number[]) {
  let elapsed = 0;
  const clock = { now: () => Math.max(0, startMs + stepMs * elapsed++) };
  const plan = calls.map((call): Fault => ({ call, applied: 'nothing', ends: 'reject' }));
  const waits: number[] = [];
  const retry = { ...PROMPT_RETRY, maxAttempts: 10, baseDelayMs: 8, maxDelayMs: 64, random: () => jitter };
  const runtime = openRuntime(world.contracts, {
    store: faultyStore(createTestStore(), plan),
    clock,
    retry: { ...retry, wait: async (delayMs) => void waits.push(delayMs) },
  });
  const answers: unknown[] = [];
  for (const step of world.steps) answers.push(await runtime.ingest(inputOf(step)));
  for (const step of world.steps) answers.push(...(await readingsOf(runtime, step.entityKey, step.version)));
  expect(waits.every((delayMs) => delayMs <= 64)).toBe(true);
  return withoutTimes(answers);
}

async function readingsOf(runtime: Runtime, entityKey: string, version: number): Promise<readonly unknown[]> {
  const isProduct = entityKey.startsWith('product#');
  const ruleSetRef = isProduct ? PRODUCT_RULES : BRAND_RULES;
  const address = { tenantId: TENANT, entityKey };
  const sliceType = 'CORE';
  const readings = [
    runtime.getRawdata({ ...address, version }),
    runtime.listVersions(address),
    runtime.listManifests({ ...address, ruleSetRef }),
    runtime.explain({ ...address, version, ruleSetRef, sliceType }),
    ...(isProduct ? [runtime.queryView({ ...address, viewRef: PRODUCT_VIEW, version })] : []),
  ];
  const settled = await Promise.allSettled(readings);
  return settled.map((reading) => (reading.status === 'fulfilled' ? reading.value : String(reading.reason)));
}

function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, TIMES.includes(name) ? 'a time' : withoutTimes(inner)]),
  );
}
