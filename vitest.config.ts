import { randomInt } from 'node:crypto';
import { defineConfig } from 'vitest/config';

/** One seed for all properties of a run, printed so that the run can be replayed. */
const seed = process.env['FC_SEED'] || String(randomInt(2 ** 31));
console.log(`fast-check seed: ${seed} (replay with FC_SEED=${seed})`);

/** Where to write a report for machines beside the one for people. */
const reportFile = process.env['VITEST_REPORT'];

/** Suites that test what is built and packed rather than the source. */
const PACKED = ['test/packaging/**/*.test.ts', 'test/docs/snippets.test.ts'];

export default defineConfig({
  test: {
    environment: 'node',
    env: { FC_SEED: seed },
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    allowOnly: false,
    setupFiles: ['test/support/fast-check.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'source',
          include: ['test/**/*.test.ts'],
          exclude: PACKED,
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
    ],
  },
});
