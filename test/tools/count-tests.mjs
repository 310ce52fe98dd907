// Prints the closing line of a test run from Jest's report: node test/tools/count-tests.mjs <report.json> <failed checks>
import { readFileSync } from 'node:fs';

const [, , file, failedChecks = '0'] = process.argv;
let report;
try {
  report = JSON.parse(readFileSync(file, 'utf8'));
} catch (error) {
  console.error(`The tests left no report: ${error.message}`);
  report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 1, success: false };
}
// A spec file that could not be run at all, and checks of form that failed, count as one failure each.
const other = report.numRuntimeErrorTestSuites + (Number(failedChecks) > 0 && report.success ? 1 : 0);
const skipped = report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : '';
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + other} failed${skipped}`);
