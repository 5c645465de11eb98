import { readdirSync, readFileSync } from 'node:fs';
import type { Scenario } from './run-seed.ts';

/** A scenario that once broke a law, by what was wrong then. */
export interface Regression {
  readonly was: string;
  readonly scenario: Scenario;
}

const FOLDER = new URL('./regressions/', import.meta.url);

/** Every failure that the simulator finds lands in a file there, shrunk; a report ends with its scenario. */
export function readRegressions(): readonly Regression[] {
  const names = readdirSync(FOLDER).sort();
  // Each was written down from a report, and runs, or its test fails.
  return names.map((name): Regression => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')));
}
