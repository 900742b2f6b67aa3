/** The dot product: contraction of two tensors over pairs of axes, lane by lane over others. XLA's DotGeneral. */

import { allocate } from '../language/data/allocate.js'
import { NDArray } from '../language/data/array.js'
import { isFloating } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { products } from '../language/terms/complex.js'
import { type Live, maskOf } from '../language/terms/live.js'
import { bilinear, defineOp, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import type { Tensor } from '../language/terms/term.js'
import { any, broadcast } from './broadcast.js'
import { ne } from './comparison.js'
import { convertNode } from './convert.js'
import { type Paired, type Pairs, productOfFactors } from './factors.js'
import { gated, isLive } from './gated.js'
import { permuted } from './kernel.js'
import { common } from './promote.js'

import { checkDtype, expectAxes, numeric } from './rules.js'
import { moveAxis, transpose } from './shape.js'

// --- model
/**
 * The axes that are summed over in pairs, and those that are matched in pairs. `gate` names an operand that is a result of the
 * operation `gated`: where it is -0, a product is 0, even if the other factor is infinite or NaN. Both operands may be gated.
 */
export type DotParams = Paired & Readonly<{ gate?: 0 | 1 | 'both' | undefined }>

// --- constructors
/**
 * The sum of products over pairs of contracted axes. The result's axes are the batch axes, then the left operand's other
 * axes, then the right's. A matrix product is `contract: [[1], [0]], batch: [[], []]`.
 */
export const dot: Op<2, DotParams> = defineOp({
  name: 'dot',
  arity: 2,
  params: { contract: ranged('pairs'), batch: ranged('pairs'), gate: [undefined, 0, 1, 'both'] },
  prepare: common,
  type: (types, { contract, batch }: DotParams, name) => {
    const [x, y] = types
    checkDtype(name, numeric, x, types)
    for (const side of sides) expectAxes(name, contract[side].concat(batch[side]), types[side])
    if (!agree(contract, x.shape, y.shape) || !agree(batch, x.shape, y.shape))
      fail('ShapeError', name, `axes [${contract[0]}] and [${contract[1]}] do not have the same sizes`, {
        operands: types,
        hint: 'contracted and batch axes are paired in order, and paired axes must have the same size'
      })
    const shape = batch[0].map((axis) => x.shape[axis])
    for (const side of sides) shape.push(...free(types[side].shape, contract[side], batch[side]))
    return T.of(x.dtype, shape, x.weak && y.weak)
  },
  evaluate: ([x, y], params, type) => contractRows(x, y, params, type),
  jvp: bilinear,
  transpose: [
    (ct, [x, y], params, { live }) => pulledTo(0, ct, x, y, params, live),
    (ct, [x, y], params, { live }) => pulledTo(1, ct, x, y, params, live)
  ],
  live: (live, [x, y], params, operand) => {
    if (!isGatedBy(params, operand)) return spread(live, operand as 0 | 1, [x.type.shape, y.type.shape], params)
    // A live element of the cotangent must meet a live element of the other operand.
    const numbers = (mask: Tensor): Tensor => convertNode(mask, x.type.dtype)
    const [p, q] = operand === 0 ? [x, numbers(isLive(y))] : [numbers(isLive(x)), y]
    return ne(pulledTo(operand as 0 | 1, numbers(live), p, q, { ...params, gate: undefined }, undefined), 0)
  },
  gates: isGatedBy,
  batch: ([x, y], { contract, batch, gate }, { batched }) => {
    const shift = (axes: S.Axes, side: number) => (batched[side] ? S.inLanes(axes) : axes)
    const both = batched[0] && batched[1]
    const moved: DotParams = {
      contract: [shift(contract[0], 0), shift(contract[1], 1)],
      batch: both
        ? [
            [0, ...shift(batch[0], 0)],
            [0, ...shift(batch[1], 1)]
          ]
        : [shift(batch[0], 0), shift(batch[1], 1)],
      gate
    }
    const result = dot(x, y, moved)
    if (both) return result
    // The lanes of one operand are its first free axis.
    const leftFree = x.type.shape.length - moved.contract[0].length - moved.batch[0].length
    return moveAxis(result, batched[0] ? batch[0].length : batch[0].length + leftFree, 0)
  },
  instead: ([x, y], params) => productOfFactors(dot, x, y, params),
  flops: ([x, y], { contract, batch }) => 2 * S.size(x.shape) * S.size(free(y.shape, contract[1], batch[1])),
  complex: products,
  lower: (b, [x, y], { contract, batch, gate }) => b.dot(x, y, contract, batch, gate)
})

const sides = [0, 1] as const

// Whether axes that are paired have the same sizes.
const agree = ([left, right]: Pairs, x: S.Shape, y: S.Shape): boolean => {
  if (left.length !== right.length) return false
  for (let k = 0; k < left.length; k++) if (x[left[k]] !== y[right[k]]) return false
  return true
}

const free = (shape: S.Shape, contract: S.Axes, batch: S.Axes): Array<number> =>
  S.removeAxes(shape, contract.concat(batch))

// Whether the other operand is gated, which zeroes the cotangent of this one.
function isGatedBy({ gate }: DotParams, operand: number): boolean {
  return gate === 1 - operand || gate === 'both'
}

// The cotangent of an operand, for a cotangent of the result that may be only partly live.
const pulledTo = (
  side: 0 | 1,
  given: Tensor,
  x: Tensor,
  y: Tensor,
  params: DotParams,
  live: Live | undefined
): Tensor => {
  const ct = live === undefined ? given : gated(given, maskOf(live))
  const own = live === undefined ? undefined : 0
  const gate = isGatedBy(params, side) ? (own === 0 ? 'both' : 1) : own
  if (side === 0) return adjoint(ct, y, x, params, gate)
  const { contract, batch } = params
  // The right operand's cotangent is the left's of the flipped product, whose free axes come the other way round.
  const flipped = { contract: [contract[1], contract[0]] as Pairs, batch: [batch[1], batch[0]] as Pairs }
  const shared = batch[0].length
  const left = x.type.shape.length - shared - contract[0].length
  const rank = ct.type.shape.length
  const permutation = [...S.range(shared), ...S.range(rank, shared + left), ...S.range(shared + left, shared)]
  return adjoint(transpose(ct, { permutation }), x, y, flipped, gate)
}

// A mask of the result's shape, reduced to an operand's shape: an element of the operand is live if any product that it
// contributes to is live.
const spread = (
  live: Tensor,
  side: 0 | 1,
  shapes: readonly [S.Shape, S.Shape],
  { contract, batch }: DotParams
): Tensor => {
  const shared = batch[0].length
  const rank = live.type.shape.length
  const left = shapes[0].length - shared - contract[0].length
  const found = any(live, { axes: side === 0 ? S.range(rank, shared + left) : S.range(shared + left, shared) })
  const shape = shapes[side]
  const homes = [...batch[side], ...S.otherAxes(shape.length, [...contract[side], ...batch[side]])]
  const order = homes.map((_, k) => k).sort((a, b) => homes[a] - homes[b])
  return broadcast(transpose(found, { permutation: order }), { shape, axes: contract[side] })
}

// The cotangent of the left operand `x`: the cotangent of the result contracted with `y` over y's free axes.
const adjoint = (ct: Tensor, y: Tensor, x: Tensor, { contract, batch }: Paired, gate: DotParams['gate']): Tensor => {
  const shared = batch[0].length
  const freeX = S.otherAxes(x.type.shape.length, contract[0].concat(batch[0]))
  // The axes of the result in x: the batch axes, those of the cotangent, which are x's free ones, and those of y, which are
  // the contracted ones in y's order. Those of the left factor come first: it is y if that needs no transposition.
  const contracted: Array<number> = []
  const freeY: Array<number> = []
  for (let axis = 0; axis < y.type.shape.length; axis++) {
    const k = contract[1].indexOf(axis)
    if (k >= 0) contracted.push(contract[0][k])
    else if (!batch[1].includes(axis)) freeY.push(axis)
  }
  const axes = S.range(shared + freeX.length + freeY.length, shared + freeX.length)
  if (isSorted([...batch[0], ...contracted, ...freeX])) {
    const flipped = gate === undefined || gate === 'both' ? gate : gate === 0 ? 1 : 0
    return dot(y, ct, { contract: [freeY, axes], batch: [batch[1], S.range(shared)], gate: flipped })
  }
  const product = dot(ct, y, { contract: [axes, freeY], batch: [S.range(shared), batch[1]], gate })
  const homes = [...batch[0], ...freeX, ...contracted]
  return isSorted(homes) ? product : transpose(product, { permutation: S.invert(homes) })
}

const isSorted = (axes: S.Axes): boolean => {
  for (let k = 0; k < axes.length; k++) if (axes[k] !== k) return false
  return true
}

const contractRows = (x: NDArray, y: NDArray, { contract, batch, gate }: DotParams, type: T.Type): NDArray => {
  const freeX = S.otherAxes(x.ndim, [...contract[0], ...batch[0]])
  const freeY = S.otherAxes(y.ndim, [...contract[1], ...batch[1]])
  const sizes = (a: NDArray, axes: S.Axes) => axes.reduce((n, axis) => n * a.shape[axis], 1)
  const lanes = sizes(x, batch[0])
  const m = sizes(x, freeX)
  const n = sizes(y, freeY)
  const depth = sizes(x, contract[0])
  const a = permuted(x, [...batch[0], ...freeX, ...contract[0]]).data
  const b = permuted(y, [...batch[1], ...contract[1], ...freeY]).data
  const integers = !isFloating(type.dtype)
  const out = allocate(type.dtype, lanes * m * n)
  const row = new Float64Array(n)
  for (let lane = 0; lane < lanes; lane++)
    for (let i = 0; i < m; i++) {
      row.fill(0)
      const from = (lane * m + i) * depth
      for (let k = 0; k < depth; k++) {
        const left = a[from + k]
        const right = (lane * depth + k) * n
        if ((gate === 0 || gate === 'both') && Object.is(left, -0)) continue
        if (integers) for (let j = 0; j < n; j++) row[j] += Math.imul(left, b[right + j])
        else if (gate === 1 || gate === 'both')
          for (let j = 0; j < n; j++) row[j] += Object.is(b[right + j], -0) ? 0 : left * b[right + j]
        else for (let j = 0; j < n; j++) row[j] += left * b[right + j]
      }
      out.set(row, (lane * m + i) * n)
    }
  return new NDArray(type, out)
}
