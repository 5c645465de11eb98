/**
 * Prints `N passed, N failed` for a vitest JSON report. The second argument is the exit code of the whole run: a run that
 * failed outside of its tests counts as one failure. The third is how many steps beside the tests passed. Skipped tests
 * are said on stderr. Runs on any Node, so that a broken installation can still be summed up.
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

if (skipped > 0) console.error(`${skipped} skipped`);
console.log(`${report.numPassedTests + Number(stepsPassed)} passed, ${failed + outside} failed`);
process.exitCode = failed + outside === 0 ? 0 : 1;
