// Adds up the results of test runs in one line, `N passed, N failed[, N skipped]`, and exits with 1 if anything has failed.
// It is given how the runs ended, as an exit code, and vitest's JSON files. A run without results has not come to its
// end, which is a failure too; so is what fails without a test that does. Plain JavaScript, for the Node.js that is there.
import { readFileSync } from 'node:fs';

const NOTHING = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };

function resultsOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return NOTHING;
  }
}

let [passed, failed, skipped] = [0, 0, 0];
const [, , status, ...files] = process.argv;
for (const results of files.map(resultsOf)) {
  passed += results.numPassedTests;
  skipped += results.numPendingTests + results.numTodoTests;
  // A file that cannot be loaded has no tests that fail.
  failed += results.success ? 0 : Math.max(1, results.numFailedTests);
}
if (status !== '0' && failed === 0) failed = 1;
process.stdout.write(
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exitCode = failed > 0 ? 1 : 0;
