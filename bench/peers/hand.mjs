/** The workloads by hand: TypeScript's loops over typed arrays. */

import * as hand from '../../build/bench/hand.js'
import * as data from './data.mjs'

export const name = 'by hand'
export const ready = async () => {}

export const workloads = {
  slope: () => (x) => [hand.polynomialSlope(x)],
  regression: () => () => hand.regression(data.tutorial.W, data.tutorial.b),
  rosenbrock: () => () => hand.rosenbrockHessian(data.rosenbrock.x),
  lotkaVolterra: () => () => {
    const { parameters, start, step, steps } = data.lotkaVolterra
    return hand.lotkaVolterra(parameters, start, step, steps)
  },
  batched: () => () => hand.batchedSlope(data.batched.x),
  longSum: () => () => hand.longSum(data.longSum.x),
  sum: () => () => [hand.plainSum(data.vectors.a)],
  add: () => () => [hand.plainAdd(data.vectors.a, data.vectors.b)]
}
