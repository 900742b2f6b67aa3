/** What the tests of operations share: every law of a row as a test of its own. */

import { operationLaws, type Row } from 'freegrad/laws'
import { describe, it } from 'vitest'

/** The laws of all operations of some rows. */
export const describeRows = (rows: ReadonlyArray<Row>): void => {
  rows.forEach((row, k) => {
    const part = rows.slice(0, k).filter(({ op }) => op === row.op).length
    describe(part === 0 ? row.op.name : `${row.op.name} (${part + 1})`, () => {
      for (const { name, verify } of operationLaws(row)) it(name, () => verify())
    })
  })
}
