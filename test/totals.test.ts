/** The closing line of the continuous integration counts what the test report says. */

import { expect, it } from 'vitest'
import { totals } from '../scripts/totals.mjs'

type File = Readonly<{ status: string; assertionResults: ReadonlyArray<Readonly<{ status: string }>> }>

const report = (numPassedTests: number, numFailedTests: number, numPendingTests: number, ...testResults: File[]) =>
  JSON.stringify({ numPassedTests, numFailedTests, numPendingTests, numTodoTests: 0, testResults })

it.each([
  ['no report', '', '0 passed, 1 failed'],
  ['success', report(3, 0, 0, { status: 'passed', assertionResults: [] }), '3 passed, 0 failed'],
  ['a failure', report(2, 1, 0, { status: 'failed', assertionResults: [{ status: 'failed' }] }), '2 passed, 1 failed'],
  ['a file that did not load', report(2, 0, 0, { status: 'failed', assertionResults: [] }), '2 passed, 1 failed'],
  ['a skipped test', report(2, 0, 1), '2 passed, 0 failed, 1 skipped']
])('of %s', (_, json, line) => expect(totals(json)).toBe(line))
