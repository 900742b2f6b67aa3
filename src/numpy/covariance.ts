/** Covariance by NumPy's names: how variables, each a row of observations, vary together. */

import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { concatenateAll } from '../ops/concatenate.js'
import * as ops from '../ops/index.js'
import { floats } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { clip } from './arithmetic.js'
import { diagonalOf } from './diagonal.js'
import { conjugated, ofParts, realOf } from './operands.js'
import { atleast2d, squeeze } from './shape.js'
import { mean } from './statistics.js'

// --- model
/** `y`: more variables. `rowvar`: whether each row is a variable. `ddof`: subtracted from the number of observations. */
type Observed = Readonly<{ y?: Like; rowvar?: boolean }>
type Covariance = Observed & Readonly<{ ddof?: number }>
const observedOptions = known<Observed>({ y: 'checked', rowvar: 'boolean' })
const covarianceOptions = known<Covariance>({ y: 'checked', rowvar: 'boolean', ddof: 'number' })

// --- combinators
const rowsOf = (name: string, xs: ReadonlyArray<Like>, rowvar: boolean): Tensor => {
  const rows = floats(name, xs).map((t) => {
    if (t.type.shape.length > 2)
      fail('ShapeError', name, 'the operand is not a vector or a matrix', {
        operands: [t.type],
        hint: 'give a matrix whose rows are variables, or a vector for a single variable'
      })
    const isColumns = !rowvar && t.type.shape.length === 2
    return isColumns ? ops.transpose(t, { permutation: [1, 0] }) : atleast2d(t)
  })
  return rows.length === 1 ? rows[0] : concatenateAll(rows, 0)
}

const covariance = (name: string, x: Like, { y, rowvar = true }: Observed, ddof: number): Tensor => {
  const rows = rowsOf(name, y === undefined ? [x] : [x, y], rowvar)
  const centered = ops.sub(rows, mean(rows, { axis: 1, keepdims: true }))
  const products = ops.dot(centered, conjugated(centered), {
    contract: [[1], [1]],
    batch: [[], []]
  })
  return ops.div(products, Math.max(0, rows.type.shape[1] - ddof))
}

/**
 * The covariance matrix of variables, one in each row of `x`: the sum of products of deviations from the means, divided
 * by the number of observations minus `ddof` (1). For a single variable it is the variance, a scalar.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.cov([[1, 2, 3], [0, 4, 8]])).toNested(), [[1, 4], [4, 16]])
 */
export const cov = (x: Like, options?: Covariance): Tensor => {
  const { ddof = 1, ...observed } = covarianceOptions('np.cov', options)
  return squeeze(covariance('np.cov', x, observed, ddof))
}

/** The correlation matrix of variables, one in each row of `x`: covariances divided by both standard deviations. */
export const corrcoef = (x: Like, options?: Observed): Tensor => {
  const together = covariance('np.corrcoef', x, observedOptions('np.corrcoef', options), 1)
  const spread = ops.sqrt(realOf(diagonalOf(together, 0, 1)))
  const n = spread.type.shape[0]
  const quotients = ops.div(ops.div(together, reshaped(spread, [n, 1])), spread)
  return squeeze(ofParts(quotients, (x) => clip(x, -1, 1)))
}
