import { ThrottlingException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { RequestRetries, type RequestRetryPolicy } from '../../../src/adapters/dynamodb/request-retries.ts';
import { RetriesExhausted } from '../../../src/adapters/dynamodb/retries-exhausted.ts';

const throttled = new ThrottlingException({ message: 'slow down', $metadata: {} });
const contended = new TransactionConflictException({ message: 'conflict', $metadata: {} });

function retriesOf(policy: Partial<RequestRetryPolicy> = {}, retriesThrottling = true) {
  const waits: number[] = [];
  const retries = new RequestRetries(
    {
      ...{ maxAttempts: 4, baseDelayMs: 100, maxDelayMs: 250, budget: 100, random: () => 0.5 },
      wait: async (delayMs) => {
        waits.push(delayMs);
      },
      ...policy,
    },
    retriesThrottling,
  );
  return { retries, waits };
}

/** Fails so often with the error, then answers how often it was asked. */
function failing(times: number, error: unknown) {
  let asked = 0;
  return async () => {
    asked += 1;
    if (asked <= times) throw error;
    return asked;
  };
}

describe('request retries', () => {
  it.each([
    ['throttled', throttled],
    ['in conflict with a transaction', contended],
  ])('repeat a request that was %s, behind a random part of a growing span', async (_, error) => {
    const { retries, waits } = retriesOf();
    await expect(retries.request(failing(3, error))).resolves.toBe(4);
    expect(waits).toEqual([50, 100, 125]);
  });

  it('give up after as many tries as the policy says, and keep the reason', async () => {
    const { retries, waits } = retriesOf();
    const failure = await retries.request(failing(9, throttled)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RetriesExhausted);
    expect(failure).toMatchObject({ attempts: 4, cause: throttled });
    expect(waits.length).toBe(3);
  });

  it('repeat nothing that may have been applied', async () => {
    const { retries, waits } = retriesOf();
    const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    await expect(retries.request(failing(1, lost))).rejects.toBe(lost);
    expect(waits).toEqual([]);
  });

  it('leave throttling to a client that retries it, and conflicts not', async () => {
    const { retries } = retriesOf({}, false);
    await expect(retries.request(failing(1, throttled))).rejects.toBe(throttled);
    await expect(retries.request(failing(1, contended))).resolves.toBe(2);
  });

  it('share one budget, which successes fill up again', async () => {
    const { retries, waits } = retriesOf({ budget: 2 });
    await retries.request(failing(2, throttled));
    await expect(retries.request(failing(1, throttled))).rejects.toBeInstanceOf(RetriesExhausted);
    expect(waits.length).toBe(2);
    for (let request = 0; request < 10; request += 1) await retries.request(failing(0, throttled));
    await expect(retries.request(failing(1, throttled))).resolves.toBe(2);
  });
});
