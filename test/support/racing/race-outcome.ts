import type { RacingInput } from './racing-work.ts';

/** What one writer was told of one input. */
export interface RaceOutcome extends RacingInput {
  readonly writer: number;
  /** `inserted`, `unchanged`, or the code of an error. */
  readonly outcome: string;
  /** Then the same input was tried again. */
  readonly isRetryable: boolean;
}
