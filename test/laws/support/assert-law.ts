import fc from 'fast-check';
import { lawRuns } from '../../support/fast-check.ts';

/** A law's suite computes for long; a machine that does other things besides must not fail it. */
export const LAW_TIMEOUT_MS = 900_000;

/** Tries a law's property as often as laws are tried; on failure the message holds the seed and path to replay it. */
export function assertLaw<Ts>(property: fc.IAsyncPropertyWithHooks<Ts>): Promise<void> {
  return fc.assert(property, { numRuns: lawRuns });
}
