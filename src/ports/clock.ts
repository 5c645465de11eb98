/** Time as the adapters know it: metadata only, it reaches no hash and no decision but a claim's age (rfc-v4-002 §8). */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
}

export const SYSTEM_CLOCK: Clock = { now: () => Date.now() };
