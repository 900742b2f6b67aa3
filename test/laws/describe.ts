/** What the tests of laws share: every law as a test of its own. */

import { operationLaws, type Property, type Row } from 'freegrad/laws'
import { describe, it } from 'vitest'

/** Some laws. */
export const hold = (laws: ReadonlyArray<Property>): void => {
  for (const { name, verify } of laws) it(name, () => verify())
}

/** The laws of all operations of some rows. */
export const describeRows = (rows: ReadonlyArray<Row>): void => {
  rows.forEach((row, k) => {
    const part = rows.slice(0, k).filter(({ op }) => op === row.op).length
    describe(part === 0 ? row.op.name : `${row.op.name} (${part + 1})`, () => {
      hold(operationLaws(row))
    })
  })
}
