import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invariantViolation, isSlicewiseError } from '../../src/domain/errors.ts';
import { backOff, DEFAULT_RETRY_POLICY, type RetryPolicy, withRetries } from '../../src/flows/retry.ts';
import { storeThrottled } from '../../src/ports/store-errors.ts';

const SOFT = storeThrottled({ store: 'a store', found: 'too many calls', advice: 'Call again.' });

describe('retries', () => {
  it('try a soft failure as often as the policy says, and then say how often that was', async () => {
    const waits: number[] = [];
    let calls = 0;
    const failing = withRetries(policyWith(waits, { maxAttempts: 4 }), async () => {
      calls += 1;
      throw SOFT;
    });
    await expect(failing).rejects.toMatchObject({
      code: 'store.throttled',
      category: 'Throttled',
      retryable: true,
      message: expect.stringMatching(/\(tried 4 times\)/),
      details: { attempts: 4 },
      cause: SOFT,
    });
    expect([calls, waits.length]).toEqual([4, 3]);
  });

  it('end with the first success', async () => {
    let calls = 0;
    const answer = await withRetries(policyWith([], { maxAttempts: 4 }), async () => {
      calls += 1;
      if (calls < 3) throw SOFT;
      return calls;
    });
    expect(answer).toBe(3);
  });

  it.each([
    { what: 'a hard failure', error: invariantViolation('a.code', 'where: expected, found. Do.') },
    { what: 'what is none of ours', error: new TypeError('a defect') },
  ])('never try $what again', async ({ error }) => {
    let calls = 0;
    const failing = withRetries(policyWith([], { maxAttempts: 4 }), async () => {
      calls += 1;
      throw error;
    });
    await expect(failing).rejects.toBe(error);
    expect(calls).toBe(1);
  });

  it('wait a random part of a span that doubles up to its bound', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        async (random, attempt) => {
          const waits: number[] = [];
          await backOff(policyWith(waits, { baseDelayMs: 20, maxDelayMs: 1000, random: () => random }), attempt);
          expect(waits).toEqual([random * Math.min(1000, 20 * 2 ** (attempt - 1))]);
        },
      ),
    );
  });

  it('by default try 5 times', async () => {
    let calls = 0;
    const failing = withRetries({ ...DEFAULT_RETRY_POLICY, wait: async () => undefined }, async () => {
      calls += 1;
      throw SOFT;
    });
    await expect(failing).rejects.toSatisfy(isSlicewiseError);
    expect(calls).toBe(5);
  });
});

function policyWith(waits: number[], overrides: Partial<RetryPolicy>): RetryPolicy {
  return { ...DEFAULT_RETRY_POLICY, wait: async (delayMs) => void waits.push(delayMs), ...overrides };
}
