import { setTimeout as sleep } from 'node:timers/promises';
import { isContended, isThrottled } from './dynamodb-errors.ts';
import { RetriesExhausted } from './retries-exhausted.ts';

/**
 * How requests that were turned away are made again, and only those: what DynamoDB answers so was certainly not
 * applied. Anything else goes to the caller, whose own policy repeats whole calls of the port.
 */
export interface RequestRetryPolicy {
  /** Tries of one request, the first included. 1: never retry. Default 6. */
  readonly maxAttempts: number;
  /** The first wait is at most this long; each next one at most twice the one before. Default 25. */
  readonly baseDelayMs: number;
  /** No wait is longer. Default 1,000. */
  readonly maxDelayMs: number;
  /**
   * Retries that all requests of the store have together before they have to be earned: a request that succeeds earns a
   * tenth of one. Keeps retries from doubling the load of a store that asks for less. Default 200.
   */
  readonly budget: number;
  /** Between 0 and 1; decides each wait. Default `Math.random`. */
  readonly random: () => number;
  /** Default `setTimeout`. */
  readonly wait: (delayMs: number) => Promise<unknown>;
}

export const DEFAULT_REQUEST_RETRY_POLICY: RequestRetryPolicy = {
  maxAttempts: 6,
  baseDelayMs: 25,
  maxDelayMs: 1000,
  budget: 200,
  random: Math.random,
  wait: (delayMs) => sleep(delayMs),
};

const EARNED_BY_SUCCESS = 0.1;

/** One budget for all requests of a store. */
export class RequestRetries {
  readonly #policy: RequestRetryPolicy;
  readonly #retriesThrottling: boolean;
  #budget: number;

  /** @param retriesThrottling false where the SDK's client does, so that no request is retried by both */
  constructor(policy: RequestRetryPolicy, retriesThrottling: boolean) {
    this.#policy = policy;
    this.#retriesThrottling = retriesThrottling;
    this.#budget = policy.budget;
  }

  /** Makes a request until it succeeds, fails otherwise than by being turned away, or was tried often enough. */
  async request<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await send();
        this.#budget = Math.min(this.#policy.budget, this.#budget + EARNED_BY_SUCCESS);
        return answer;
      } catch (error) {
        if (!this.#wasTurnedAway(error)) throw error;
        await this.backOff(attempt, error);
      }
    }
  }

  /**
   * Waits before the next attempt: a random part of an exponentially growing span.
   *
   * @param attempts that failed in a row; with 0 the next one is no retry, and costs nothing
   * @throws RetriesExhausted
   */
  async backOff(attempts: number, cause: unknown): Promise<void> {
    const { maxAttempts, baseDelayMs, maxDelayMs, random, wait } = this.#policy;
    if (attempts >= maxAttempts || (attempts > 0 && this.#budget < 1)) throw new RetriesExhausted(attempts, cause);
    if (attempts > 0) this.#budget -= 1;
    await wait(random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempts - 1)));
  }

  #wasTurnedAway(error: unknown): boolean {
    return isContended(error) || (this.#retriesThrottling && isThrottled(error));
  }
}
