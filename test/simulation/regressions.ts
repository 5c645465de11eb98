import type { Scenario } from './run-seed.ts';

/** A scenario that once broke a law, by what was wrong then. */
export interface Regression {
  readonly was: string;
  readonly scenario: Scenario;
}

/** Every failure that the simulator finds lands here, shrunk; a report ends with what to put. */
export const REGRESSIONS: readonly Regression[] = [
  {
    was: "a soft error of an ingest of 'next' whose version was in did not say which, and the content went in twice",
    scenario: {
      seed: 40,
      // What is left: b1 puts a version in and is told of a failure, a4 puts the next one, b1 sends its own again.
      without: 'a1 a5 b2 b3 b4 b5 b6 c2 c3 c4 c5 c6 c7 c8 d1 d2 d3 d4 d5 d6 d7 d8 d9'.split(' '),
    },
  },
];
