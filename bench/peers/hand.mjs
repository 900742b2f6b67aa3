/** The workloads by hand: TypeScript's loops over typed arrays. */

import * as hand from '../../build/bench/hand.js'
import * as data from './data.mjs'

export const name = 'by hand'
export const ready = async () => {}

const matmul = (n, transposed = false) => {
  const { a, b } = data.matrices(n)
  return () => hand.product(a, b, n, n, n, transposed)
}

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
  largeRegression: () => {
    const { x, targets, W, b } = data.largeRegression
    return () => hand.largeRegression(x, targets, W, b)
  },
  mlp: () => {
    const { batch, layers, x, labels, weights, biases } = data.mlp
    return () => hand.perceptron(batch, layers, x, labels, weights, biases)
  },
  matmul256: () => matmul(256),
  matmul512: () => matmul(512),
  matmul1024: () => matmul(1024),
  transposed1024: () => matmul(1024, true),
  sum: () => () => [hand.plainSum(data.vectors.a)],
  add: () => () => [hand.plainAdd(data.vectors.a, data.vectors.b)],
  complexStep: () => () => [hand.complexStep(data.complex.z, data.complex.c)],
  complexSlope: () => () => [hand.complexSlope(data.complex.z, data.complex.c)]
}
