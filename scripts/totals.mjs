/** Prints the totals of a test report in JSON as one line. A file that could not even be loaded counts as a failure. */

import { readFileSync } from 'node:fs'

/**
 * `N passed, N failed`, and `, N skipped` if any were.
 * @param {string} json the report; empty if the tests never ran
 * @returns {string}
 */
export const totals = (json) => {
  if (json === '') return '0 passed, 1 failed'
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(json)
  const unloaded = testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')
  ).length
  const skipped = numPendingTests + numTodoTests
  return `${numPassedTests} passed, ${numFailedTests + unloaded} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

const [file] = process.argv.slice(2)
if (file !== undefined) console.log(totals(readFileSync(file, 'utf8')))
