/** The table of operations: a row for every operation of the signature, some of them in several parts of their domains. */

import { branchingRows } from './branching.js'
import { complexRows } from './complex.js'
import { arithmeticRows, choiceRows, realRows } from './elementwise.js'
import { iterationRows } from './iteration.js'
import type { Row } from './row.js'
import { ruleRows } from './rules.js'
import { productRows, reductionRows, shapeRows } from './structural.js'

// --- instances
/** A row or more for every operation of the signature. */
export const operations: ReadonlyArray<Row> = [
  ...arithmeticRows,
  ...realRows,
  ...complexRows,
  ...choiceRows,
  ...reductionRows,
  ...shapeRows,
  ...productRows,
  ...iterationRows,
  ...branchingRows,
  ...ruleRows
]
