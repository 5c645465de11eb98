/**
 * Sets up every property test of a run alike. All properties share one seed, which the run prints when it starts;
 * `FC_SEED=<seed>` replays it, and `FC_RUNS=<n>` makes each property try n cases.
 */
import fc from 'fast-check';

/** Cases that a property tries when neither it nor `FC_RUNS` says otherwise. */
const PROPERTY_RUNS = 100;

/** Cases that each law tries, unless `FC_RUNS` says otherwise. */
const LAW_RUNS = 1_000;

const seed = readNumber('FC_SEED');
const runs = readNumber('FC_RUNS');

/** How many cases a law's property tries: `fc.assert(property, { numRuns: lawRuns })`. */
export const lawRuns: number = runs ?? LAW_RUNS;

fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  ...(seed === undefined ? {} : { seed }),
  numRuns: runs ?? PROPERTY_RUNS,
});

function readNumber(name: 'FC_SEED' | 'FC_RUNS'): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${name}: expected an integer, found ${text}. Unset or mend it.`);
  return value;
}
