import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** One seed for all properties of a run, printed so that the run can be replayed. */
const seed = process.env['FC_SEED'] || String(randomInt(2 ** 31));
console.log(`fast-check seed: ${seed} (replay with FC_SEED=${seed})`);

/** Where to write a report for machines beside the one for people. */
const reportFile = process.env['VITEST_REPORT'];

/** Suites that test what is built and packed rather than the source. */
const PACKED = ['test/packaging/**/*.test.ts', 'test/docs/snippets.test.ts'];

/** Suites that talk to real servers; which they need follows from their folder. */
const SERVICES = ['test/services/**/*.test.ts'];

/** Suites of laws and flows, to be run over every store: what holds on one holds on all. */
const STORE_SUITES = ['test/laws/**/*.test.ts', 'test/flows/runtime/fan-out/**/*.test.ts'];

/** Those among them that name their stores themselves. */
const NAMING_STORES = ['crashes', 'cost', 'filled-versions'].map(
  (name) => `test/flows/runtime/fan-out/${name}.test.ts`,
);

/** Suites whose hundreds of cases or entities say no more over one store than over another. */
const MANY_CALLS = ['follow-policies', 'resume-chains', 'retail-categories']
  .map((name) => `test/flows/runtime/fan-out/${name}.test.ts`)
  .concat('test/laws/l11-no-scans.test.ts');

/** Cases of each law over a server, where somebody has the time: `STORE_RUNS=50 npm run stores`. */
const storeRuns = process.env['STORE_RUNS'];

/** What fits into a run on two cores: a call of DynamoDB Local takes milliseconds, and L1 is about contracts alone. */
const FEW_CALLS = [
  'test/laws/l{02,03,04,05,06,07,09,10,12}-*.test.ts',
  'test/flows/runtime/fan-out/{apply,ingest-follows,mark-and-hints,plan-members}.test.ts',
];

const OVER_SERVICES = [
  { name: 'postgres', include: STORE_SUITES, runs: storeRuns || '3' },
  { name: 'dynamodb', include: storeRuns ? STORE_SUITES : FEW_CALLS, runs: storeRuns || '2' },
];

export default defineConfig({
  test: {
    environment: 'node',
    env: { FC_SEED: seed },
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    allowOnly: false,
    // The process that hands out the files only waits.
    maxWorkers: availableParallelism(),
    setupFiles: ['test/support/fast-check.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'source',
          include: ['test/**/*.test.ts'],
          exclude: [...PACKED, ...SERVICES],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'embedded',
          include: STORE_SUITES,
          exclude: storeRuns ? NAMING_STORES : [...NAMING_STORES, ...MANY_CALLS],
          // Cases of a law that a store's own bytes and order could break; what laws say of contracts is tried above.
          env: { SLICEWISE_TEST_STORE: 'sqlite', FC_RUNS: storeRuns || '20' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'packed',
          include: PACKED,
          globalSetup: ['test/support/build.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      ...OVER_SERVICES.map(({ name, include, runs }) => ({
        extends: true as const,
        test: {
          name,
          include,
          exclude: storeRuns ? NAMING_STORES : [...NAMING_STORES, ...MANY_CALLS],
          globalSetup: ['test/support/services/setup.ts'],
          setupFiles: ['test/support/services/skip-without-store.ts'],
          env: { SLICEWISE_TEST_STORE: name, FC_RUNS: runs },
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      })),
      {
        extends: true,
        test: {
          name: 'services',
          include: SERVICES,
          globalSetup: ['test/support/services/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
