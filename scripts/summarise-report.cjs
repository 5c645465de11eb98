/**
 * Prints `N passed, N failed` for a vitest JSON report. The second argument is the exit code of the whole run: a run that
 * failed outside of its tests counts as one failure. The third is how many steps beside the tests passed. Skipped tests
 * are said on stderr, those that lacked a service by its name. Runs on any Node, so that a broken installation
 * can still be summed up.
 */
const { readFileSync } = require('node:fs');

const [file, exitCode, stepsPassed = '0'] = process.argv.slice(2);
const report = JSON.parse(readFileSync(file, 'utf8'));
const skipped = report.numPendingTests + report.numTodoTests;
// A suite that fails before its tests are collected has no failed test of its own.
const brokenSuites = report.testResults.filter(
  (suite) => suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed'),
).length;
const failed = report.numFailedTests + brokenSuites;
const outside = failed === 0 && exitCode !== '0' ? 1 : 0;

// Where `test/support/services/missing-service.ts` says what a test was skipped for want of.
const wants = report.testResults
  .flatMap((suite) => suite.assertionResults)
  .filter((test) => test.status === 'skipped' || test.status === 'pending')
  .map((test) => test.meta?.missing)
  .filter((what) => what !== undefined);

if (skipped > 0) console.error(`${skipped} skipped`);
for (const what of new Set(wants)) {
  console.error(`${wants.filter((want) => want === what).length} of them for want of ${what}`);
}
console.log(`${report.numPassedTests + Number(stepsPassed)} passed, ${failed + outside} failed`);
process.exitCode = failed + outside === 0 ? 0 : 1;
