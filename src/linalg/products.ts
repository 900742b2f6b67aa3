/** Products of matrices: powers, products of many in the cheapest order, and sums along diagonals. */
import { written } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { diagonal as diagonalAlong, trace as traceAlong } from '../numpy/diagonal.js'
import { operandsOf } from '../numpy/operands.js'
import { matmul } from '../numpy/product.js'
import { common } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { inverse } from './lu.js'
import { identity, inLanes, squares, times } from './matrices.js'

// --- model
type Nth = Readonly<{ offset?: number }>
const nthOptions = known<Nth>({ offset: 'integer' })

// --- combinators
/**
 * Square matrices, real or complex (the last two axes), to the power `n`: the identity for 0, and powers of the inverse for
 * negative `n`. The number of products is the number of binary digits of `n` plus the number of ones among them.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.deepStrictEqual(run(linalg.matrixPower([[1, 1], [1, 0]], 10)).toNested(), [[89, 55], [55, 34]])
 */
export const matrixPower = (a: Like, n: number): Tensor => {
  const name = 'linalg.matrixPower'
  const t = squares(name, a)
  if (!Number.isInteger(n))
    fail('DTypeError', name, `the power ${written(n)} is not an integer`, {
      operands: [t.type],
      hint: 'use an integer power; linalg.expm is the matrix exponential'
    })
  return inLanes(name, [t], [2], (a) => power(n < 0 ? inverse(a) : a, Math.abs(n)))
}

const power = (a: Tensor, n: number): Tensor => {
  if (n === 0) return identity(a, a.type.shape[0])
  if (n === 1) return a
  const half = power(a, Math.floor(n / 2))
  const square = times(half, half)
  return n % 2 === 0 ? square : times(square, a)
}

/**
 * The product of several matrices, in the order with the fewest multiplications. The first may be a vector, which counts
 * as a row, and so may the last, which counts as a column. Throws `ShapeError` for matrices whose sizes do not match.
 *
 * @example
 * import { run } from 'freegrad'
 * import * as linalg from 'freegrad/linalg'
 * assert.deepStrictEqual(run(linalg.multiDot([[[1, 2], [3, 4]], [[0, 1], [1, 0]], [1, 1]])).toNested(), [3, 7])
 */
export const multiDot = (xs: ReadonlyArray<Like>): Tensor => {
  const name = 'linalg.multiDot'
  const ts = common(
    name,
    operandsOf(name, xs).map((x) => lift(name, x))
  )
  const [first, last] = [ts.at(0), ts.at(-1)]
  if (first === undefined || last === undefined || ts.length < 2)
    return fail('ShapeError', name, 'multiDot needs at least two matrices', {
      operands: ts.map((x) => x.type),
      hint: 'give them as an array: linalg.multiDot([a, b, c])'
    })
  const chain = ts.map((x, k) => {
    const { shape } = x.type
    if (shape.length === 2) return x
    if (shape.length !== 1 || (k > 0 && k < ts.length - 1))
      fail('ShapeError', name, `operand ${k} has ${shape.length} axes`, {
        operands: ts.map((x) => x.type),
        hint: 'give matrices; the first and the last may be vectors'
      })
    return reshaped(x, k === 0 ? [1, shape[0]] : [shape[0], 1])
  })
  const sizes = [chain[0].type.shape[0], ...chain.map((x) => x.type.shape[1])]
  const gap = chain.findIndex((x, k) => x.type.shape[0] !== sizes[k])
  if (gap >= 0)
    fail('ShapeError', name, `operands ${gap - 1} and ${gap} cannot be multiplied`, {
      operands: ts.map((x) => x.type),
      hint: 'each matrix must have as many rows as the one before it has columns'
    })
  const ends = [
    first.type.shape.length === 1 ? [] : [sizes[0]],
    last.type.shape.length === 1 ? [] : [sizes.at(-1) as number]
  ]
  return reshaped(chained(chain, sizes), ends.flat())
}

// The chain from i to j costs what its cheapest two parts do, and their product.
const chained = (chain: ReadonlyArray<Tensor>, sizes: ReadonlyArray<number>): Tensor => {
  const n = chain.length
  const best = chain.map(() => new Array<{ cost: number; cut: number }>(n).fill({ cost: 0, cut: 0 }))
  for (let length = 1; length < n; length++)
    for (let i = 0; i + length < n; i++) {
      const options = S.range(i + length, i).map((cut) => {
        const parts = best[i][cut].cost + best[cut + 1][i + length].cost
        return { cost: parts + sizes[i] * sizes[cut + 1] * sizes[i + length + 1], cut }
      })
      best[i][i + length] = options.reduce((least, option) => (option.cost < least.cost ? option : least))
    }
  const product = (i: number, j: number): Tensor =>
    i === j ? chain[i] : matmul(product(i, best[i][j].cut), product(best[i][j].cut + 1, j))
  return product(0, n - 1)
}

/** The sum of diagonal `offset` of matrices (the last two axes). */
export const trace = named(
  'linalg.trace',
  (x: Like, options?: Nth): Tensor =>
    traceAlong(x, { offset: 0, ...nthOptions('linalg.trace', options), axis1: -2, axis2: -1 })
)

/** Diagonal `offset` of matrices (the last two axes). */
export const diagonal = named(
  'linalg.diagonal',
  (x: Like, options?: Nth): Tensor =>
    diagonalAlong(x, { offset: 0, ...nthOptions('linalg.diagonal', options), axis1: -2, axis2: -1 })
)
